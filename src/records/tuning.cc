#include "src/records/tuning.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <system_error>

#include "src/base/cpu_cores.h"
#include "src/base/error.h"
#include "src/base/sha256.h"
#include "src/base/system_files.h"
#include "src/json/json.h"
#include "src/json/json_writer.h"
#include "src/records/part_file.h"

namespace mobilenet {
namespace {

namespace fs = std::filesystem;

constexpr char kFormat[] = "mobilenet tuning 1";
constexpr size_t kMachineDigits = 8;
constexpr size_t kMostNameBytes = 100;  // the model's

std::string Variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// The basedir specification ignores relative paths.
fs::path TuningFolder() {
  const std::string config = Variable("XDG_CONFIG_HOME");
  if (config.starts_with('/')) return fs::path(config) / "mobilenet";
  const std::string home = Variable("HOME");
  return home.starts_with('/') ? fs::path(home) / ".config/mobilenet" : fs::path();
}

std::optional<std::string> TextOf(const Json& json, const char* key) {
  const Json* const member = json.Find(key);
  if (!member || !member->String()) return std::nullopt;
  return *member->String();
}

// None if the text was not written by WriteTuning.
std::optional<Tuning> ParseTuning(const Json& json) {
  Tuning tuning;
  const Json* const threads = json.Find("threads");
  const Json* const cores = json.Find("cores");
  const Json* const median = json.Find("median_ms");
  const auto tuned = TextOf(json, "tuned");
  if (!threads || !threads->Integer() || !cores || !cores->is_array() || !median || !median->Number() ||
      !tuned)
    return std::nullopt;
  const int64_t count = *threads->Integer();
  // No more threads than cores are ever recommended.
  if (count < 1 || count > std::ssize(cores->elements) || !(*median->Number() > 0)) return std::nullopt;
  tuning.threads = static_cast<int>(count);
  for (const Json& core : cores->elements) {
    if (!core.Integer() || *core.Integer() < 0 || *core.Integer() >= kMaxCores) return std::nullopt;
    tuning.cores.push_back(static_cast<int>(*core.Integer()));
  }
  tuning.median_ms = *median->Number();
  tuning.tuned = *tuned;
  return tuning;
}

bool AreAllowed(const std::vector<int>& cores) {
  std::vector<int> allowed;
  for (const CoreCluster& cluster : AllowedClusters()) {
    allowed.insert(allowed.end(), cluster.cores.begin(), cluster.cores.end());
  }
  return std::all_of(cores.begin(), cores.end(), [&](int core) {
    return std::find(allowed.begin(), allowed.end(), core) != allowed.end();
  });
}

}  // namespace

std::string TuningPath(const TuningSubject& subject) {
  const fs::path folder = TuningFolder();
  if (folder.empty()) return "";
  std::string name = fs::path(subject.model).stem().string().substr(0, kMostNameBytes);
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '.' && c != '-') c = '_';
  }
  const std::string machine = Sha256(std::as_bytes(std::span(subject.machine))).substr(0, kMachineDigits);
  return folder / StrCat("tune_", name, "_", subject.backend, "_", subject.precision, "_", machine, ".json");
}

bool HasTunings() {
  struct stat status = {};
  const fs::path folder = TuningFolder();
  return !folder.empty() && ::stat(folder.c_str(), &status) == 0;
}

void MakeTuningFolder() {
  const fs::path folder = TuningFolder();
  if (folder.empty()) Fail("nowhere to keep the result (set HOME or XDG_CONFIG_HOME)");
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) Fail(folder.string(), ": cannot be created: ", error.message());
  if (::access(folder.c_str(), W_OK | X_OK) != 0) {
    Fail(folder.string(), ": nothing can be kept there: ", std::strerror(errno));
  }
}

StoredTuning ReadTuning(const TuningSubject& subject) {
  const std::string path = TuningPath(subject);
  struct stat status = {};
  if (path.empty() || ::stat(path.c_str(), &status) != 0) return {};
  const auto ignored = [&](const std::string& why) {
    return StoredTuning{std::nullopt, StrCat(path, ": ", why, " (ignored; `mobilenet tune` replaces it)")};
  };
  const auto json = TryParseJson(SystemFiles("").Text(path));
  if (!json || TextOf(*json, "format") != kFormat) return ignored("is damaged, or cannot be read");
  if (TextOf(*json, "machine") != subject.machine) return ignored("is for another machine");
  if (TextOf(*json, "weights") != subject.weights) return ignored("is for another model");
  if (TextOf(*json, "backend") != subject.backend || TextOf(*json, "precision") != subject.precision) {
    return ignored("is for another backend or precision");
  }
  const std::optional<Tuning> tuning = ParseTuning(*json);
  if (!tuning) return ignored("is damaged");
  if (!AreAllowed(tuning->cores)) {
    return {std::nullopt, StrCat(path, ": is for cores ", CoresText(tuning->cores),
                                 ", not all of which this process may use (ignored)")};
  }
  return {tuning, ""};
}

std::string WriteTuning(const TuningSubject& subject, const Tuning& tuning, const std::string& version) {
  const std::string path = TuningPath(subject);
  MakeTuningFolder();
  JsonWriter json;
  json.BeginObject();
  json.String("format", kFormat);
  json.String("machine", subject.machine);
  json.String("model", subject.model);
  json.String("weights", subject.weights);
  json.String("backend", subject.backend);
  json.String("precision", subject.precision);
  json.Integer("threads", tuning.threads);
  json.Key("cores");
  json.BeginArray();
  for (const int core : tuning.cores) json.Integer(core);
  json.EndArray();
  json.Significant("median_ms", tuning.median_ms, 6);
  json.String("tuned", tuning.tuned);
  json.String("version", version);
  json.EndObject();
  PartFile part(path);
  part.Write(json.text() + "\n");
  part.Commit();
  return path;
}

bool RemoveTuning(const TuningSubject& subject) {
  const std::string path = TuningPath(subject);
  if (path.empty()) return false;
  if (::unlink(path.c_str()) == 0) return true;
  if (errno != ENOENT && errno != ENOTDIR) Fail(path, ": cannot be removed: ", std::strerror(errno));
  return false;
}

}  // namespace mobilenet
