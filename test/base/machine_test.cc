#include "src/base/machine.h"

#include <sys/stat.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "test/support/boards.h"
#include "test/support/catch.h"

namespace mobilenet {
namespace {

using test::FileTree;
using Cores = std::vector<int>;

constexpr int64_t kKilobyte = 1024;

Machine MachineOf(const FileTree& tree) {
  const test::TemporaryFolder root;
  test::WriteTree(root, tree);
  return ReadMachine(root.path());
}

// The contents of "/NAME" for the first core.
Machine WithCpuFile(const std::string& name, const std::string& contents) {
  FileTree tree = test::RaspberryPi4();
  tree["/sys/devices/system/cpu/" + name] = contents;
  return MachineOf(tree);
}

const PowerState& PowerOf(const Machine& machine, PowerCondition condition) {
  return machine.power[static_cast<size_t>(condition)];
}

Machine WithThrottled(const std::string& bits) {
  FileTree tree = test::RaspberryPi4();
  tree["/sys/devices/platform/soc/soc:firmware/get_throttled"] = bits;
  return MachineOf(tree);
}

TEST_CASE("a Raspberry Pi 4 is four Cortex-A72 with their clocks, caches and features") {
  const Machine machine = MachineOf(test::RaspberryPi4());
  CHECK(machine.board == "Raspberry Pi 4 Model B Rev 1.4");
  CHECK(machine.kernel == "6.6.51+rpt-rpi-v8");
  REQUIRE(machine.clusters.size() == 1);
  const CpuCluster& cluster = machine.clusters[0];
  CHECK(cluster.cores == Cores{0, 1, 2, 3});
  CHECK(cluster.core_type == "Cortex-A72");
  CHECK(!cluster.capacity);
  CHECK(cluster.min_mhz == 600);
  CHECK(cluster.max_mhz == 1800);
  CHECK(cluster.limit_mhz == 1800);
  CHECK(cluster.current_mhz == 600);
  CHECK(cluster.governor == "ondemand");
  REQUIRE(cluster.caches.size() == 3);
  CHECK(cluster.caches[1].type == "Instruction");
  CHECK(cluster.caches[1].size_bytes == 48 * kKilobyte);
  CHECK(cluster.caches[1].cores == Cores{0});
  CHECK(cluster.caches[2].level == 2);
  CHECK(cluster.caches[2].size_bytes == 1024 * kKilobyte);
  CHECK(cluster.caches[2].cores == Cores{0, 1, 2, 3});
  CHECK(machine.offline_cores.empty());
  REQUIRE(machine.features);
  CHECK(machine.features->neon);
  CHECK(machine.features->fma);
  CHECK(!machine.features->dot);
  CHECK(!machine.features->fp16);
  CHECK(!machine.features->i8mm);
  CHECK(machine.memory_total_bytes == 3885396 * kKilobyte);
  CHECK(machine.memory_available_bytes == 3411844 * kKilobyte);
  CHECK(machine.page_bytes == 4 * kKilobyte);
  REQUIRE(machine.temperatures.size() == 1);
  CHECK(machine.temperatures[0].zone == "cpu-thermal");
  CHECK(machine.temperatures[0].celsius == 52.095);
  for (const PowerState& state : machine.power) {
    CHECK(state.now == false);
    CHECK(state.since_boot == false);
  }
}

TEST_CASE("a Raspberry Pi 5 has pages of 16 KB, the dot product, and only the supply's alarm") {
  const Machine machine = MachineOf(test::RaspberryPi5());
  REQUIRE(machine.clusters.size() == 1);
  CHECK(machine.clusters[0].core_type == "Cortex-A76");
  REQUIRE(machine.clusters[0].caches.size() == 4);
  CHECK(machine.clusters[0].caches[3].level == 3);
  CHECK(machine.page_bytes == 16 * kKilobyte);
  REQUIRE(machine.features);
  CHECK(machine.features->dot);
  CHECK(machine.features->fp16);
  CHECK(!machine.features->i8mm);
  CHECK(PowerOf(machine, PowerCondition::kUnderVoltage).now == false);
  CHECK(!PowerOf(machine, PowerCondition::kUnderVoltage).since_boot);
  CHECK(!PowerOf(machine, PowerCondition::kThrottled).now);

  FileTree alarm = test::RaspberryPi5();
  alarm["/sys/class/hwmon/hwmon3/in0_lcrit_alarm"] = "1\n";
  CHECK(PowerOf(MachineOf(alarm), PowerCondition::kUnderVoltage).now == true);
}

TEST_CASE("an RK3588 is two clusters") {
  const Machine machine = MachineOf(test::Rk3588());
  REQUIRE(machine.clusters.size() == 2);
  CHECK(machine.clusters[0].cores == Cores{0, 1, 2, 3});
  CHECK(machine.clusters[0].core_type == "Cortex-A55");
  CHECK(machine.clusters[0].capacity == 530);
  CHECK(machine.clusters[1].cores == Cores{4, 5, 6, 7});
  CHECK(machine.clusters[1].core_type == "Cortex-A76");
  CHECK(machine.clusters[1].max_mhz == 2400);
  CHECK(machine.clusters[1].caches[2].size_bytes == 512 * kKilobyte);
  CHECK(machine.clusters[1].caches[2].cores == Cores{4});
  REQUIRE(machine.temperatures.size() == 3);
  CHECK(machine.temperatures[2].zone == "littlecore-thermal");
  CHECK(!PowerOf(machine, PowerCondition::kUnderVoltage).now);
}

TEST_CASE("a 32-bit system names features and cores in its own way") {
  const Machine machine = MachineOf(test::RaspberryPi3In32Bit());
  REQUIRE(machine.clusters.size() == 1);
  CHECK(machine.clusters[0].core_type == "Cortex-A53");
  CHECK(machine.clusters[0].caches.empty());
  REQUIRE(machine.features);
  CHECK(machine.features->neon);
  CHECK(machine.features->fma);
  CHECK(!machine.features->dot);
  CHECK(!machine.page_bytes);
}

TEST_CASE("each bit of get_throttled is one condition, now or since boot") {
  for (int condition = 0; condition < kPowerConditions; ++condition) {
    char bits[16];
    std::snprintf(bits, sizeof bits, "%x\n", 1u << condition);
    const Machine now = WithThrottled(bits);
    std::snprintf(bits, sizeof bits, "%x\n", 1u << (condition + 16));
    const Machine before = WithThrottled(bits);
    for (int other = 0; other < kPowerConditions; ++other) {
      CAPTURE(condition, other);
      CHECK(now.power[static_cast<size_t>(other)].now == (other == condition));
      CHECK(now.power[static_cast<size_t>(other)].since_boot == false);
      CHECK(before.power[static_cast<size_t>(other)].now == false);
      CHECK(before.power[static_cast<size_t>(other)].since_boot == (other == condition));
    }
  }
}

TEST_CASE("cores that are present and not online are offline") {
  CHECK(WithCpuFile("online", "0-1\n").offline_cores == Cores{2, 3});
  CHECK(WithCpuFile("online", "0,2\n").offline_cores == Cores{1, 3});
  CHECK(WithCpuFile("online", "0,2\n").clusters[0].cores == Cores{0, 2});
}

TEST_CASE("cores that differ in one trait are separate clusters") {
  CHECK(WithCpuFile("cpu3/cpufreq/scaling_governor", "powersave\n").clusters.size() == 2);
  CHECK(WithCpuFile("cpu3/cpufreq/scaling_max_freq", "1500000\n").clusters.size() == 2);
  CHECK(WithCpuFile("cpu3/cpufreq/scaling_cur_freq", "1500000\n").clusters.size() == 1);
}

TEST_CASE("a core of unknown type is shown by its numbers") {
  FileTree tree;
  tree["/proc/cpuinfo"] = "processor\t: 0\nCPU implementer\t: 0x61\nCPU part\t: 0x022\n";
  const Machine machine = MachineOf(tree);
  REQUIRE(machine.clusters.size() == 1);
  CHECK(machine.clusters[0].core_type == "implementer 0x61, part 0x022");
}

TEST_CASE("nonsensical values are unknown") {
  for (const char* khz : {"", "-1", "abc", "1800000 MHz", "99999999999999999999", "0", "0x10"}) {
    CAPTURE(khz);
    CHECK(!WithCpuFile("cpu0/cpufreq/scaling_cur_freq", khz).clusters[0].current_mhz);
  }
  for (const char* list : {"0-99999999", "3-", "-", "a", "0-3,", ",", "99999", "0--3"}) {
    CAPTURE(list);
    // Without a list, the cores of /proc/cpuinfo count; they must not be more.
    const Machine machine = WithCpuFile("online", list);
    REQUIRE(machine.clusters.size() == 1);
    CHECK(machine.clusters[0].cores.size() <= 4);
  }
  for (const char* bits : {"", "zz", "100000000", "-5", "5 5"}) {
    CAPTURE(bits);
    CHECK(!WithThrottled(bits).power[0].now);
  }
}

// Every file of the board, replaced by what `replace` makes of it.
Machine WithReplaced(const std::function<void(const std::string& path)>& replace) {
  const test::TemporaryFolder root;
  const FileTree tree = test::RaspberryPi4();
  test::WriteTree(root, tree);
  for (const auto& [path, contents] : tree) {
    std::filesystem::remove(root.path() + path);
    replace(root.path() + path);
  }
  return ReadMachine(root.path());
}

void CheckUnknown(const Machine& machine) {
  CHECK(machine.clusters.empty());
  CHECK(machine.offline_cores.empty());
  CHECK(!machine.features);
  CHECK(!machine.memory_total_bytes);
  CHECK(!machine.memory_available_bytes);
  CHECK(!machine.page_bytes);
  CHECK(machine.temperatures.empty());
  for (const PowerState& state : machine.power) {
    CHECK(!state.now);
    CHECK(!state.since_boot);
  }
}

TEST_CASE("a machine that reports nothing, or nonsense, is unknown") {
  CheckUnknown(ReadMachine("/nonexistent"));
  CheckUnknown(WithReplaced([](const std::string&) {}));
  CheckUnknown(WithReplaced([](const std::string& path) { std::filesystem::create_directory(path); }));
  CheckUnknown(WithReplaced([](const std::string& path) { REQUIRE(::mkfifo(path.c_str(), 0600) == 0); }));
  CheckUnknown(WithReplaced([](const std::string& path) { std::filesystem::create_symlink(path, path); }));
  const std::string nonsense[] = {"",
                                  "\n",
                                  ":",
                                  std::string(3, '\0'),
                                  std::string(100000, ':'),
                                  std::string(100000, '\n'),
                                  "\xff\xfe\x1b[2J\r\n",
                                  "kB",
                                  "MemTotal: kB",
                                  "0x",
                                  "-9223372036854775808"};
  for (const std::string& contents : nonsense) {
    CAPTURE(contents.substr(0, 30));
    CheckUnknown(WithReplaced([&](const std::string& path) { test::WriteFileBytes(path, contents); }));
  }
}

TEST_CASE("what comes after the first megabyte of a file is not read") {
  FileTree tree = test::RaspberryPi4();
  tree["/proc/meminfo"] = std::string(2 << 20, 'x') + "\n" + tree["/proc/meminfo"];
  tree["/proc/device-tree/model"] = std::string(2 << 20, 'x');
  const Machine machine = MachineOf(tree);
  CHECK(!machine.memory_total_bytes);
  CHECK(machine.board == std::string(200, 'x'));
}

}  // namespace
}  // namespace mobilenet
