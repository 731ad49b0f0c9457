// `mobilenet classify` of one photograph when it does not have the machine to itself: idle, under a quota of
// one processor and of half a processor, beside one busy process and beside one per core. In each case, the
// threads that it chooses itself are compared with `--threads 1` and with one thread per core, in turn, so
// that other work affects all three alike. Medians from exec to exit, and of the inference alone; status 1 if
// the default takes, from exec to exit, more than 1.3 times as long as the better of the others, or idle more
// than 1.03 times. Under a quota the inference alone says little: time used too fast is taken off what
// follows.
//     load_benchmark [--short] [--program FILE] [idle | quota-1 | quota-0.5 | busy-1 | busy-all]...
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "src/base/cpu_cores.h"
#include "src/base/stopwatch.h"
#include "test/bench/photograph.h"
#include "test/support/cgroup.h"
#include "test/support/files.h"
#include "test/support/run_command.h"
#include "test/support/under_test.h"

namespace mobilenet {
namespace {

const std::string kModel = test::WeightsFolder() + "/mobilenet_v1_1.0_224_s8.safetensors";
constexpr double kMostTimes = 1.3;
constexpr double kMostTimesIdle = 1.03;
// Under a quota: what a run has used beyond it must not count against the next one.
constexpr useconds_t kPauseMicroseconds = 250'000;

struct Condition {
  std::string name;
  double quota = 0;  // 0: none
  int busy = 0;
};

// Processes that only keep one core each busy, until the end of the scope.
class BusyProcesses {
 public:
  explicit BusyProcesses(int count) {
    for (int i = 0; i < count; ++i) {
      const pid_t child = ::fork();
      if (child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        volatile bool is_busy = true;
        while (is_busy) {
        }
      }
      children_.push_back(child);
    }
    if (count > 0) ::usleep(100'000);  // until the scheduler has distributed them
  }
  ~BusyProcesses() {
    for (pid_t child : children_) {
      ::kill(child, SIGKILL);
      ::waitpid(child, nullptr, 0);
    }
  }

 private:
  std::vector<pid_t> children_;
};

struct Times {
  double process_ms = 0;
  double inference_ms = 0;
};

double Median(const std::vector<Times>& runs, double Times::*time) {
  std::vector<double> values;
  for (const Times& run : runs) values.push_back(run.*time);
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// Runs `arguments` in the cgroup, if there is one, from exec to exit.
Times Run(const std::vector<std::string>& arguments, const test::Cgroup* cgroup) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  int group = -1;
  if (cgroup != nullptr) group = ::open((cgroup->folder() + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return {};
  const Stopwatch stopwatch;
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    if (group >= 0 && ::write(group, "0", 1) != 1) ::_exit(126);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  ::close(ends[1]);
  std::string out;
  char buffer[4096];
  for (ssize_t count; (count = ::read(ends[0], buffer, sizeof buffer)) > 0;) {
    out.append(buffer, static_cast<size_t>(count));
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  Times times{stopwatch.ElapsedMs(), 0};
  ::close(ends[0]);
  if (group >= 0) ::close(group);
  const nlohmann::json record = nlohmann::json::parse(out, nullptr, false);
  if (status != 0 || record.is_discarded()) {
    std::fprintf(stderr, "load_benchmark: %s ended with status %d\n", argv[0], status);
    std::exit(2);
  }
  times.inference_ms = record["inference_ms"];
  return times;
}

// One line of the table for each of the two times. False if a bound is broken.
bool Measure(const Condition& condition, const std::string& program, const std::string& image, int runs,
             bool is_short) {
  std::unique_ptr<test::Cgroup> cgroup;
  if (condition.quota > 0) {
    cgroup = test::Cgroup::WithCpuQuota(condition.quota);
    if (!cgroup) return true;
  }
  const BusyProcesses busy(condition.busy);
  const std::string cores = std::to_string(AvailableCores());
  const std::array<std::vector<std::string>, 3> threads = {{{}, {"--threads", "1"}, {"--threads", cores}}};
  std::array<std::vector<Times>, 3> times;
  for (int run = 0; run < runs; ++run) {
    for (size_t i = 0; i < threads.size(); ++i) {
      std::vector<std::string> arguments = {program,   "classify", "--format", "json",
                                            "--model", kModel,     image};
      arguments.insert(arguments.end(), threads[i].begin(), threads[i].end());
      times[i].push_back(Run(arguments, cgroup.get()));
      if (cgroup) ::usleep(kPauseMicroseconds);
    }
  }
  bool holds = true;
  const std::pair<const char*, double Times::*> kinds[] = {{"exec to exit", &Times::process_ms},
                                                           {"inference", &Times::inference_ms}};
  for (const auto& [name, time] : kinds) {
    const double by_itself = Median(times[0], time);
    const double one = Median(times[1], time);
    const double all = Median(times[2], time);
    const double ratio = by_itself / std::min(one, all);
    const double most = condition.name == "idle" ? kMostTimesIdle : kMostTimes;
    const bool is_broken = !is_short && time == &Times::process_ms && ratio > most;
    std::printf("%-10s %-13s %10.2f %10.2f %10.2f %8.2f%s\n", condition.name.c_str(), name, by_itself, one,
                all, ratio, is_broken ? "  BROKEN" : "");
    holds = holds && !is_broken;
  }
  std::fflush(stdout);
  return holds;
}

int Main(bool is_short, const std::string& program, const std::vector<std::string>& names) {
  if (!std::filesystem::exists(kModel)) {
    std::printf("SKIPPED: no %s (ctest converts it from ../shared/models)\n", kModel.c_str());
    return 0;
  }
  const int cores = AvailableCores();
  const std::vector<Condition> conditions = {
      {"idle", 0, 0}, {"quota-1", 1, 0}, {"quota-0.5", 0.5, 0}, {"busy-1", 0, 1}, {"busy-all", 0, cores}};
  const test::TemporaryFolder folder;
  const std::string image = test::WritePhotograph(folder, 640, 480);
  bool all_hold = true;
  std::printf("%d cores; ms     threads:    default          1 %10d   ratio\n", cores, cores);
  for (const Condition& condition : conditions) {
    const bool is_wanted =
        names.empty() || std::find(names.begin(), names.end(), condition.name) != names.end();
    if (is_wanted) all_hold = Measure(condition, program, image, is_short ? 2 : 30, is_short) && all_hold;
  }
  return all_hold ? 0 : 1;
}

}  // namespace
}  // namespace mobilenet

int main(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  bool is_short = false;
  std::string program = mobilenet::test::MobilenetCommand();
  if (!arguments.empty() && arguments[0] == "--short") {
    is_short = true;
    arguments.erase(arguments.begin());
  }
  if (arguments.size() > 1 && arguments[0] == "--program") {
    program = arguments[1];
    arguments.erase(arguments.begin(), arguments.begin() + 2);
  }
  const std::vector<std::string_view> known = {"idle", "quota-1", "quota-0.5", "busy-1", "busy-all"};
  for (const std::string& name : arguments) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    std::fprintf(stderr,
                 "usage: load_benchmark [--short] [--program FILE] [idle | quota-1 | quota-0.5 | busy-1 | "
                 "busy-all]...\n");
    return 2;
  }
  return mobilenet::Main(is_short, program, arguments);
}
