#include "src/base/limits.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "src/base/cpu_cores.h"
#include "test/support/boards.h"
#include "test/support/catch.h"
#include "test/support/cgroup.h"
#include "test/support/files.h"
#include "test/support/run_command.h"

namespace mobilenet {
namespace {

using test::FileTree;

constexpr int64_t kMegabyte = 1024 * 1024;

class Root {
 public:
  explicit Root(const FileTree& tree) { test::WriteTree(folder_, tree); }
  operator std::string() const { return folder_.path(); }

 private:
  test::TemporaryFolder folder_;
};

// How Docker and systemd show version 1: each controller in its own hierarchy.
FileTree Version1(const std::string& group, const std::string& mount_root = "/") {
  FileTree tree;
  tree["/proc/self/cgroup"] =
      "12:cpuset:/\n5:memory:" + group + "\n4:cpu,cpuacct:" + group + "\n1:name=systemd:/a\n0::/b\n";
  tree["/proc/self/mountinfo"] =
      "21 1 8:2 / / rw,noatime shared:1 - ext4 /dev/root rw\n"
      "33 31 0:30 " +
      mount_root +
      " /sys/fs/cgroup/cpu,cpuacct ro,nosuid shared:9 master:3 - cgroup cgroup rw,cpu,cpuacct\n"
      "35 31 0:32 " +
      mount_root + " /sys/fs/cgroup/memory ro,nosuid - cgroup cgroup rw,memory\n";
  return tree;
}

FileTree Version2(const std::string& group, const std::string& mount_point = "/sys/fs/cgroup") {
  FileTree tree;
  tree["/proc/self/cgroup"] = "0::" + group + "\n";
  tree["/proc/self/mountinfo"] =
      "24 22 0:27 / " + mount_point + " rw,nosuid shared:8 - cgroup2 cgroup2 rw,nsdelegate\n";
  return tree;
}

TEST_CASE("without cgroups there is no quota and no limit") {
  const Root root(test::RaspberryPi4());
  CHECK(!CpuQuota(root));
  const MemoryLimits limits = ReadMemoryLimits(root);
  CHECK(!limits.cgroup_bytes);
  CHECK(!limits.address_space_bytes);
  CHECK(limits.available_bytes == 3411844 * int64_t{1024});
  CHECK(AvailableMemoryBytes(root) == limits.available_bytes);
  CHECK(!AvailableMemoryBytes("/nonexistent"));
}

TEST_CASE("the quota of version 1 is the lowest one up the hierarchy") {
  FileTree tree = Version1("/docker/abc");
  const std::string cpu = "/sys/fs/cgroup/cpu,cpuacct";
  tree[cpu + "/docker/abc/cpu.cfs_quota_us"] = "-1\n";
  tree[cpu + "/docker/abc/cpu.cfs_period_us"] = "100000\n";
  CHECK(!CpuQuota(Root(tree)));
  tree[cpu + "/docker/abc/cpu.cfs_quota_us"] = "50000\n";
  CHECK(CpuQuota(Root(tree)) == 0.5);
  tree[cpu + "/docker/cpu.cfs_quota_us"] = "50000\n";
  tree[cpu + "/docker/cpu.cfs_period_us"] = "200000\n";
  CHECK(CpuQuota(Root(tree)) == 0.25);
  tree[cpu + "/cpu.cfs_quota_us"] = "1000\n";
  tree[cpu + "/cpu.cfs_period_us"] = "100000\n";
  CHECK(CpuQuota(Root(tree)) == 0.01);
}

TEST_CASE("the quota of version 2 is the lowest one up the hierarchy") {
  FileTree tree = Version2("/system.slice/mobilenet.service");
  const std::string folder = "/sys/fs/cgroup/system.slice";
  tree[folder + "/mobilenet.service/cpu.max"] = "max 100000\n";
  CHECK(!CpuQuota(Root(tree)));
  tree[folder + "/mobilenet.service/cpu.max"] = "150000 100000\n";
  CHECK(CpuQuota(Root(tree)) == 1.5);
  tree[folder + "/cpu.max"] = "100000 100000\n";
  CHECK(CpuQuota(Root(tree)) == 1);
}

TEST_CASE("in a container that sees the machine's names, its cgroup is where the mount begins") {
  FileTree tree = Version1("/docker/abc", "/docker/abc");
  tree["/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us"] = "50000\n";
  tree["/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us"] = "100000\n";
  CHECK(CpuQuota(Root(tree)) == 0.5);
  tree["/proc/self/cgroup"] = "4:cpu,cpuacct:/docker/abc/inner\n";
  tree["/sys/fs/cgroup/cpu,cpuacct/inner/cpu.cfs_quota_us"] = "20000\n";
  tree["/sys/fs/cgroup/cpu,cpuacct/inner/cpu.cfs_period_us"] = "100000\n";
  CHECK(CpuQuota(Root(tree)) == 0.2);
  // A name of another container with the same beginning, and a place outside of what this one sees.
  for (const char* group : {"/docker/abcd", "/../../elsewhere"}) {
    tree["/proc/self/cgroup"] = std::string("4:cpu,cpuacct:") + group + "\n";
    CHECK(CpuQuota(Root(tree)) == 0.5);
  }
}

TEST_CASE("a mount point may have a blank in its name") {
  FileTree tree = Version2("/a", "/my\\040cgroups");
  tree["/my cgroups/a/cpu.max"] = "50000 100000\n";
  CHECK(CpuQuota(Root(tree)) == 0.5);
}

TEST_CASE("a nonsensical quota or limit is ignored") {
  for (const char* text : {"", "max", "max max", "50000", "-1 100000", "0 100000", "50000 0", "a b",
                           "5e4 100000", "99999999999999999999 100000"}) {
    CAPTURE(text);
    FileTree tree = Version2("/a");
    tree["/sys/fs/cgroup/a/cpu.max"] = text;
    CHECK(!CpuQuota(Root(tree)));
  }
  for (const char* text : {"", "max", "-1", "1 MB", "9223372036854775807", "99999999999999999999"}) {
    CAPTURE(text);
    FileTree tree = Version2("/a");
    tree["/sys/fs/cgroup/a/memory.max"] = text;
    CHECK(!ReadMemoryLimits(Root(tree)).cgroup_bytes);
  }
  for (const char* text : {"", ":", "::", "0::", "4:cpu", "0::/a", "4:cpu:/a"}) {
    for (const char* mounts :
         {"", "1", "1 2 3 / /a", "1 2 3 / /a b - cgroup2 x rw", "1 2 3 / /a\\777\\04 b - cgroup x cpu"}) {
      CAPTURE(text, mounts);
      CHECK(!CpuQuota(Root({{"/proc/self/cgroup", text}, {"/proc/self/mountinfo", mounts}})));
    }
  }
}

TEST_CASE("a quota counts like affinity: as whole cores, at least one") {
  const int cores = AvailableCores("/nonexistent");
  const struct {
    double quota;
    int cores;
  } cases[] = {{0.01, 1}, {0.5, 1}, {1, 1}, {1.5, 1}, {2, 2}, {1000, 1000}};
  for (const auto& [quota, expected] : cases) {
    CAPTURE(quota);
    FileTree tree = Version2("/a");
    tree["/sys/fs/cgroup/a/cpu.max"] = std::to_string(static_cast<int>(quota * 100000)) + " 100000\n";
    const Root root(tree);
    CHECK(AvailableCores(root) == std::min(cores, expected));
    CHECK(FastestClusterCores(root) == std::min(cores, expected));
  }
}

TEST_CASE("used memory of a cgroup is gone, but not that of files that were read once") {
  const std::string v1 = "/sys/fs/cgroup/memory/docker/abc";
  FileTree tree = Version1("/docker/abc");
  tree["/proc/meminfo"] = "MemAvailable: 1000000 kB\n";
  tree[v1 + "/memory.limit_in_bytes"] = std::to_string(128 * kMegabyte) + "\n";
  tree[v1 + "/memory.usage_in_bytes"] = std::to_string(100 * kMegabyte) + "\n";
  tree[v1 + "/memory.stat"] =
      "cache 1\ninactive_file 1\ntotal_cache 5\ntotal_inactive_file " + std::to_string(60 * kMegabyte) + "\n";
  CHECK(ReadMemoryLimits(Root(tree)).cgroup_bytes == 128 * kMegabyte);
  CHECK(AvailableMemoryBytes(Root(tree)) == 88 * kMegabyte);
  // Without a limit, the file holds the largest number of pages.
  tree["/sys/fs/cgroup/memory/memory.limit_in_bytes"] = "9223372036854771712\n";
  CHECK(ReadMemoryLimits(Root(tree)).cgroup_bytes == 128 * kMegabyte);
  tree["/sys/fs/cgroup/memory/docker/memory.limit_in_bytes"] = std::to_string(90 * kMegabyte) + "\n";
  tree["/sys/fs/cgroup/memory/docker/memory.usage_in_bytes"] = std::to_string(95 * kMegabyte) + "\n";
  CHECK(ReadMemoryLimits(Root(tree)).cgroup_bytes == 90 * kMegabyte);
  CHECK(AvailableMemoryBytes(Root(tree)) == 0);

  const std::string v2 = "/sys/fs/cgroup/user.slice";
  tree = Version2("/user.slice");
  tree["/proc/meminfo"] = "MemAvailable: 1000000 kB\n";
  tree[v2 + "/memory.max"] = "max\n";
  tree[v2 + "/memory.current"] = std::to_string(100 * kMegabyte) + "\n";
  CHECK(AvailableMemoryBytes(Root(tree)) == 1000000 * int64_t{1024});
  tree[v2 + "/memory.max"] = std::to_string(128 * kMegabyte) + "\n";
  CHECK(AvailableMemoryBytes(Root(tree)) == 28 * kMegabyte);
  tree[v2 + "/memory.stat"] =
      "anon 5\nworkingset_inactive_file 7\ninactive_file " + std::to_string(60 * kMegabyte) + "\n";
  CHECK(AvailableMemoryBytes(Root(tree)) == 88 * kMegabyte);
  tree["/proc/meminfo"] = "MemAvailable: 1024 kB\n";
  CHECK(AvailableMemoryBytes(Root(tree)) == kMegabyte);
}

TEST_CASE("too much memory is refused with what is needed and what there is") {
  FileTree tree = Version2("/a");
  tree["/proc/meminfo"] = "MemAvailable: 204800 kB\n";
  const Root root(tree);
  CheckMemoryIsLeft("vgg16", 200 * kMegabyte, root);
  CHECK_THROWS_WITH(
      CheckMemoryIsLeft("vgg16", 200 * kMegabyte + 1, root),
      "vgg16: needs 201 MB of memory, and 200 MB are available (a smaller network, or a machine with "
      "more)");
  // If nothing is reported, nothing is refused.
  CheckMemoryIsLeft("vgg16", int64_t{1} << 50, "/nonexistent");
}

TEST_CASE("mapped memory of a limited address space is gone") {
  FileTree tree = test::RaspberryPi4();
  tree["/proc/self/status"] = "Name:\tmobilenet\nVmPeak:\t  300000 kB\nVmSize:\t  102400 kB\n";
  const auto limit = [&](const std::string& soft) {
    tree["/proc/self/limits"] =
        "Limit                     Soft Limit           Hard Limit           Units     \n"
        "Max cpu time              unlimited            unlimited            seconds   \n"
        "Max address space         " +
        soft + "            unlimited            bytes     \n";
    return ReadMemoryLimits(Root(tree));
  };
  CHECK(!limit("unlimited").address_space_bytes);
  CHECK(limit("unlimited").available_bytes == 3411844 * int64_t{1024});
  CHECK(limit("314572800").address_space_bytes == 300 * kMegabyte);
  CHECK(limit("314572800").available_bytes == 200 * kMegabyte);
  CHECK(limit("1000").available_bytes == 0);
}

// What a child of this process reads after `prepare`; the limits of this process do not change.
MemoryLimits ReadInChild(const std::function<void()>& prepare) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    prepare();
    const MemoryLimits limits = ReadMemoryLimits();
    ::_exit(::write(ends[1], &limits, sizeof limits) == sizeof limits ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(status == 0);
  MemoryLimits limits;
  REQUIRE(::read(ends[0], &limits, sizeof limits) == sizeof limits);
  ::close(ends[0]);
  ::close(ends[1]);
  return limits;
}

void Enter(const test::Cgroup& cgroup) {
  if (std::ofstream out(cgroup.folder() + "/cgroup.procs"); !(out << ::getpid() << std::flush)) ::_exit(1);
}

TEST_CASE("this machine reports the memory that ulimit -v leaves") {
  if (!test::TellsMemory()) return;  // sanitizers map terabytes
  constexpr int64_t kLimit = int64_t{1} << 30;
  const MemoryLimits limits = ReadInChild([] {
    const rlimit limit = {kLimit, kLimit};
    if (::setrlimit(RLIMIT_AS, &limit) != 0) ::_exit(1);
  });
  CHECK(limits.address_space_bytes == kLimit);
  REQUIRE(limits.available_bytes);
  CHECK(*limits.available_bytes < kLimit - kMegabyte);
  CHECK(*limits.available_bytes > 0);
}

TEST_CASE("this machine reports the memory that a cgroup leaves") {
  const auto cgroup = test::Cgroup::WithMemoryLimit(64 * kMegabyte);
  if (!cgroup) return;
  const MemoryLimits empty = ReadInChild([&] { Enter(*cgroup); });
  CHECK(empty.cgroup_bytes == 64 * kMegabyte);
  REQUIRE(empty.available_bytes);
  CHECK(*empty.available_bytes <= 64 * kMegabyte);
  CHECK(*empty.available_bytes > 40 * kMegabyte);
  const MemoryLimits used = ReadInChild([&] {
    Enter(*cgroup);
    static std::vector<char> taken(20 * kMegabyte, 'x');
  });
  REQUIRE(used.available_bytes);
  CHECK(*used.available_bytes < *empty.available_bytes - 15 * kMegabyte);
}

TEST_CASE("this machine reports the quota of a cgroup") {
  const auto cgroup = test::Cgroup::WithCpuQuota(0.5);
  if (!cgroup) return;
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    Enter(*cgroup);
    ::_exit(CpuQuota() == 0.5 && AvailableCores() == 1 && FastestClusterCores() == 1 ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
}

}  // namespace
}  // namespace mobilenet
