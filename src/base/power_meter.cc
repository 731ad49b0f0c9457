#include "src/base/power_meter.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "src/base/file_descriptor.h"
#include "src/base/machine.h"
#include "src/base/parse_number.h"
#include "src/base/start_thread.h"
#include "src/base/stopwatch.h"
#include "src/base/str_cat.h"

namespace mobilenet {
namespace {

constexpr int kMaxSensors = 64;
constexpr int kMaxChannels = 16;
constexpr int64_t kMaxMicrowatts = int64_t{1'000'000'000};  // 1 kW
constexpr int64_t kMaxMillivolts = 100'000;
constexpr int64_t kMaxMilliamperes = 100'000;
constexpr double kMaxWatts = 1000;
constexpr double kCommandMs = 1000;
constexpr size_t kMaxOutputBytes = 64 << 10;
constexpr std::chrono::milliseconds kSampleEvery(20);

// One device's powers or, for an INA2xx or INA3221 that reports none, the products of voltage and current.
std::optional<double> SensorWatts(const SystemFiles& files, const std::string& folder, bool is_ina) {
  std::optional<double> watts;
  for (int i = 1; i <= kMaxChannels; ++i) {
    const auto microwatts = files.Number(StrCat(folder, "/power", i, "_input"), 0, kMaxMicrowatts);
    if (microwatts) watts = watts.value_or(0) + static_cast<double>(*microwatts) / 1e6;
  }
  if (watts || !is_ina) return watts;
  for (int i = 1; i <= kMaxChannels; ++i) {
    const auto millivolts = files.Number(StrCat(folder, "/in", i, "_input"), 0, kMaxMillivolts);
    const auto milliamperes = files.Number(StrCat(folder, "/curr", i, "_input"), 0, kMaxMilliamperes);
    if (!millivolts || !milliamperes) continue;
    watts = watts.value_or(0) + static_cast<double>(*millivolts) * static_cast<double>(*milliamperes) / 1e6;
  }
  return watts;
}

// What the program prints; "" if it fails or takes too long.
std::string OutputOf(const std::string& program, const std::string& argument) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return "";
  const FileDescriptor out(ends[0]);
  pid_t child = 0;
  {
    const FileDescriptor in(ends[1]);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, in.get(), STDOUT_FILENO);
    ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    std::string words[] = {program, argument};
    char* const argv[] = {words[0].data(), words[1].data(), nullptr};
    const int error = ::posix_spawn(&child, program.c_str(), &actions, nullptr, argv, environ);
    ::posix_spawn_file_actions_destroy(&actions);
    if (error != 0) return "";
  }
  std::string text;
  const Stopwatch stopwatch;
  bool is_whole = false;
  while (text.size() < kMaxOutputBytes) {
    pollfd ready{out.get(), POLLIN, 0};
    const double left_ms = kCommandMs - stopwatch.ElapsedMs();
    if (left_ms <= 0 || ::poll(&ready, 1, static_cast<int>(left_ms) + 1) <= 0) break;
    char buffer[4096];
    const ssize_t count = ::read(out.get(), buffer, sizeof(buffer));
    if (count <= 0) {
      is_whole = count == 0;
      break;
    }
    text.append(buffer, static_cast<size_t>(count));
  }
  if (!is_whole) ::kill(child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return is_whole && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? text : "";
}

}  // namespace

std::optional<double> PmicWatts(std::string_view text) {
  // "   VDD_CORE_A current(7)=0.75900000A", and later "   VDD_CORE_V volt(15)=0.72040000V".
  std::map<std::string, std::array<std::optional<double>, 2>, std::less<>> rails;
  while (!text.empty()) {
    const std::string_view line = TrimmedText(NextPart(text, '\n'));
    const size_t space = line.find(' ');
    const size_t equals = line.find('=');
    if (space == line.npos || space < 3 || equals == line.npos || equals < space) continue;
    const std::string_view name = line.substr(0, space);
    std::string_view number = line.substr(equals + 1);
    const bool is_current = name.ends_with("_A") && number.ends_with('A');
    const bool is_voltage = name.ends_with("_V") && number.ends_with('V');
    if (!is_current && !is_voltage) continue;
    number.remove_suffix(1);
    const auto value = ParseNumber<double>(number);
    if (!value || !(*value >= 0 && *value <= kMaxWatts)) continue;
    rails[std::string(name.substr(0, name.size() - 2))][is_voltage ? 1 : 0] = *value;
  }
  std::optional<double> watts;
  for (const auto& [name, rail] : rails) {
    if (rail[0] && rail[1]) watts = watts.value_or(0) + *rail[0] * *rail[1];
  }
  return watts && *watts > 0 && *watts <= kMaxWatts ? watts : std::nullopt;
}

PowerMeter::PowerMeter(const std::string& root) {
  const SystemFiles files(root);
  // A sensor made for this comes before one that merely reports power as well.
  for (const bool is_made_for_it : {true, false}) {
    for (int sensor = 0; sensor < kMaxSensors && source_.empty(); ++sensor) {
      const std::string folder = StrCat("/sys/class/hwmon/hwmon", sensor);
      const std::string name = files.Line(folder + "/name");
      if (name.starts_with("ina") != is_made_for_it || !SensorWatts(files, folder, is_made_for_it)) continue;
      source_ = "hwmon " + name;
      read_ = [files, folder, is_made_for_it] { return SensorWatts(files, folder, is_made_for_it); };
    }
  }
  if (!source_.empty() || BoardName(root).find("Raspberry Pi") == std::string::npos) return;
  const std::string program = root + "/usr/bin/vcgencmd";
  if (::access(program.c_str(), X_OK) != 0) return;
  // Earlier boards have no such chip, and vcgencmd prints an error.
  read_ = [program] { return PmicWatts(OutputOf(program, "pmic_read_adc")); };
  if (read_()) source_ = "vcgencmd pmic_read_adc";
}

std::optional<double> PowerMeter::Watts() const {
  return source_.empty() ? std::nullopt : read_();
}

struct PowerMeasurement::State {
  std::mutex mutex;  // guards is_ending
  std::condition_variable ending;
  bool is_ending = false;
  double sum_watts = 0;
  int samples = 0;
  std::thread thread;
};

PowerMeasurement::PowerMeasurement(const PowerMeter& meter) : state_(std::make_unique<State>()) {
  State& state = *state_;
  state.thread = StartThread([&state, meter] {
    std::unique_lock lock(state.mutex);
    // The first sample comes after a while: sensors report the time before.
    while (!state.ending.wait_for(lock, kSampleEvery, [&] { return state.is_ending; })) {
      lock.unlock();
      if (const auto watts = meter.Watts()) {
        state.sum_watts += *watts;
        ++state.samples;
      }
      lock.lock();
    }
  });
}

std::optional<double> PowerMeasurement::FinishWatts() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->is_ending = true;
  }
  state_->ending.notify_all();
  state_->thread.join();
  if (state_->samples == 0) return std::nullopt;
  return state_->sum_watts / state_->samples;
}

PowerMeasurement::~PowerMeasurement() {
  if (state_->thread.joinable()) FinishWatts();
}

}  // namespace mobilenet
