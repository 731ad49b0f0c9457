#include "src/engine/latency.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>

#include "src/base/cpu_cores.h"
#include "src/base/process_memory.h"
#include "src/base/statistics.h"
#include "src/base/stopwatch.h"
#include "src/engine/cannot_run.h"
#include "src/engine/layer_rows.h"
#include "src/engine/topk.h"
#include "src/image/image.h"
#include "src/image/preprocess.h"
#include "src/image/read_file.h"

namespace mobilenet {
namespace {

constexpr size_t kMostRuns = 1'000'000;
constexpr int kTurnRuns = 10;  // of a case, until the next one's turn
constexpr double kTurnMs = 200;
constexpr double kLookEveryMs = 250;
constexpr double kEnergyMs = 1000;
constexpr double kLooks = 200;  // for long measurements
// While another model runs, or the machine is looked at, caches forget what a short inference had in them;
// for a long one that makes no difference.
constexpr double kShortMs = 50;

// An inference is warm if, from some inferences to the next ones, it gets faster by no more than this part.
constexpr double kStablePart = 0.02;
constexpr size_t kStableRuns = 5;
constexpr double kWarmUpMs = 1000;  // at most, but at least kLeastWarmUps
constexpr size_t kLeastWarmUps = 3;

// One case: loaded and run, with its measurements.
class Runner {
 public:
  // `others_bytes`: the memory of the cases that exist already; none if this is the first one.
  Runner(const BenchCase& bench_case, std::optional<int64_t> others_bytes)
      : others_bytes_(others_bytes.value_or(0)), tells_peak_(!others_bytes || RestartPeakMemory()) {
    result_.way = bench_case.way;
    Hold();
    Stopwatch stopwatch;
    ModelFile file = bench_case.open();
    result_.load_ms = stopwatch.ElapsedMs();
    if (bench_case.is_file) result_.sha256 = file.Sha256();
    result_.way.model = file.path();
    result_.architecture = file.architecture();
    result_.width_multiplier = file.width_multiplier();
    result_.resolution = file.resolution();
    preprocess_ = file.preprocess();
    stopwatch.RestartMs();
    plan_ = std::make_unique<Plan>(std::move(file), bench_case.plan);
    result_.packing_ms = stopwatch.ElapsedMs();
    result_.way.precision = DataTypeName(plan_->type());
    result_.way.threads = plan_->threads();
    layers_ms_.resize(plan_->network().layers.size());

    if (!bench_case.image.empty()) {
      result_.image.emplace().path = bench_case.image;
      return;
    }
    // The input's memory is used for feature maps, too: every run starts from a copy of the same picture.
    const Image grey{1, 1, {128, 128, 128}};
    PreprocessImage(grey, preprocess_, result_.resolution, plan_->type(), plan_->input_quantization(),
                    plan_->input());
    const auto* first_byte = static_cast<const std::byte*>(plan_->input());
    const size_t input_bytes =
        static_cast<size_t>(ElementCount(plan_->network().layers[0].input)) * ElementBytes(plan_->type());
    input_.assign(first_byte, first_byte + input_bytes);
  }

  struct Times {
    double read_ms = 0;
    double decode_ms = 0;
    double preprocess_ms = 0;
    double run_ms = 0;    // the inference
    double total_ms = 0;  // all of it
  };

  Times Run() {
    Times times;
    const Stopwatch total;
    Stopwatch stopwatch;
    if (result_.image) {
      const DecodeOptions options = Decoding();
      const ByteBuffer bytes = ReadFile(result_.image->path, options.max_file_bytes);
      times.read_ms = stopwatch.RestartMs();
      const Image image = DecodeImage(bytes, result_.image->path, options);
      times.decode_ms = stopwatch.RestartMs();
      PreprocessImage(image, preprocess_, result_.resolution, plan_->type(), plan_->input_quantization(),
                      plan_->input());
      times.preprocess_ms = stopwatch.RestartMs();
      result_.image->width = image.placement ? image.placement->width : image.width;
      result_.image->height = image.placement ? image.placement->height : image.height;
    } else {
      std::copy(input_.begin(), input_.end(), static_cast<std::byte*>(plan_->input()));
      stopwatch.RestartMs();
    }
    const std::span<const float> scores = plan_->Run();
    times.run_ms = stopwatch.ElapsedMs();
    constexpr int kLabels = 5;
    if (result_.image) TopK(scores, kLabels);
    times.total_ms = total.ElapsedMs();
    if (!has_run_) result_.first_ms = times.run_ms;
    has_run_ = true;
    return times;
  }

