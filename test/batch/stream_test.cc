// `mobilenet classify --stream mjpeg`: the frames of a camera on standard input.
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

std::string Frame() {
  return test::ReadFileBytes(test::Checkout() + "/models/sample/chelsea.jpg");
}

std::string Stream(int frames) {
  std::string stream;
  for (int i = 0; i < frames; ++i) stream += Frame();
  return stream;
}

TEST_CASE("every frame of a stream in a file is a record, or every N-th") {
  const SmallModel small;
  test::WriteFileBytes(small / "stream", Stream(7));
  const std::vector<std::pair<std::string, std::vector<int>>> cases = {
      {"1", {1, 2, 3, 4, 5, 6, 7}}, {"3", {1, 4, 7}}, {"100", {1}}};
  for (const auto& [every, frames] : cases) {
    const auto result = RunMobilenet(
        Classify(small, {"--stream", "mjpeg", "--every", every, "--format", "json"}), {}, small / "stream");
    CHECK(result.status == 0);
    CHECK(result.err.find(std::to_string(frames.size()) + " image") == 0);
    std::vector<int> found;
    for (const std::string& line : test::Lines(result.out)) {
      const json record = json::parse(line);
      CHECK(record["path"] == "-");
      CHECK(record["width"] == 451);
      found.push_back(record["frame"].get<int>());
    }
    CHECK(found == frames);
  }
}

TEST_CASE("a frame that is damaged or cut off is a record with an error, and the others are done") {
  const SmallModel small;
  std::string cut = Frame();
  cut.resize(cut.size() / 2);
  test::WriteFileBytes(small / "stream", "boundary" + cut + Frame() + "\r\n\r\n" + Frame() + cut);
  const auto result =
      RunMobilenet(Classify(small, {"--stream", "mjpeg", "--format", "json"}), {}, small / "stream");
  CHECK(result.status == 1);
  const auto lines = test::Lines(result.out);
  REQUIRE(lines.size() == 4);
  for (size_t i = 0; i < 4; ++i) {
    const json record = json::parse(lines[i]);
    CHECK(record["frame"] == i + 1);
    CHECK(record["error"].is_null() == (i == 1 || i == 2));
  }
  CHECK(result.err.find("mobilenet: frame 1: truncated JPEG") == 0);
}

TEST_CASE("from a pipe the latest frame wins, whichever thread is late, and the others are counted") {
  const SmallModel small;
  test::WriteFileBytes(small / "stream", Stream(200));
  const auto result =
      test::RunCommand({"/bin/bash", "-c",
                        "cat " + (small / "stream") + " | " + test::MobilenetCommand() +
                            " classify --stream mjpeg --format csv --threads 1 --model " + small.model()});
  CHECK(result.status == 0);
  const auto lines = test::Lines(result.out);
  REQUIRE(lines.size() > 1);
  CHECK(lines.size() <= 201);
  CHECK(lines.back().find("-,200,451,300,") == 0);
  if (lines.size() < 201) {
    CHECK(result.err.find(std::to_string(201 - lines.size()) + " frame") != std::string::npos);
  }
}

TEST_CASE("a stream takes no other inputs") {
  const SmallModel small;
  CHECK(RunMobilenet(Classify(small, {"--stream", "mjpeg", small.picture()})).status == 2);
  CHECK(RunMobilenet(Classify(small, {"--every", "2", small.picture()})).status == 2);
  const auto nothing = RunMobilenet(Classify(small, {"--stream", "mjpeg"}));
  CHECK(nothing.status == 0);
  CHECK(nothing.out == "");
}

TEST_CASE("a stream without JPEGs says so and ends") {
  const SmallModel small;
  const std::pair<std::string, std::string> cases[] = {
      {std::string("no\xff\xd8 camera"), "no JPEG in the stream ("},
      {std::string(3 << 20, '\xff'), "no JPEG in the first MB of the stream ("},
      {std::string(1 << 20, 'x') + Frame(), "no JPEG in the first MB of the stream ("},
  };
  for (const auto& [bytes, message] : cases) {
    CAPTURE(message);
    test::WriteFileBytes(small / "stream", bytes);
    const auto result =
        RunMobilenet(Classify(small, {"--stream", "mjpeg", "--format", "json"}), {}, small / "stream");
    CHECK(result.status == 1);
    CHECK(result.err.find("mobilenet: standard input: " + message) == 0);
    const auto lines = test::Lines(result.out);
    REQUIRE(lines.size() == 1);
    const json record = json::parse(lines[0]);
    CHECK(record["path"] == "-");
    CHECK(record["error"].get<std::string>().find("standard input: " + message) == 0);
  }
  // Also one that never ends.
  const auto endless =
      test::RunCommand({"/bin/bash", "-c",
                        "set -o pipefail; " + test::MobilenetCommand() + " classify --stream mjpeg --model " +
                            small.model() + " < /dev/zero"});
  CHECK(endless.status == 1);
}

TEST_CASE("an endless frame, for which there is no memory, ends the run with a message") {
  if (!test::TellsMemory()) return;
  const SmallModel small;
  const auto result = test::RunCommand(
      {"/bin/bash", "-c",
       "head -c 20000 " + test::Checkout() + "/models/sample/chelsea.jpg > " + (small / "start") +
           "; ulimit -v 120000; { cat " + (small / "start") + "; head -c 60000000 /dev/zero; } | " +
           test::MobilenetCommand() + " classify --stream mjpeg --threads 1 --model " + small.model()});
  CAPTURE(result.out);
  CHECK(result.status == 2);
  CHECK(result.err.find("mobilenet: standard input: not enough memory for a frame of the stream\n") !=
        std::string::npos);
}

}  // namespace
}  // namespace mobilenet
