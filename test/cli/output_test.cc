// Where the results go: pipes that close, full disks.
#include <filesystem>

#include "test/support/catch.h"
#include "test/support/small_model.h"

namespace mobilenet {
namespace {

using test::SmallModel;

std::string ClassifyMany(const SmallModel& small, int images) {
  std::string command = test::MobilenetCommand() + " classify --format json --model " + small.model();
  for (int i = 0; i < images; ++i) command += " " + small.picture();
  return command;
}

TEST_CASE("a reader that closes early ends the program quietly") {
  const SmallModel small;
  const auto result =
      test::RunCommand({"/bin/bash", "-c", "set -o pipefail; " + ClassifyMany(small, 500) + " | head -1"});
  CHECK(result.status == 0);
  CHECK(result.err == "");
  CHECK(result.out.find(small.picture()) != std::string::npos);
}

TEST_CASE("help and summary are quiet into a closed pipe too") {
  for (const char* arguments : {" --help", " summary", " --version"}) {
    const auto result = test::RunCommand(
        {"/bin/bash", "-c", "set -o pipefail; " + test::MobilenetCommand() + arguments + " | true"});
    CAPTURE(arguments);
    CHECK(result.status == 0);
    CHECK(result.err == "");
  }
}

TEST_CASE("a full disk is an error") {
  const SmallModel small;
  const auto result = test::RunCommand({"/bin/sh", "-c", ClassifyMany(small, 1) + " > /dev/full"});
  CHECK(result.status == 2);
  CHECK(result.err ==
        "mobilenet: standard output: No space left on device (the results cannot be written)\n");
}

TEST_CASE("a closed standard output is an error") {
  const SmallModel small;
  const auto result = test::RunCommand({"/bin/sh", "-c", ClassifyMany(small, 1) + " >&-"});
  CHECK(result.status == 2);
  CHECK(result.err.find("mobilenet: standard output: Bad file descriptor") == 0);
}

}  // namespace
}  // namespace mobilenet
