#include "src/base/machine_look.h"

#include "test/support/boards.h"
#include "test/support/catch.h"

namespace mobilenet {
namespace {

using test::FileTree;

constexpr char kFlags[] = "/sys/devices/platform/soc/soc:firmware/get_throttled";

TEST_CASE("each look reads the next of the folders 1, 2, 3, and the last one again and again") {
  const test::TemporaryFolder root;
  for (const char* temperature : {"70000", "84000"}) {
    FileTree tree;
    for (const auto& [path, contents] : test::RaspberryPi4()) {
      tree[(temperature[0] == '7' ? "/1" : "/2") + path] = contents;
    }
    const std::string folder = temperature[0] == '7' ? "/1" : "/2";
    tree[folder + "/sys/class/thermal/thermal_zone0/temp"] = temperature;
    if (folder == "/2") tree[folder + kFlags] = "50005";
    test::WriteTree(root, tree);
  }
  MachineWatch watch(root.path());
  for (const LookPhase phase : {LookPhase::kBefore, LookPhase::kDuring, LookPhase::kAfter}) watch.Look(phase);
  REQUIRE(watch.looks().size() == 3);
  CHECK(watch.looks()[0].temperatures[0].celsius == 70);
  CHECK(watch.looks()[1].temperatures[0].celsius == 84);
  CHECK(watch.looks()[2].temperatures[0].celsius == 84);
  CHECK(watch.looks()[2].phase == LookPhase::kAfter);
  CHECK(watch.looks()[2].at_s >= watch.looks()[1].at_s);
  const auto throttled = static_cast<size_t>(PowerCondition::kThrottled);
  CHECK(watch.looks()[0].power[throttled].now == false);
  CHECK(watch.looks()[1].power[throttled].now == true);
}

TEST_CASE("a look has every core's clock, cooling, the cgroup's throttling and swapping") {
  FileTree tree = test::Rk3588();
  tree["/sys/class/thermal/cooling_device0/type"] = "pwm-fan\n";
  tree["/sys/class/thermal/cooling_device0/cur_state"] = "3\n";
  tree["/sys/class/thermal/cooling_device2/type"] = "thermal-cpufreq-1\n";
  tree["/sys/class/thermal/cooling_device2/cur_state"] = "0\n";
  tree["/proc/self/cgroup"] = "0::/box\n";
  tree["/proc/self/mountinfo"] = "24 22 0:27 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
  tree["/sys/fs/cgroup/box/cpu.stat"] = "usage_usec 9000000\nnr_throttled 12\nthrottled_usec 2500000\n";
  tree["/proc/vmstat"] = "pgfault 5\npswpin 10\npswpout 32\n";
  tree["/proc/loadavg"] = "2.00 1.80 1.20 3/145 4711\n";
  tree["/proc/stat"] = "cpu  100 0 50 900 10 0 5 25 0 0\n";
  tree["/proc/self/task/1/schedstat"] = "9 1500000000 3\n";
  tree["/proc/self/task/2/schedstat"] = "9 500000000 3\n";
  const test::TemporaryFolder root;
  test::WriteTree(root, tree);
  MachineWatch watch(root.path());
  watch.Look(LookPhase::kDuring);
  const MachineLook& look = watch.looks()[0];
  REQUIRE(look.clocks.size() == 8);
  CHECK(look.clocks[7].core == 7);
  CHECK(look.clocks[7].mhz == 408);
  CHECK(look.clocks[7].limit_mhz == 2400);
  CHECK(look.temperatures.size() == 3);
  CHECK(look.is_cooling == false);
  CHECK(look.cgroup_throttled_s == 2.5);
  CHECK(look.swapped_pages == 42);
  CHECK(look.others_running == 2);
  CHECK(look.waited_s == 2.0);
  REQUIRE(look.times);
  CHECK(look.times->busy_s == 1.55);
  CHECK(look.times->steal_s == 0.25);
}

TEST_CASE("a machine that reports nothing leaves everything unknown") {
  const test::TemporaryFolder root;
  MachineWatch watch(root.path());
  watch.Look(LookPhase::kBefore);
  const MachineLook& look = watch.looks()[0];
  CHECK(look.clocks.empty());
  CHECK(look.temperatures.empty());
  CHECK(!look.is_cooling);
  CHECK(!look.others_running);
  CHECK(!look.times);
  CHECK(!look.waited_s);
  CHECK(!look.cgroup_throttled_s);
  CHECK(!look.swapped_pages);
}

}  // namespace
}  // namespace mobilenet
