// Files that are not images: each gets one line on stderr, a record in JSON and status 1, and the others are
// done.
#include <sys/stat.h>
#include <unistd.h>

#include <iostream>

#include <nlohmann/json.hpp>

#include "test/support/catch.h"
#include "test/support/records.h"

namespace mobilenet {
namespace {

using nlohmann::json;
using test::RunMobilenet;
using test::SmallModel;
using test::WriteFileBytes;

// The one line that the program prints about this image.
std::string MessageFor(const SmallModel& small, const std::string& image) {
  const auto result =
      RunMobilenet({"classify", "--format", "json", "--model", small.model(), image, small.picture()});
  CAPTURE(image, result.err);
  CHECK(result.status == 1);
  // Then the summary of the run.
  const auto said = test::Lines(result.err);
  REQUIRE(said.size() == 2);
  CHECK(said[1].find("2 images, 1 failure, ") == 0);
  CHECK(said[0].find("mobilenet: " + image + ": ") == 0);
  // Its own record, then that of the good picture after it.
  const size_t end = result.out.find('\n');
  const json bad = json::parse(result.out.substr(0, end));
  CHECK(bad["path"] == image);
  CHECK("mobilenet: " + bad["error"].get<std::string>() == said[0]);
  CHECK(bad["predictions"].empty());
  const json good = json::parse(result.out.substr(end + 1));
  CHECK(good["error"].is_null());
  CHECK(good["predictions"].size() == 5);
  return said[0].substr(std::string("mobilenet: " + image + ": ").size());
}

std::string LittleEndian(uint32_t value) {
  return {static_cast<char>(value), static_cast<char>(value >> 8), static_cast<char>(value >> 16),
          static_cast<char>(value >> 24)};
}

// A BMP's header for a picture of that size in 24 bits per pixel, without pixels.
std::string BmpHeader(uint32_t width, uint32_t height) {
  return "BM" + LittleEndian(54 + width * 3 * height) + LittleEndian(0) + LittleEndian(54) +
         LittleEndian(40) + LittleEndian(width) + LittleEndian(height) + LittleEndian(1 | 24 << 16) +
         std::string(24, '\0');
}

TEST_CASE("images that cannot be read say why") {
  const SmallModel small;
  CHECK(MessageFor(small, small / "none.jpg").find("o such file") != std::string::npos);
  WriteFileBytes(small / "empty.jpg", "");
  CHECK(MessageFor(small, small / "empty.jpg").find("empty") != std::string::npos);
  WriteFileBytes(small / "text.jpg", "This is a text that somebody has called a photograph.\n");
  CHECK(MessageFor(small, small / "text.jpg").find("unknown format") != std::string::npos);
  const std::string ppm = SmallModel::GradientPpm(40, 30);
  WriteFileBytes(small / "short.ppm", ppm.substr(0, ppm.size() / 2));
  MessageFor(small, small / "short.ppm");
}

TEST_CASE("an image of absurd size is refused by its header") {
  const SmallModel small;
  WriteFileBytes(small / "huge.bmp", BmpHeader(60000, 60000));
  CHECK(MessageFor(small, small / "huge.bmp") ==
        "60000 x 60000 pixels (at most 100000000; --max-pixels raises it)");
  const auto refused =
      RunMobilenet({"classify", "--max-pixels", "1199", "--model", small.model(), small.picture()});
  CHECK(refused.status == 1);
  CHECK(refused.err.find("40 x 30 pixels (at most 1199;") != std::string::npos);
  CHECK(
      RunMobilenet({"classify", "--max-pixels", "1200", "--model", small.model(), small.picture()}).status ==
      0);
}

TEST_CASE("an image without read permission says so") {
  if (::geteuid() == 0) {
    std::cout << "SKIPPED: root may read everything" << std::endl;
    return;
  }
  const SmallModel small;
  WriteFileBytes(small / "secret.jpg", "x");
  ::chmod((small / "secret.jpg").c_str(), 0);
  CHECK(MessageFor(small, small / "secret.jpg") == "no permission to read it (chmod +r gives it)");
}

TEST_CASE("a path with control characters is still one line, and comes whole in JSON") {
  const SmallModel small;
  const std::string image = small / "two\nlines\x1b[31m.jpg";
  const auto result = RunMobilenet({"classify", "--format", "json", "--model", small.model(), image});
  CHECK(result.status == 1);
  CHECK(result.err.find('\n') == result.err.size() - 1);
  CHECK(result.err.find('\x1b') == std::string::npos);
  CHECK(result.err.find("two\\nlines\\x1b[31m.jpg") != std::string::npos);
  CHECK(json::parse(result.out)["path"] == image);
}

TEST_CASE("text output has errors only on stderr") {
  const SmallModel small;
  const auto result =
      RunMobilenet({"classify", "--model", small.model(), small / "none.jpg", small.picture()});
  CHECK(result.status == 1);
  CHECK(result.err.find("mobilenet: " + (small / "none.jpg") + ": ") == 0);
  CHECK(result.out.find(small.picture()) == 0);
}

}  // namespace
}  // namespace mobilenet
