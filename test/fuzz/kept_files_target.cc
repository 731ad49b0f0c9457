#include "test/fuzz/kept_files_target.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "models/registry.h"
#include "src/base/cpu_cores.h"
#include "src/engine/calibration_file.h"
#include "src/records/measurement_file.h"
#include "src/records/tuning.h"
#include "test/fuzz/folder.h"
#include "test/fuzz/target.h"
#include "test/support/files.h"

namespace mobilenet::test {
namespace {

namespace fs = std::filesystem;

const Network& CalibratedNetwork() {
  static const Network network = MakeNetwork("lenet5", 1.0, 32, 10);
  return network;
}

MeasurementSettings SampleSettings() {
  return {.threads = 2,
          .backend = "auto",
          .precision = "auto",
          .isa = "scalar",
          .schedule = "auto",
          .dataset = ""};
}

Measurement LatencyMeasurement() {
  Measurement measurement;
  measurement.model = "mobilenet_v1";
  measurement.latency.emplace();
  measurement.latency->way.model = measurement.model;
  measurement.latency->way.precision = "s8";
  measurement.latency->way.threads = 2;
  measurement.latency->architecture = "mobilenet_v1 0.25 128";
  measurement.latency->warmup = 3;
  measurement.latency->runs_ms = {1.5, 1.25};
  BenchLayerRow row;
  row.type = "Conv 1x1";
  row.layer.mult_adds = 1'000'000;
  row.layer.latency_ms = 0.5;
  row.moved_bytes = 4096;
  measurement.latency->layers = {row};
  return measurement;
}

Measurement RightMeasurement() {
  Measurement measurement;
  measurement.model = "mobilenet_v2";
  measurement.images = 100;
  measurement.top1 = RightRow{88, 0.88, 0.802, 0.93};
  return measurement;
}

TuningSubject Subject() {
  return {"models/mobilenet.safetensors", "sha256", "auto", "auto", "a board"};
}

// Where tunings are kept is in the environment: it is changed once, and for good.
std::string TuningFile() {
  static const std::string path = [] {
    setenv("XDG_CONFIG_HOME", FuzzFolder().path().c_str(), 1);
    return TuningPath(Subject());
  }();
  fs::create_directories(fs::path(path).parent_path());
  return path;
}

}  // namespace

void FuzzCalibration(std::span<const uint8_t> input) {
  const std::string_view text(reinterpret_cast<const char*>(input.data()), input.size());
  const Network& network = CalibratedNetwork();
  CalibrationFile file;
  const std::string error = ErrorFrom("ranges", [&] { file = ReadCalibration(text, "ranges", network); });
  if (!error.empty()) return;
  Require(IsCalibration(text), "read, and not known as ranges");
  Require(file.statistics.size() == network.layers.size(), file.statistics.size(), " ranges");
  for (const ValueStatistics& value : file.statistics) {
    Require(std::isfinite(value.min) && value.min <= 0 && std::isfinite(value.max) && value.max >= 0,
            "a range of ", value.min, " to ", value.max);
    for (const double mean : value.channel_means) Require(std::isfinite(mean), "a mean of ", mean);
  }
  const std::string once = CalibrationJson(file, network);
  const std::string twice = CalibrationJson(ReadCalibration(once, "ranges", network), network);
  Require(once == twice, "written as \"", once, "\", then as \"", twice, "\"");
}

std::vector<Bytes> CalibrationSeeds() {
  const Network& network = CalibratedNetwork();
  CalibrationFile file{"0123456789abcdef", 32, {}};
  for (size_t value = 0; value < network.layers.size(); ++value) {
    const auto channels = static_cast<size_t>(ShapeOf(network, value).back());
    ValueStatistics statistics;
    statistics.min = -1.5f;
    statistics.max = 6;
    statistics.channel_means.assign(channels, 0.25);
    statistics.channel_mins.assign(channels, -1);
    statistics.channel_maxes.assign(channels, 5);
    file.statistics.push_back(std::move(statistics));
  }
  return {FromText(CalibrationJson(file, network))};
}

void FuzzMeasurements(std::span<const uint8_t> input) {
  const std::string before(input.begin(), input.end());
  const std::string path = FuzzFolder() / "measurements";
  WriteFileBytes(path, before);
  size_t measurements = 0;
  const std::string error = ErrorFrom(path, [&] {
    MeasurementFile file(path);
    const auto threads = file.EarlierThreads();
    Require(!threads || *threads >= 1, "measured with ", threads.value_or(0), " threads");
    file.Open(SampleSettings(), true);
    measurements = file.measurements().size();
    for (const Measurement& measurement : file.measurements()) {
      Require(measurement.latency || measurement.top1, "a measurement of nothing");
      if (!measurement.latency) continue;
      const BenchResult& latency = *measurement.latency;
      Require(!latency.runs_ms.empty(), "no runs");
      Require(latency.way.threads >= 0 && latency.warmup >= 0, latency.way.threads, " threads, ",
              latency.warmup, " runs to warm up");
      for (const double run_ms : latency.runs_ms) Require(run_ms > 0 && std::isfinite(run_ms), run_ms, " ms");
    }
    file.Add(LatencyMeasurement());
    file.Finish();
  });
  const std::string after = ReadFileBytes(path);
  if (!error.empty()) {
    Require(after == before, "refused (", error, "), and changed");
    return;
  }
  // Of what was there whole lines stay.
  const size_t kept = before.rfind('\n') + 1;
  Require(after.starts_with(before.substr(0, kept)), "lines are lost: \"", before, "\" became \"", after,
          "\"");
  MeasurementFile again(path);
  again.Open(SampleSettings(), true);
  Require(again.measurements().size() == measurements + 1, again.measurements().size(),
          " measurements after ", measurements, " and one more");
}

std::vector<Bytes> MeasurementSeeds() {
  const std::string path = FuzzFolder() / "seed";
  fs::remove(path);
  MeasurementFile file(path);
  file.Open(SampleSettings(), false);
  file.Add(LatencyMeasurement());
  file.Add(RightMeasurement());
  file.Finish();
  const std::string text = ReadFileBytes(path);
  return {FromText(text), FromText(text.substr(0, text.size() - 5)),
          FromText(text.substr(0, text.find('\n') + 1))};
}

void FuzzTuning(std::span<const uint8_t> input) {
  WriteFileBytes(TuningFile(), std::string(input.begin(), input.end()));
  const StoredTuning stored = ReadTuning(Subject());
  Require(stored.tuning.has_value() == stored.ignored.empty(), "ignored, since \"", stored.ignored, "\"");
  if (!stored.tuning) return;
  const Tuning& tuning = *stored.tuning;
  Require(tuning.threads >= 1 && tuning.threads <= std::ssize(tuning.cores), tuning.threads, " threads on ",
          tuning.cores.size(), " cores");
  Require(tuning.median_ms > 0 && std::isfinite(tuning.median_ms), "a median of ", tuning.median_ms);
  for (const int core : tuning.cores) Require(core >= 0, "core ", core);
  WriteTuning(Subject(), tuning, "1.0");
  const StoredTuning again = ReadTuning(Subject());
  Require(again.tuning && again.tuning->threads == tuning.threads && again.tuning->cores == tuning.cores &&
              again.tuning->tuned == tuning.tuned,
          "not the same when written and read again");
}

std::vector<Bytes> TuningSeeds() {
  const std::string path = TuningFile();
  WriteTuning(Subject(), {1, {0}, 2.5, "2026-11-22T07:52:58Z"}, "1.0");
  return {FromText(ReadFileBytes(path))};
}

}  // namespace mobilenet::test
