// What `mobilenet tune` found for a model on this machine, kept for later runs: a small JSON file in
// $XDG_CONFIG_HOME/mobilenet, or ~/.config/mobilenet, for each machine, model, backend and precision.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace mobilenet {

struct Tuning {
  int threads = 1;
  std::vector<int> cores;  // that they are held to
  double median_ms = 0;    // of an inference
  std::string tuned;       // when: UTC, ISO 8601
};

// What it is for.
struct TuningSubject {
  std::string model;    // path of the file; its name counts
  std::string weights;  // what tells its weights from others'
  std::string backend;  // as --backend and --precision have them
  std::string precision;
  std::string machine;  // MachineName
};

// The file's path; "" where there is neither $XDG_CONFIG_HOME (absolute) nor $HOME. `weights` does not count.
std::string TuningPath(const TuningSubject& subject);

// Whether anything was ever kept here: whoever only looks need not say for what.
bool HasTunings();
// Makes the folder, and finds out whether files can be made in it. Throws Error.
void MakeTuningFolder();

struct StoredTuning {
  std::optional<Tuning> tuning;
  std::string ignored;  // why what is there is of no use: "PATH: ..."; "" where there is nothing
};
// What is there is believed only where it is whole, for this very subject, and possible here.
StoredTuning ReadTuning(const TuningSubject& subject);

// Writes the file, whole or not at all. Its path. Throws Error.
std::string WriteTuning(const TuningSubject& subject, const Tuning& tuning, const std::string& version);

// Removes the file. Whether there was one. Throws Error where it cannot be removed.
bool RemoveTuning(const TuningSubject& subject);

}  // namespace mobilenet
