// How many threads an image gets if the program does not have the machine to itself.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

#include "src/base/cpu_cores.h"
#include "test/support/catch.h"
#include "test/support/cgroup.h"
#include "test/support/small_model.h"

namespace mobilenet {
namespace {

using nlohmann::json;
using test::SmallModel;

// The metadata of a run with these options, in a shell that begins with `enter`.
json Metadata(const SmallModel& small, const std::string& options, const std::string& enter = "") {
  const std::string output = small / "out.json";
  const auto result =
      test::RunCommand({"/bin/sh", "-c",
                        enter + "exec " + test::MobilenetCommand() + " classify --format json --model " +
                            small.model() + " --output " + output + " " + options});
  CAPTURE(result.err);
  REQUIRE(result.status == 0);
  return json::parse(test::ReadFileBytes(output + ".meta.json"));
}

TEST_CASE("under a quota of half a processor an image has one thread, unless more are asked for") {
  const auto cgroup = test::Cgroup::WithCpuQuota(0.5);
  if (!cgroup) return;
  const SmallModel small;
  const json one_image = Metadata(small, small.picture(), cgroup->Enter());
  CHECK(one_image["threads"] == 1);
  const json many = Metadata(small, small.picture() + " " + small.picture(), cgroup->Enter());
  CHECK(many["threads"] == 1);
  CHECK(many["decode_threads"] == 1);
  CHECK(Metadata(small, "--threads 3 " + small.picture(), cgroup->Enter())["threads"] == 3);
}

TEST_CASE("where other processes keep all cores busy an image has one thread, unless more are asked for") {
  std::vector<pid_t> busy;
  for (int i = 0; i < AvailableCores("/nonexistent"); ++i) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      volatile bool is_busy = true;
      while (is_busy) {
      }
    }
    busy.push_back(child);
  }
  const SmallModel small;
  CHECK(Metadata(small, small.picture())["threads"] == 1);
  CHECK(Metadata(small, "--threads 2 " + small.picture())["threads"] == 2);
  // With many images each has a thread, which waits for nobody.
  CHECK(Metadata(small, small.picture() + " " + small.picture())["threads"] == FastestClusterCores());
  for (pid_t child : busy) {
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }
}

}  // namespace
}  // namespace mobilenet
