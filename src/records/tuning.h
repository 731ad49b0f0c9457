// What `mobilenet tune` found for a model on this machine, kept for later runs: a small JSON file in
// $XDG_CONFIG_HOME/mobilenet, or ~/.config/mobilenet, for each machine, model, backend and precision.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace mobilenet {

struct Tuning {
  int threads = 1;
  std::vector<int> cores;  // the cores that threads are bound to
  double median_ms = 0;    // per inference
  std::string tuned;       // when: UTC, ISO 8601
};

// What the tuning is for.
struct TuningSubject {
  std::string model;    // path of the file; only its name counts
  std::string weights;  // distinguishes its weights from others
  std::string backend;  // the values of --backend and --precision
  std::string precision;
  std::string machine;  // MachineName
};

// The file's path; "" if neither $XDG_CONFIG_HOME (absolute) nor $HOME is set. `weights` does not count.
std::string TuningPath(const TuningSubject& subject);

// Whether anything was ever kept here, for callers that only want to know that.
bool HasTunings();
// Makes the folder, and checks that files can be made in it. Throws Error.
void MakeTuningFolder();

struct StoredTuning {
  std::optional<Tuning> tuning;
  std::string ignored;  // why an existing file is of no use: "PATH: ..."; "" if there is none
};
// An existing file is believed only if it is complete, for this very subject, and possible here.
StoredTuning ReadTuning(const TuningSubject& subject);

// Writes the file, completely or not at all. Returns its path. Throws Error.
std::string WriteTuning(const TuningSubject& subject, const Tuning& tuning, const std::string& version);

// Removes the file. Returns whether there was one. Throws Error if it cannot be removed.
bool RemoveTuning(const TuningSubject& subject);

}  // namespace mobilenet