  void WarmUp(const std::optional<int>& count) {
    std::vector<double> runs_ms;
    const Stopwatch stopwatch;
    const auto is_warm = [&] {
      if (count) return std::ssize(runs_ms) >= *count;
      if (runs_ms.size() >= kLeastWarmUps && stopwatch.ElapsedMs() > kWarmUpMs) return true;
      if (runs_ms.size() < 2 * kStableRuns) return false;
      const auto latest = runs_ms.end() - kStableRuns;
      return Median({latest, runs_ms.end()}) >= (1 - kStablePart) * Median({latest - kStableRuns, latest});
    };
    while (!is_warm()) runs_ms.push_back(Run().run_ms);
    result_.warmup = static_cast<int>(runs_ms.size());
    NoteMemory();
  }

  // Up to this many inferences that count; after `is_cold`, first one that does not.
  void TakeTurn(int most_runs, bool is_cold) {
    Hold();
    const double typical_ms = runs() == 0 ? result_.first_ms : measured_ms_ / static_cast<double>(runs());
    if (is_cold && has_run_ && typical_ms < kShortMs) Run();
    const Stopwatch stopwatch;
    for (int i = 0; i < most_runs && (i == 0 || stopwatch.ElapsedMs() < kTurnMs); ++i) {
      const Times times = Run();
      const double run_ms = times.run_ms;
      result_.runs_ms.push_back(run_ms);
      if (result_.image) {
        result_.image->read_ms.push_back(times.read_ms);
        result_.image->decode_ms.push_back(times.decode_ms);
        result_.image->preprocess_ms.push_back(times.preprocess_ms);
        result_.image->total_ms.push_back(times.total_ms);
      }
      measured_ms_ += result_.image ? times.total_ms : run_ms;
      double layers_ms = 0;
      const std::vector<LayerRun>& layers = plan_->LayerRuns();
      for (size_t layer = 0; layer < layers.size(); ++layer) {
        layers_ms_[layer].push_back(layers[layer].latency_ms);
        layers_ms += layers[layer].latency_ms;
      }
      layers_sum_parts_.push_back(layers_ms / run_ms);
    }
    plan_->Rest();
  }

  // Apart from the runs whose latency counts: reading the sensor takes some of the processors' time.
  void MeasureEnergy(const PowerMeter& power) {
    Hold();
    const Stopwatch stopwatch;
    PowerMeasurement measurement(power);
    int images = 0;
    for (; stopwatch.ElapsedMs() < kEnergyMs; ++images) Run();
    const double seconds = stopwatch.ElapsedMs() / 1000;
    if (const auto watts = measurement.FinishWatts()) {
      result_.energy = BenchEnergy{*watts, *watts * seconds / images};
    }
    plan_->Rest();
  }

  void NoteMemory() {
    const ProcessMemory memory = ReadProcessMemory();
    if (memory.now_bytes) result_.steady_rss_bytes = *memory.now_bytes - others_bytes_;
    if (memory.peak_bytes && tells_peak_) result_.peak_rss_bytes = *memory.peak_bytes - others_bytes_;
  }

  void Rest() { plan_->Rest(); }
  size_t runs() const { return result_.runs_ms.size(); }
  double measured_ms() const { return measured_ms_; }

  BenchResult Result() {
    const Network& network = plan_->network();
    const std::vector<LayerRow> rows = LayerRows(*plan_);
    for (size_t i = 0; i < rows.size(); ++i) {
      BenchLayerRow row;
      row.layer = rows[i];
      const Distribution latency = Describe(layers_ms_[i]);
      row.layer.latency_ms = latency.median;
      row.stddev_ms = latency.stddev;
      row.type = LayerType(network.layers[i]);
      row.moved_bytes = MovedBytes(network, network.layers[i], plan_->type());
      result_.layers.push_back(std::move(row));
    }
    result_.layers_sum_part = Median(layers_sum_parts_);
    return std::move(result_);
  }

 private:
  // Decoded as by classify.
  DecodeOptions Decoding() const {
    DecodeOptions options;
    options.target = {preprocess_.resize, preprocess_.crop_fraction, result_.resolution,
                      preprocess_.interpolation};
    return options;
  }

  // The plan's threads are bound to the cores of the thread that made it; this one, which works with them,
  // changes from case to case.
  void Hold() const {
    if (!result_.way.cores.empty()) HoldToCores(result_.way.cores);
  }

