#include "src/base/machine_look.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <thread>
#include <utility>

#include "src/base/limits.h"
#include "src/base/parse_number.h"
#include "src/base/system_files.h"

namespace mobilenet {
namespace {

constexpr int64_t kMaxCount = int64_t{1} << 60;
constexpr int kMaxCoolingDevices = 64;

std::vector<CoreClock> ReadClocks(const SystemFiles& files) {
  std::vector<CoreClock> clocks;
  for (const int core : files.Cores("/sys/devices/system/cpu/online")) {
    const std::string folder = "/sys/devices/system/cpu/cpu" + std::to_string(core) + "/cpufreq";
    const CoreClock clock{core, ReadMhz(files, folder + "/scaling_cur_freq"),
                          ReadMhz(files, folder + "/scaling_max_freq")};
    if (clock.mhz || clock.limit_mhz) clocks.push_back(clock);
  }
  return clocks;
}

// Devices such as "thermal-cpufreq-0" lower the clock when a zone is hot; state 0 means not at all.
std::optional<bool> ReadIsCooling(const SystemFiles& files) {
  std::optional<bool> is_cooling;
  for (int device = 0; device < kMaxCoolingDevices; ++device) {
    const std::string folder = "/sys/class/thermal/cooling_device" + std::to_string(device);
    if (files.Line(folder + "/type").find("cpufreq") == std::string::npos) continue;
    const auto state = files.Number(folder + "/cur_state", 0, kMaxCount);
    if (state) is_cooling = is_cooling.value_or(false) || *state > 0;
  }
  return is_cooling;
}

// How long all threads waited in run queues: the second number of "19872 4711 12", in nanoseconds.
std::optional<double> ReadWaited(const std::string& root) {
  const SystemFiles files(root);
  std::optional<double> waited_s;
  std::error_code error;
  for (std::filesystem::directory_iterator i(root + "/proc/self/task", error), end; !error && i != end;
       i.increment(error)) {
    const std::string line = files.Line("/proc/self/task/" + i->path().filename().string() + "/schedstat");
    std::string_view rest = line;
    NextPart(rest, ' ');
    const auto waited = ParseNumberWithin(NextPart(rest, ' '), 0, kMaxCount);
    if (waited) waited_s = waited_s.value_or(0) + static_cast<double>(*waited) / 1e9;
  }
  return waited_s;
}

std::optional<int64_t> ReadSwapped(const SystemFiles& files) {
  const std::string text = files.Text("/proc/vmstat");
  const auto in = ParseNumberWithin(LineAfter(text, "pswpin "), 0, kMaxCount);
  const auto out = ParseNumberWithin(LineAfter(text, "pswpout "), 0, kMaxCount);
  if (!in || !out) return {};
  return *in + *out;
}

// Threads that have just been told to sleep may still be running: the lowest of several readings counts.
std::optional<int> FewestRunning(const std::string& root) {
  std::optional<int> fewest;
  for (int i = 0; i < 4; ++i) {
    if (i > 0) std::this_thread::sleep_for(std::chrono::microseconds(100));
    const std::optional<int> running = OthersRunning(root);
    if (!running) return {};
    fewest = std::min(fewest.value_or(*running), *running);
    if (*fewest == 0) break;
  }
  return fewest;
}

}  // namespace

MachineWatch::MachineWatch(std::string root) : root_(std::move(root)) {}

std::string MachineWatch::NextRoot() const {
  std::error_code error;
  for (size_t number = looks_.size() + 1; !root_.empty() && number > 0; --number) {
    std::string folder = root_ + "/" + std::to_string(number);
    if (std::filesystem::is_directory(folder, error)) return folder;
  }
  return root_;
}

void MachineWatch::Look(LookPhase phase) {
  const std::string root = NextRoot();
  const SystemFiles files(root);
  MachineLook look;
  look.phase = phase;
  look.at_s = since_start_.ElapsedMs() / 1000;
  look.clocks = ReadClocks(files);  // first: they may fall while the rest is read
  look.others_running = FewestRunning(root);
  look.times = ReadProcessorTimes(root);
  look.temperatures = ReadTemperatures(files);
  look.power = ReadPower(files);
  look.is_cooling = ReadIsCooling(files);
  look.waited_s = ReadWaited(root);
  look.cgroup_throttled_s = CgroupThrottledSeconds(root);
  look.swapped_pages = ReadSwapped(files);
  rusage usage = {};
  ::getrusage(RUSAGE_SELF, &usage);
  look.major_faults = usage.ru_majflt;
  look.minor_faults = usage.ru_minflt;
  looks_.push_back(std::move(look));
}

}  // namespace mobilenet
