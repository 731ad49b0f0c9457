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

// What the program prints on a terminal with 80 columns.
std::string OnTerminal(const std::string& arguments, const std::string& environment) {
  return test::RunCommand({"/usr/bin/script", "-qec",
                           "stty cols 80; " + environment + " " + test::MobilenetCommand() + " " + arguments,
                           "/dev/null"})
      .out;
}

TEST_CASE("emphasis is for terminals that show it, unless NO_COLOR says no") {
  const SmallModel small;
  const std::string arguments = "classify --model " + small.model() + " " + small.picture();
  const std::string emphasised = OnTerminal(arguments, "NO_COLOR= TERM=xterm");
  CAPTURE(emphasised);
  CHECK(emphasised.find("\033[1m") != std::string::npos);
  CHECK(emphasised.find("\nlayer ") != std::string::npos);
  CHECK(emphasised.find("_s8_") == std::string::npos);  // the kernels have no room
  for (const char* plain : {"NO_COLOR=1 TERM=xterm", "NO_COLOR= TERM=dumb"}) {
    const std::string text = OnTerminal(arguments, plain);
    CHECK(text.find("\nlayer ") != std::string::npos);
    CHECK(text.find('\033') == std::string::npos);
  }
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
