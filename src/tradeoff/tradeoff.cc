#include "src/tradeoff/tradeoff.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "src/base/cpu_caches.h"
#include "src/base/error.h"
#include "src/base/machine.h"
#include "src/base/statistics.h"
#include "src/base/str_cat.h"
#include "src/engine/latency_estimate.h"
#include "src/engine/layer_weights.h"
#include "src/report/bench_verdict.h"
#include "src/weights/model_file.h"
#include "src/weights/random_model.h"

namespace mobilenet {
namespace {

constexpr int kLeastRunsOfTurn = 7;  // 21 per model, as in bench
// Without a duration: this long for each, but no longer than this for all together.
constexpr double kSeconds = 2;
constexpr double kSecondsOfAll = 240;
// For loading, packing and warming up each model in each turn; for a Raspberry Pi 4 a guess on the safe
// side.
constexpr double kSecondsBeside = 0.4;
constexpr double kLeastSeconds = 0.3;

struct Stopped {};  // by the receiver of the progress

}  // namespace

Tradeoff::Tradeoff(TradeoffSettings settings, Variants variants, MeasurementFile* file)
    : settings_(std::move(settings)), variants_(std::move(variants)), file_(file) {
  limits_.least_runs = kLeastRunsOfTurn;
  limits_.duration_s = SecondsOfEach() / kTurns;
  if (file_ == nullptr) return;
  for (const Measurement& measurement : file_->measurements()) {
    if (measurement.latency) ++turns_[measurement.model];
    Keep(measurement);
  }
}

double Tradeoff::SecondsOfEach() const {
  if (settings_.duration_s) return *settings_.duration_s;
  const double each = kSecondsOfAll / static_cast<double>(variants_.measured()) - kTurns * kSecondsBeside;
  return std::clamp(each, kLeastSeconds, kSeconds);
}

double Tradeoff::Seconds() const {
  return static_cast<double>(variants_.measured()) * (SecondsOfEach() + kTurns * kSecondsBeside);
}

void Tradeoff::Measure(const std::function<bool(double)>& progress,
                       const std::function<void(const std::string&)>& fail) {
  std::vector<Variant> all = variants_.here;
  all.insert(all.end(), variants_.calibrations.begin(), variants_.calibrations.end());
  const double count = static_cast<double>(all.size()) * kTurns;
  double done = 0;
  try {
    for (int turn = 0; turn < kTurns; ++turn) {
      for (const Variant& variant : all) {
        const double done_before = done++;
        const auto earlier = turns_.find(variant.key());
        if ((earlier != turns_.end() && earlier->second > turn) || failed_.contains(variant.key())) continue;
        const auto tell = [&](double part) {
          if (!progress((done_before + part) / count)) throw Stopped();
        };
        tell(0);
        std::optional<Measurement> measurement;
        try {
          measurement = MeasureOne(variant, tell);
        } catch (const Error& error) {
          fail(error.what());
          failed_.insert(variant.key());
          continue;
        }
        Keep(*measurement);
        if (file_ != nullptr) file_->Add(std::move(*measurement));
      }
    }
  } catch (const Stopped&) {
  }
}

Measurement Tradeoff::MeasureOne(const Variant& variant, const std::function<void(double)>& progress) {
  BenchCase one;
  one.open = [&variant] {
    if (!variant.path.empty()) return ModelFile::Open(variant.path);
    return RandomModel(NetworkOfKnown(*variant.known), QuantizationOfName(variant.known->quantization));
  };
  one.is_file = false;  // nobody asks for its checksum
  one.way.backend = settings_.backend;
  one.plan = settings_.plan;
  Measurement measurement{variant.key(), std::nullopt, std::nullopt, std::nullopt, 0};
  if (!variant.path.empty()) measurement.stamp = StampOf(variant.path);
  measurement.latency = MeasureLatency({one}, limits_, watch_, nullptr, progress).results.front();
  measurement.latency->way.model = variant.name;
  return measurement;
}

// Adds a turn to the others of the same model.
void Tradeoff::Keep(const Measurement& measurement) {
  if (measurement.top1) answers_[measurement.model] = {*measurement.top1, measurement.images};
  if (!measurement.latency) return;
  const BenchResult& turn = *measurement.latency;
  const double turn_ms = Median(turn.runs_ms);
  const auto [found, is_first] = results_.try_emplace(measurement.model, turn);
  double& fastest_ms = fastest_turn_ms_.try_emplace(measurement.model, turn_ms).first->second;
  if (is_first) return;
  BenchResult& result = found->second;
  result.runs_ms.insert(result.runs_ms.end(), turn.runs_ms.begin(), turn.runs_ms.end());
  // The fastest turn's layers: the estimate is then stretched to what all turns took.
  if (turn_ms < fastest_ms) {
    fastest_ms = turn_ms;
    result.layers = turn.layers;
  }
}

std::vector<Variant> Tradeoff::WithoutAnswers() const {
  std::vector<Variant> found;
  for (const Variant& variant : variants_.here) {
    if (!answers_.contains(variant.key()) && !failed_.contains(variant.key())) found.push_back(variant);
  }
  return found;
}

void Tradeoff::AddAnswers(const Variant& variant, const std::optional<FileStamp>& stamp, const RightRow& top1,
                          int64_t images) {
  Measurement measurement{variant.key(), stamp, std::nullopt, top1, images};
  Keep(measurement);
  if (file_ != nullptr) file_->Add(std::move(measurement));
}

TradeoffRow Tradeoff::RowOf(const std::string& name, const Network& network,
                            const std::string& precision) const {
  TradeoffRow row;
  row.name = name;
  if (settings_.precision) row.option = StrCat("--precision ", DataTypeName(*settings_.precision));
  row.architecture = network.architecture;
  row.width_multiplier = network.width_multiplier;
  row.resolution = network.resolution;
  row.precision = precision;
  row.mult_adds = MultAdds(network);
  return row;
}

TradeoffReport Tradeoff::Report() const {
  TradeoffReport report;
  std::vector<BenchResult> results;
  for (const Variant& variant : variants_.here) {
    const auto result = results_.find(variant.key());
    if (result == results_.end()) continue;
    const Variants::Description& description = variants_.descriptions.at(variant.key());
    TradeoffRow row = RowOf(variant.name, description.network, result->second.way.precision);
    row.path = variant.path;
    const Distribution latency = Describe(result->second.runs_ms);
    row.runs = std::ssize(result->second.runs_ms);
    row.min_ms = latency.min;
    row.median_ms = latency.median;
    row.p90_ms = latency.p90;
    if (settings_.dataset.empty()) {
      row.top1_percent = description.published_top1;
    } else if (const auto found = answers_.find(variant.key()); found != answers_.end()) {
      row.evaluated = found->second.top1;
      row.evaluated_images = found->second.images;
      row.top1_percent = 100 * row.evaluated->rate;
    }
    report.rows.push_back(std::move(row));
    results.push_back(result->second);
    results.back().way.model = variant.name;
  }
  AddEstimated(report);
  report.threads = settings_.plan.threads;
  report.backend = settings_.backend;
  report.dataset = settings_.dataset;
  report.judgement = JudgeBench(watch_.looks(), results);
  report.machine = ReadMachine();
  report.last_level_cache_bytes = LastLevelCacheBytes();
  return report;
}

// If right answers are counted, nothing is known of these models: published accuracies are for other images.
void Tradeoff::AddEstimated(TradeoffReport& report) const {
  std::vector<BenchResult> measured;
  for (const auto& [key, result] : results_) measured.push_back(result);
  const LatencyEstimate estimate(measured);
  for (const KnownModel* known : variants_.estimated) {
    const Network network = NetworkOfKnown(*known);
    const DataType type = settings_.precision.value_or(StoredType(QuantizationOfName(known->quantization)));
    const auto latency = estimate.Of(network, type);
    if (!latency) continue;
    TradeoffRow row = RowOf(std::string(known->name), network, std::string(DataTypeName(type)));
    row.is_estimated = true;
    row.median_ms = latency->median_ms;
    row.p90_ms = latency->p90_ms;
    if (settings_.dataset.empty()) row.top1_percent = known->published_top1;
    report.rows.push_back(std::move(row));
  }
}

}  // namespace mobilenet
