#include "src/base/free_cores.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "test/support/boards.h"
#include "test/support/catch.h"
#include "test/support/files.h"

namespace mobilenet {
namespace {

using test::FileTree;

// A machine with this process's cores and, beyond them, `elsewhere` more.
FileTree TreeOfCores(int elsewhere = 0) {
  const int cores = CoresByAffinity("/nonexistent").all + elsewhere;
  return {{"/sys/devices/system/cpu/online", "0-" + std::to_string(cores - 1) + "\n"}};
}

std::string Running(int processes) {
  return "0.20 0.18 0.12 " + std::to_string(processes) + "/145 4711\n";
}

void Write(const test::TemporaryFolder& root, const std::string& path, const std::string& contents) {
  test::WriteTree(root, {{path, contents}});
}

TEST_CASE("cores that other processes keep busy at every look are not free") {
  const int cores = AvailableCores("/nonexistent");
  const test::TemporaryFolder root;
  test::WriteTree(root, TreeOfCores());
  Write(root, "/proc/loadavg", Running(3));
  FreeCores free_cores(root.path());
  CHECK(free_cores.busy() == 2);
  CHECK(free_cores.Count() == std::max(cores - 2, 1));
  // One of the two was gone for a moment.
  Write(root, "/proc/loadavg", Running(2));
  free_cores.Look();
  Write(root, "/proc/loadavg", Running(4));
  free_cores.Look();
  CHECK(free_cores.busy() == 1);
  CHECK(free_cores.Count() == std::max(cores - 1, 1));
  // Only this process; and none if a container hides even that.
  for (int running : {1, 0}) {
    Write(root, "/proc/loadavg", Running(running));
    free_cores.Look();
    CHECK(free_cores.busy() == 0);
    CHECK(free_cores.Count() == cores);
  }
}

TEST_CASE("a machine that does not report its load counts as idle") {
  const int cores = AvailableCores("/nonexistent");
  for (const char* text :
       {"", "\n", "0.20 0.18 0.12", "0.20 0.18 0.12 x/145 1", "a b c 99999999999999999999/1 1"}) {
    CAPTURE(text);
    const test::TemporaryFolder root;
    Write(root, "/proc/loadavg", text);
    const FreeCores free_cores(root.path());
    CHECK(!free_cores.busy());
    CHECK(free_cores.Count() == cores);
  }
}

TEST_CASE("processes on cores that this one may not use take none of its own") {
  const test::TemporaryFolder root;
  test::WriteTree(root, TreeOfCores(3));
  Write(root, "/proc/loadavg", Running(4));
  CHECK(FreeCores(root.path()).Count() == AvailableCores("/nonexistent"));
  Write(root, "/proc/loadavg", Running(4 + 100));
  CHECK(FreeCores(root.path()).Count() == 1);
}

TEST_CASE("a quota pays for some of the free cores") {
  const test::TemporaryFolder root;
  test::WriteTree(root, TreeOfCores());
  Write(root, "/proc/loadavg", Running(1));
  Write(root, "/proc/self/cgroup", "0::/a\n");
  Write(root, "/proc/self/mountinfo", "24 22 0:27 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
  Write(root, "/sys/fs/cgroup/a/cpu.max", "50000 100000\n");
  CHECK(FreeCores(root.path()).Count() == 1);
}

TEST_CASE("the time of others is that of all processors minus this process's own") {
  const ProcessorTimes before{100, 1000, 10};
  const auto busy = [&](double clock_s, double busy_s, double own_s) {
    return BusyBetween(before, {100 + clock_s, 1000 + busy_s, 10 + own_s});
  };
  CHECK(busy(1, 2, 2) == 0);
  CHECK(busy(1, 2, 1) == 1);
  CHECK(busy(10, 34, 15) == 2);
  CHECK(busy(10, 19, 15) == 0);
  CHECK(busy(1, 0, 2) == 0);  // ticks come late
  CHECK(busy(0, 1, 0) == 0);
  CHECK(busy(-1, 1, 0) == 0);
  CHECK(busy(1, 1e300, 0) > 0);  // nonsense, but a number
}

TEST_CASE("over time, this machine's busy processes are seen, and nonsensical counters are ignored") {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    volatile bool is_busy = true;
    while (is_busy) {
    }
  }
  FreeCores free_cores;
  free_cores.Update();
  ::usleep(1'500'000);
  free_cores.Update();
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  REQUIRE(free_cores.busy());
  CHECK(*free_cores.busy() >= 1);

  for (const char* text : {"", "cpu", "cpu  1 2 3", "cpu  1 2 3 4 5 6 x", "cpu0 1 2 3 4 5 6 7 8"}) {
    CAPTURE(text);
    const test::TemporaryFolder root;
    test::WriteTree(root, TreeOfCores());
    Write(root, "/proc/loadavg", Running(2));
    Write(root, "/proc/stat", text);
    FreeCores other(root.path());
    other.Update();
    other.Update();
    CHECK(other.busy() == 1);
  }
}

}  // namespace
}  // namespace mobilenet
