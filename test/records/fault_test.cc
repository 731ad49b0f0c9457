// What goes wrong below the program: a disk that fails, a file that is replaced before it is locked, threads
// that cannot be started.
#include <sys/stat.h>

#include <filesystem>

#include <nlohmann/json.hpp>

#include "test/support/catch.h"
#include "test/support/records.h"

namespace mobilenet {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::Classify;
using test::RunMobilenet;
using test::SmallModel;

TEST_CASE("a sync that fails is status 2, also in the background after the last record") {
  const SmallModel small;
  const std::string fifo = small / "names";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  // The end of the names comes after the sync has failed.
  for (const char* interval : {"0.05s", "1000s", "1"}) {
    fs::remove(small / "out.failed");
    const std::string script =
        "exec 3<>" + fifo + "; (echo " + small.picture() + " >&3; for i in $(seq 40); do [ -e " +
        (small / "out.failed") +
        " ] && break; sleep 0.05; done; echo @end >&3) & SYNC_FAILS=" + (small / "out") +
        " " MOBILENET_PRELOAD " " + test::MobilenetCommand() + " classify --threads 1 --model " +
        small.model() + " --format json --sync-every " + interval + " -o " + (small / "out") +
        " --files-from <(sed -u '/^@end$/Q' <&3)";
    const auto result = test::RunCommand({"/bin/bash", "-c", script});
    CAPTURE(interval, result.err);
    CHECK(result.status == 2);
    CHECK(result.err == "mobilenet: " + (small / "out") + ": cannot write the results: Input/output error\n");
    CHECK(json::parse(test::ReadFileBytes(small / "out.meta.json"))["is_complete"] == false);
  }
}

TEST_CASE("metadata and folders that cannot be synced are status 2") {
  const SmallModel small;
  for (const std::string& failing : {small / "", small / "out.meta.json.part"}) {
    const auto result =
        RunMobilenet(Classify(small, {"--format", "json", "-o", small / "out", small.picture()}),
                     {MOBILENET_PRELOAD, "SYNC_FAILS=" + failing});
    CAPTURE(failing, result.err);
    CHECK(result.status == 2);
    CHECK(result.err.find(": Input/output error\n") != std::string::npos);
  }
}

TEST_CASE(
    "a file that another run puts in the output's place before it is locked is the one that is written") {
  const SmallModel small;
  const auto run = [&](const std::string& output, const std::vector<std::string>& environment) {
    return RunMobilenet(
        Classify(small, {"--format", "json", "--resume", "-o", output, small.picture(), small / "none.jpg"}),
        environment);
  };
  CHECK(run(small / "out", {}).status == 1);
  const std::string theirs = test::ReadFileBytes(small / "out");
  test::WriteFileBytes(small / "theirs", theirs.substr(0, theirs.find('\n') + 1));
  CHECK(run(small / "out",
            {MOBILENET_PRELOAD, "LOCK_FINDS=" + (small / "out"), "LOCK_PUTS=" + (small / "theirs")})
            .status == 1);
  CHECK(!fs::exists(small / "theirs"));
  CHECK(test::Lines(test::ReadFileBytes(small / "out")).size() == 2);
}

TEST_CASE("the folder of what a linked output leads to is synced") {
  const SmallModel small;
  fs::create_directory(small / "disk");
  fs::create_symlink(small / "disk/out", small / "out");
  CHECK(RunMobilenet(Classify(small, {"--format", "json", "-o", small / "out", small.picture()}),
                     {MOBILENET_PRELOAD, "SYNC_RECORD=" + (small / "syncs")})
            .status == 0);
  struct stat folder = {};
  REQUIRE(::stat((small / "disk").c_str(), &folder) == 0);
  CHECK(("\n" + test::ReadFileBytes(small / "syncs")).find("\n" + std::to_string(folder.st_ino) + " ") !=
        std::string::npos);
}

TEST_CASE("a thread that cannot be started is reported, or not needed") {
  const SmallModel small;
  int refusals = 0;
  for (int first = 1; first <= 12; ++first) {
    const auto result =
        RunMobilenet({"classify", "--model", small.model(), "--threads", "3", "--decode-threads", "3",
                      "--format", "json", "-o", small / "out", small.picture(), small.picture()},
                     {MOBILENET_PRELOAD, "THREAD_FAILS=" + std::to_string(first)});
    CAPTURE(first, result.err);
    CHECK((result.status == 0 || result.status == 2));
    CHECK(!fs::exists(small / "out.inhand"));
    if (result.status == 0) continue;
    ++refusals;
    CHECK(result.err.find("mobilenet: cannot start a thread: Resource temporarily unavailable (") == 0);
  }
  CHECK(refusals > 0);
  // One image, whose layers the threads share: these threads belong to another library.
  const auto alone = RunMobilenet({"classify", "--model", small.model(), "--threads", "3", small.picture()},
                                  {MOBILENET_PRELOAD, "THREAD_FAILS=1"});
  CHECK(alone.status == 2);
  CHECK(alone.err.find("mobilenet: cannot start a thread: ") == 0);
}

}  // namespace
}  // namespace mobilenet
