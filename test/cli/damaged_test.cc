// A JPEG whose end is missing: an error, or with --accept-damaged a record that says what is missing.
#include <nlohmann/json.hpp>

#include "test/support/catch.h"
#include "test/support/records.h"
#include "test/support/under_test.h"

namespace mobilenet {
namespace {

using nlohmann::json;
using test::Classify;
using test::RunMobilenet;
using test::SmallModel;

const std::string kSample = test::Checkout() + "/models/sample/chelsea.jpg";

TEST_CASE("a truncated JPEG is classified when that is asked for, and its record says what is missing") {
  const SmallModel small;
  const std::string photograph = test::ReadFileBytes(kSample);
  const std::string path = small / "cut.jpg";
  test::WriteFileBytes(path, photograph.substr(0, photograph.size() / 2));

  const auto refused = RunMobilenet(Classify(small, {"--format", "json", path}));
  CHECK(refused.status == 1);
  CHECK(refused.err.find("(--accept-damaged takes what is there)") != std::string::npos);
  CHECK(json::parse(refused.out)["damaged"].is_null());

  const auto accepted =
      RunMobilenet(Classify(small, {"--accept-damaged", "--format", "json", path, kSample}));
  CHECK(accepted.status == 0);
  const auto lines = test::Lines(accepted.out);
  REQUIRE(lines.size() == 2);
  const json record = json::parse(lines[0]);
  CHECK(record["error"].is_null());
  CHECK(record["predictions"].size() == 5);
  const std::string damaged = record["damaged"];
  CHECK(damaged.find("truncated ") == 0);
  CHECK(json::parse(lines[1])["damaged"].is_null());

  const auto csv = RunMobilenet(Classify(small, {"--accept-damaged", "--format", "csv", path}));
  CHECK(csv.out.find(",error,damaged,") != std::string::npos);
  CHECK(csv.out.find(",," + damaged + ",") != std::string::npos);
  const auto text = RunMobilenet(Classify(small, {"--accept-damaged", path}));
  CHECK(text.out.find("\n  damaged: " + damaged + "\n") != std::string::npos);
}

TEST_CASE("the last frame of a stream may be cut short") {
  const SmallModel small;
  const std::string photograph = test::ReadFileBytes(kSample);
  test::WriteFileBytes(small / "stream", photograph + photograph.substr(0, photograph.size() / 2));
  const auto result = RunMobilenet(
      Classify(small, {"--accept-damaged", "--stream", "mjpeg", "--format", "json"}), {}, small / "stream");
  CHECK(result.status == 0);
  const auto lines = test::Lines(result.out);
  REQUIRE(!lines.empty());
  CHECK(json::parse(lines.back())["damaged"].is_string());
}

}  // namespace
}  // namespace mobilenet
