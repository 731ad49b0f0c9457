#include "src/base/power_meter.h"

#include <chrono>
#include <cmath>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>

#include "test/support/boards.h"
#include "test/support/catch.h"

namespace mobilenet {
namespace {

using test::FileTree;

// From a Raspberry Pi 5: two rails with both values, and one with only its voltage.
constexpr char kPmic[] =
    "   3V3_SYS_A current(1)=0.06000000A\n   VDD_CORE_A current(7)=2.00000000A\n"
    "   3V3_SYS_V volt(9)=3.30000000V\n   VDD_CORE_V volt(15)=0.90000000V\n   EXT5V_V volt(24)=5.10000000V\n";

PowerMeter MeterOf(const FileTree& tree, const std::string& vcgencmd = "") {
  const test::TemporaryFolder root;
  test::WriteTree(root, tree);
  if (!vcgencmd.empty()) {
    test::WriteTree(root, {{"/usr/bin/vcgencmd", vcgencmd}});
    std::filesystem::permissions(root / "usr/bin/vcgencmd", std::filesystem::perms::owner_all);
  }
  PowerMeter meter(root.path());
  if (meter.source() != "") CHECK(meter.Watts());
  return meter;
}

std::optional<double> WattsOf(const FileTree& tree) {
  const test::TemporaryFolder root;
  test::WriteTree(root, tree);
  return PowerMeter(root.path()).Watts();
}

TEST_CASE("the products of the rails of a Raspberry Pi 5's power chip are added up") {
  CHECK(std::abs(PmicWatts(kPmic).value_or(0) - (0.06 * 3.3 + 2.0 * 0.9)) < 1e-9);
  for (const char* text : {"", "error=1 error_msg=\"Command not registered\"\n", "A_A current(0)=1A\n",
                           "A_A current(0)=xA\nA_V volt(1)=1V\n", "A_A current(0)=-1A\nA_V volt(1)=1V\n",
                           "A_A current(0)=nanA\nA_V volt(1)=1V\n", "A_A current(0)=1e9A\nA_V volt(1)=1V\n",
                           "A_A current(0)=1V\nA_V volt(1)=1A\n", "_A =\n_V =\n", "A_A\nA_V\n"}) {
    CAPTURE(text);
    CHECK(!PmicWatts(text));
  }
}

TEST_CASE("a sensor of the kernel gives the power, first one that is made for it") {
  FileTree tree = test::RaspberryPi4();
  tree["/sys/class/hwmon/hwmon0/name"] = "cpu_thermal\n";
  CHECK(WattsOf(tree) == std::nullopt);
  tree["/sys/class/hwmon/hwmon1/name"] = "BAT0\n";
  tree["/sys/class/hwmon/hwmon1/power1_input"] = "9000000\n";
  CHECK(WattsOf(tree) == 9.0);
  tree["/sys/class/hwmon/hwmon2/name"] = "ina226\n";
  tree["/sys/class/hwmon/hwmon2/power1_input"] = "4250000\n";
  CHECK(WattsOf(tree) == 4.25);
  CHECK(MeterOf(tree).source() == "hwmon ina226");
  for (const char* nonsense : {"", "-1\n", "4.25\n", "99999999999999999999\n", "watts\n"}) {
    tree["/sys/class/hwmon/hwmon2/power1_input"] = nonsense;
    CHECK(WattsOf(tree) == 9.0);
  }
}

TEST_CASE("an INA3221 gives voltages and currents, whose products are added up") {
  FileTree tree;
  tree["/sys/class/hwmon/hwmon0/name"] = "ina3221\n";
  for (const char* channel : {"1", "2"}) {
    tree[std::string("/sys/class/hwmon/hwmon0/in") + channel + "_input"] = "5000\n";
    tree[std::string("/sys/class/hwmon/hwmon0/curr") + channel + "_input"] = "400\n";
  }
  tree["/sys/class/hwmon/hwmon0/in3_input"] = "5000\n";
  CHECK(WattsOf(tree) == 4.0);
}

TEST_CASE("a Raspberry Pi 5's vcgencmd gives the power, and nothing if it fails or hangs") {
  const std::string script = "#!/bin/sh\n[ \"$*\" = pmic_read_adc ] || exit 1\ncat <<'END'\n";
  CHECK(MeterOf(test::RaspberryPi5(), script + kPmic + "END\n").source() == "vcgencmd pmic_read_adc");
  CHECK(MeterOf(test::RaspberryPi5(), script + kPmic + "END\nexit 3\n").source() == "");
  CHECK(MeterOf(test::RaspberryPi5(), "#!/bin/sh\necho 'error=1'\n").source() == "");
  CHECK(MeterOf(test::RaspberryPi5(), "#!/nonexistent\n").source() == "");
  CHECK(MeterOf(test::RaspberryPi5()).source() == "");
  CHECK(MeterOf(test::Rk3588(), script + kPmic + "END\n").source() == "");  // no such board
  const auto start = std::chrono::steady_clock::now();
  CHECK(MeterOf(test::RaspberryPi5(), "#!/bin/sh\nexec sleep 60\n").source() == "");
  CHECK(MeterOf(test::RaspberryPi5(), "#!/bin/sh\nexec cat /dev/zero\n").source() == "");
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(30));
}

TEST_CASE("a measurement has the mean of the sensor's values meanwhile") {
  const test::TemporaryFolder root;
  test::WriteTree(root, {{"/sys/class/hwmon/hwmon0/name", "ina219\n"},
                         {"/sys/class/hwmon/hwmon0/power1_input", "2500000\n"}});
  const PowerMeter meter(root.path());
  PowerMeasurement measurement(meter);
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  CHECK(measurement.FinishWatts() == 2.5);
  const PowerMeasurement unfinished(meter);
  PowerMeasurement nothing{PowerMeter("/nonexistent")};
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  CHECK(nothing.FinishWatts() == std::nullopt);
}

}  // namespace
}  // namespace mobilenet
