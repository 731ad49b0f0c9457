// Runs in which the n-th call that writes, syncs, locks, renames, opens or truncates a file fails, is only
// half done or takes long, for every n: no record is lost silently, and --resume completes what there is.
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <map>
#include <set>

#include <nlohmann/json.hpp>

#include "test/support/catch.h"
#include "test/support/records.h"

namespace mobilenet {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::SmallModel;

struct Fault {
  std::string call;
  std::string kind;  // "half", "late" or the errno
};

class FaultyRuns {
 public:
  static constexpr size_t kPhotos = 4;

  explicit FaultyRuns(const std::string& format, const std::string& sync_every)
      : format_(format), sync_every_(sync_every) {
    fs::create_directory(small_ / "p");
    for (size_t i = 0; i < kPhotos; ++i) {
      test::WriteFileBytes(small_ / ("p/" + std::to_string(i) + ".ppm"), SmallModel::GradientPpm(8, 8));
    }
  }

  test::CommandResult Run(const std::vector<std::string>& more, const Fault& fault = {}, int at = 0) const {
    std::vector<std::string> arguments = {"--format",     format_,     "--output",  Output(),
                                          "--sync-every", sync_every_, small_ / "p"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    fs::remove(small_ / "calls");
    return test::RunMobilenet(test::Classify(small_, arguments),
                              {"LD_PRELOAD=" MOBILENET_FAULT_INJECTOR, "FAULT_CALL=" + fault.call,
                               "FAULT_KIND=" + fault.kind, "FAULT_AT=" + std::to_string(at),
                               "FAULT_BELOW=" + (small_ / ""), "FAULT_RECORD=" + (small_ / "calls")});
  }

  // The calls of the last run in which a fault was tried.
  int Calls() const {
    if (!fs::exists(small_ / "calls")) return 0;
    return static_cast<int>(test::Lines(test::ReadFileBytes(small_ / "calls")).size());
  }

  // As an earlier run left it: path and contents; none: no file.
  using State = std::map<std::string, std::string>;
  State Files() const {
    State state;
    for (const auto& entry : fs::directory_iterator(fs::path(Output()).parent_path())) {
      const std::string path = entry.path().string();
      if (path.starts_with(Output())) state[path] = test::ReadFileBytes(path);
    }
    return state;
  }
  void Become(const State& state) const {
    for (const auto& [path, contents] : Files()) fs::remove(path);
    for (const auto& [path, contents] : state) test::WriteFileBytes(path, contents);
  }

  // Whether there is a record of every photograph. Fails if one occurs twice, or if there is anything else;
  // half a record at the end makes it incomplete.
  bool IsWhole() const {
    std::set<std::string> paths;
    if (!fs::exists(Output())) return false;
    std::string text = test::ReadFileBytes(Output());
    const bool is_torn = !text.empty() && !text.ends_with('\n');
    text.resize(text.rfind('\n') + 1);
    auto lines = test::Lines(text);
    if (format_ == "csv" && !lines.empty()) {
      CHECK(lines[0].starts_with("path,"));
      lines.erase(lines.begin());
    }
    for (const std::string& line : lines) {
      const std::string path =
          format_ == "csv" ? line.substr(0, line.find(',')) : json::parse(line)["path"].get<std::string>();
      CHECK(paths.insert(path).second);
    }
    return paths.size() == kPhotos && !is_torn;
  }

  bool IsCalledComplete() const {
    const std::string path = Output() + ".meta.json";
    return fs::exists(path) && json::parse(test::ReadFileBytes(path))["is_complete"] == true;
  }

 private:
  std::string Output() const { return small_ / "out"; }

  SmallModel small_;
  const std::string format_;
  const std::string sync_every_;
};

const Fault kFaults[] = {
    {"write", std::to_string(ENOSPC)},
    {"write", std::to_string(EINTR)},
    {"write", "half"},
    {"fdatasync", std::to_string(EIO)},
    {"fdatasync", "late"},
    {"flock", std::to_string(EWOULDBLOCK)},
    {"flock", std::to_string(EINTR)},
    {"rename", std::to_string(EACCES)},
    {"rename", "late"},
    {"open", std::to_string(EMFILE)},
    {"ftruncate", std::to_string(EIO)},
    {"link", std::to_string(EPERM)},
};

// Every fault at every call of a run with these options that starts with these files.
void CheckAllFaults(const FaultyRuns& runs, const FaultyRuns::State& before,
                    const std::vector<std::string>& options) {
  for (const Fault& fault : kFaults) {
    runs.Become(before);
    runs.Run(options, fault);
    const int calls = runs.Calls();
    for (int at = 1; at <= calls; ++at) {
      CAPTURE(fault.call, fault.kind, at, calls);
      runs.Become(before);
      const auto result = runs.Run(options, fault, at);
      CAPTURE(result.status, result.err);
      if (runs.Calls() < at) continue;  // how often a thread syncs varies
      // It reports the fault, or nothing is missing.
      CHECK(result.status <= 2);
      const bool is_whole = runs.IsWhole();
      if (result.status == 0) {
        CHECK(is_whole);
        CHECK(runs.IsCalledComplete());
      } else {
        CHECK(result.err.find("mobilenet: ") != std::string::npos);
      }
      if (runs.IsCalledComplete()) CHECK(is_whole);
      if (fault.call == "fdatasync" && fault.kind != "late") CHECK(result.status == 2);

      // And the next run completes it. (An image that could not be opened has a record that says so.)
      const auto resumed = runs.Run({"--resume", "--retry-failed"});
      CAPTURE(resumed.err);
      CHECK(resumed.status == 0);
      CHECK(runs.IsWhole());
      CHECK(runs.IsCalledComplete());
    }
  }
}

TEST_CASE("a call that fails, does half or takes long loses no record") {
  // Synced by the thread that writes, and by another one.
  const std::pair<const char*, const char*> kRuns[] = {{"json", "1"}, {"csv", "1"}, {"json", "0.001s"}};
  for (const auto& [format, sync_every] : kRuns) {
    CAPTURE(format, sync_every);
    const FaultyRuns runs(format, sync_every);
    CheckAllFaults(runs, {}, {});
  }
}

TEST_CASE("a call that fails, does half or takes long while a run is continued loses no record") {
  for (const std::string format : {"json", "csv"}) {
    CAPTURE(format);
    const FaultyRuns runs(format, "1");
    // A run that ended in the middle, and half a record, as a power cut leaves it.
    const auto stopped = runs.Run({}, {"write", std::to_string(ENOSPC)}, format == "csv" ? 5 : 4);
    CAPTURE(stopped.err);
    REQUIRE(stopped.status == 2);
    REQUIRE_FALSE(runs.IsWhole());
    FaultyRuns::State files = runs.Files();
    for (auto& [path, contents] : files) {
      if (path.ends_with("/out")) contents += "{\"path\": \"half";
    }
    CheckAllFaults(runs, files, {"--resume"});
  }
}

}  // namespace
}  // namespace mobilenet