  const int64_t others_bytes_;
  const bool tells_peak_;
  BenchResult result_;
  std::unique_ptr<Plan> plan_;
  PreprocessSpec preprocess_;
  std::vector<std::byte> input_;
  std::vector<std::vector<double>> layers_ms_;  // for each layer, those of all runs
  std::vector<double> layers_sum_parts_;        // of each run
  double measured_ms_ = 0;
  bool has_run_ = false;
};

class Measurement {
 public:
  Measurement(const std::vector<BenchCase>& cases, const BenchLimits& limits, MachineWatch& watch,
              const PowerMeter* power, const std::function<void(double)>& progress)
      : limits_(limits), watch_(watch), power_(power), progress_(progress) {
    watch_.Look(LookPhase::kBefore);
    const int64_t before_bytes = ReadProcessMemory().now_bytes.value_or(0);
    for (const BenchCase& bench_case : cases) {
      std::optional<int64_t> others_bytes;
      if (!runners_.empty()) others_bytes = ReadProcessMemory().now_bytes.value_or(0) - before_bytes;
      try {
        runners_.emplace_back(bench_case, others_bytes);
      } catch (const CannotRun& error) {
        if (cases.size() == 1 || (&bench_case == &cases.back() && runners_.empty())) throw;
        skipped_.push_back({bench_case.way, error.what()});
        continue;
      }
      runners_.back().WarmUp(limits.warmup);
      runners_.back().Rest();
    }
  }

  Latencies Run() {
    const double seconds = limits_.runs ? 0 : limits_.duration_s * static_cast<double>(runners_.size());
    const double look_every_ms = std::max(kLookEveryMs, 1000 * seconds / kLooks);
    // During short measurements it looks, too: four times.
    const int turn_runs = limits_.runs ? std::clamp(*limits_.runs / 4, 1, kTurnRuns) : kTurnRuns;
    size_t next_look_quarter = 1;
    watch_.Look(LookPhase::kDuring);
    Stopwatch since_look;
    bool is_cold = false;
    for (double part = 0; part < 1; part = Part()) {
      for (Runner& runner : runners_) {
        if (PartOf(runner) >= 1) continue;
        runner.TakeTurn(RunsOfTurn(runner, turn_runs), is_cold || runners_.size() > 1);
      }
      is_cold = false;
      progress_(Part());
      const bool is_quarter = 4 * Part() >= static_cast<double>(next_look_quarter);
      if (Part() < 1 && (is_quarter || since_look.ElapsedMs() >= look_every_ms)) {
        if (is_quarter) next_look_quarter = static_cast<size_t>(4 * Part()) + 1;
        watch_.Look(LookPhase::kDuring);
        since_look.RestartMs();
        is_cold = true;
      }
    }
    watch_.Look(LookPhase::kAfter);
    if (runners_.size() == 1) runners_.front().NoteMemory();
    if (power_ != nullptr && !power_->source().empty()) {
      for (Runner& runner : runners_) runner.MeasureEnergy(*power_);
    }
    Latencies latencies;
    for (Runner& runner : runners_) latencies.results.push_back(runner.Result());
    latencies.skipped = std::move(skipped_);
    return latencies;
  }

 private:
  // Which part of a case is done.
  double PartOf(const Runner& runner) const {
    const auto runs = static_cast<double>(runner.runs());
    if (limits_.runs) return runs / *limits_.runs;
    if (runner.runs() >= kMostRuns) return 1;
    return std::min(runner.measured_ms() / 1000 / limits_.duration_s, runs / limits_.least_runs);
  }
  double Part() const {
    double part = 1;
    for (const Runner& runner : runners_) part = std::min(part, PartOf(runner));
    return part;
  }
  int RunsOfTurn(const Runner& runner, int turn_runs) const {
    if (!limits_.runs) return turn_runs;
    return std::min(turn_runs, *limits_.runs - static_cast<int>(runner.runs()));
  }

  const BenchLimits limits_;
  MachineWatch& watch_;
  const PowerMeter* const power_;  // null: energy is not measured
  const std::function<void(double)>& progress_;
  std::vector<Runner> runners_;
  std::vector<BenchSkipped> skipped_;
};

}  // namespace

std::string LayerType(const Layer& layer) {
  const std::string type = OperatorGroup(layer);
  return type.empty() ? "Others" : type;
}

int64_t MovedBytes(const Network& network, const Layer& layer, DataType type) {
  int64_t elements = Parameters(layer) + ElementCount(layer.output);
  for (const Value value : layer.inputs) {
    elements += ElementCount(value == 0 ? network.layers[0].input : network.layers[value - 1].output);
  }
  constexpr int64_t kBiasBytes = 4;
  return elements * static_cast<int64_t>(ElementBytes(type)) + Biases(layer) * kBiasBytes;
}

Latencies MeasureLatency(const std::vector<BenchCase>& cases, const BenchLimits& limits, MachineWatch& watch,
                         const PowerMeter* power, const std::function<void(double)>& progress) {
  return Measurement(cases, limits, watch, power, progress).Run();
}

}  // namespace mobilenet
