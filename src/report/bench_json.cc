#include <optional>

#include "src/report/bench.h"
#include "src/report/bench_verdict.h"
#include "src/report/layer_json.h"
#include "src/report/layer_types.h"
#include "src/report/machine_json.h"

namespace mobilenet {
namespace {

constexpr int kRatioDigits = 5;

void WriteOptional(JsonWriter& json, std::string_view key, std::optional<double> value, int decimals) {
  if (value) return json.Fixed(key, *value, decimals);
  json.Key(key);
  json.Null();
}

void WriteHeldCores(JsonWriter& json, const BenchWay& way) {
  if (!way.cores.empty()) return WriteCores(json, "cores", way.cores);
  json.Key("cores");
  json.Null();
}

void WriteWay(JsonWriter& json, const BenchWay& way) {
  json.String("model", way.model);
  json.String("backend", way.backend);
  json.String("precision", way.precision);
  json.Integer("threads", way.threads);
  WriteHeldCores(json, way);
}

void WriteBenchLayers(JsonWriter& json, const std::vector<BenchLayerRow>& layers) {
  json.Key("layers");
  json.BeginArray();
  for (const BenchLayerRow& row : layers) {
    json.BeginObject();
    WriteLayerMembers(json, row.layer);
    json.String("type", row.type);
    json.Fixed("stddev_ms", row.stddev_ms, kTimeDecimals);
    json.Significant("gflops", 2 * static_cast<double>(row.layer.mult_adds) / row.layer.latency_ms / 1e6, 4);
    json.Integer("moved_bytes", row.moved_bytes);
    json.EndObject();
  }
  json.EndArray();
}

void WriteTypes(JsonWriter& json, const std::vector<BenchLayerRow>& layers) {
  json.Key("layer_types");
  json.BeginArray();
  for (const LayerTypeRow& type : LayerTypes(layers)) {
    json.BeginObject();
    json.String("type", type.type);
    json.Integer("layers", type.layers);
    json.Integer("mult_adds", type.mult_adds);
    json.Integer("parameters", type.parameters);
    json.Integer("moved_bytes", type.moved_bytes);
    json.Fixed("latency_ms", type.latency_ms, kTimeDecimals);
    json.EndObject();
  }
  json.EndArray();
}

// The members of the first result that the object itself has, too.
void WriteIdentity(JsonWriter& json, const BenchResult& result) {
  json.String("model", result.way.model);
  json.String("architecture", result.architecture);
  json.Significant("width_multiplier", result.width_multiplier, 6);
  json.Integer("resolution", result.resolution);
  json.String("precision", result.way.precision);
  json.Integer("threads", result.way.threads);
  json.Integer("warmup", result.warmup);
  json.Integer("runs", std::ssize(result.runs_ms));
}

void WriteResult(JsonWriter& json, const BenchResult& result, double first_median_ms) {
  const Distribution latency = Describe(result.runs_ms);
  json.BeginObject();
  WriteIdentity(json, result);
  json.OptionalString("sha256", result.sha256);
  json.String("backend", result.way.backend);
  WriteHeldCores(json, result.way);
  json.Key("latency_ms");
  json.BeginObject();
  json.Fixed("min", latency.min, kTimeDecimals);
  json.Fixed("median", latency.median, kTimeDecimals);
  json.Fixed("p90", latency.p90, kTimeDecimals);
  json.Fixed("p99", latency.p99, kTimeDecimals);
  json.Fixed("max", latency.max, kTimeDecimals);
  json.Fixed("mean", latency.mean, kTimeDecimals);
  json.Fixed("stddev", latency.stddev, kTimeDecimals);
  json.EndObject();
  json.Integer("outliers", latency.outliers);
  json.Significant("images_per_second", 1000 / latency.mean, 6);
  json.Significant("ratio", latency.median / first_median_ms, kRatioDigits);
  json.Fixed("load_ms", result.load_ms, kTimeDecimals);
  json.Fixed("packing_ms", result.packing_ms, kTimeDecimals);
  json.Fixed("first_ms", result.first_ms, kTimeDecimals);
  json.Key("image");
  if (result.image) {
    const BenchImage& image = *result.image;
    json.BeginObject();
    json.String("path", image.path);
    json.Integer("width", image.width);
    json.Integer("height", image.height);
    json.Fixed("read_ms", Median(image.read_ms), kTimeDecimals);
    json.Fixed("decode_ms", Median(image.decode_ms), kTimeDecimals);
    json.Fixed("preprocess_ms", Median(image.preprocess_ms), kTimeDecimals);
    json.Fixed("total_ms", Median(image.total_ms), kTimeDecimals);
    json.EndObject();
  } else {
    json.Null();
  }
  json.Key("energy");
  if (result.energy) {
    json.BeginObject();
    json.Significant("watts", result.energy->watts, 5);
    json.Significant("joules_per_image", result.energy->joules, 5);
    json.EndObject();
  } else {
    json.Null();
  }
  json.Integer("peak_rss_bytes", result.peak_rss_bytes);
  json.Integer("steady_rss_bytes", result.steady_rss_bytes);
  json.Significant("layers_sum_part", result.layers_sum_part, kRatioDigits);
  WriteBenchLayers(json, result.layers);
  WriteTypes(json, result.layers);
  json.Key("runs_ms");
  json.BeginArray();
  for (const double run_ms : result.runs_ms) json.Fixed(run_ms, kTimeDecimals);
  json.EndArray();
  json.EndObject();
}

const char* PhaseName(LookPhase phase) {
  switch (phase) {
    case LookPhase::kBefore:
      return "before";
    case LookPhase::kDuring:
      return "during";
    case LookPhase::kAfter:
      break;
  }
  return "after";
}

// `before` is null for the first.
void WriteLook(JsonWriter& json, const MachineLook& look, const MachineLook* before) {
  json.BeginObject();
  json.String("phase", PhaseName(look.phase));
  json.Fixed("at_s", look.at_s, 3);
  json.Key("clocks");
  json.BeginArray();
  for (const CoreClock& clock : look.clocks) {
    json.BeginObject();
    json.Integer("core", clock.core);
    json.Integer("mhz", clock.mhz);
    json.Integer("limit_mhz", clock.limit_mhz);
    json.EndObject();
  }
  json.EndArray();
  WriteTemperatures(json, look.temperatures);
  WritePower(json, look.power);
  json.Boolean("cooling", look.is_cooling);
  json.Integer("others_running", look.others_running);
  std::optional<double> others, stolen, waited_ms, throttled_ms;
  std::optional<int64_t> swapped;
  if (before != nullptr) {
    if (look.times && before->times) {
      others = OthersBetween(*before->times, *look.times);
      stolen = (look.times->steal_s - before->times->steal_s) / (look.at_s - before->at_s);
    }
    if (look.waited_s && before->waited_s) waited_ms = 1000 * (*look.waited_s - *before->waited_s);
    if (look.cgroup_throttled_s && before->cgroup_throttled_s) {
      throttled_ms = 1000 * (*look.cgroup_throttled_s - *before->cgroup_throttled_s);
    }
    if (look.swapped_pages && before->swapped_pages) swapped = *look.swapped_pages - *before->swapped_pages;
  }
  // Since the previous sample.
  WriteOptional(json, "others_processors", others, 3);
  WriteOptional(json, "stolen_processors", stolen, 3);
  WriteOptional(json, "waited_ms", waited_ms, 3);
  WriteOptional(json, "cgroup_throttled_ms", throttled_ms, 3);
  json.Integer("swapped_pages", swapped);
  json.Integer("major_faults", before == nullptr ? 0 : look.major_faults - before->major_faults);
  json.Integer("minor_faults", before == nullptr ? 0 : look.minor_faults - before->minor_faults);
  json.EndObject();
}

void WriteBenchProgram(JsonWriter& json, const BenchProgram& program) {
  json.Key("program");
  json.BeginObject();
  json.String("version", program.version);
  json.String("compiler", program.compiler);
  json.String("flags", program.flags);
  WriteKnown(json, "xnnpack", program.xnnpack_generation);
  json.String("isa", program.isa);
  json.String("architecture", program.architecture);
  json.EndObject();
}

void WriteComparison(JsonWriter& json, const BenchComparison& comparison) {
  json.Key("comparison");
  json.BeginObject();
  json.Significant("max_regression_percent", comparison.max_regression_percent, 6);
  json.Boolean("is_slower", comparison.is_slower());
  json.Key("figures");
  json.BeginArray();
  for (const BenchComparisonRow& row : comparison.rows) {
    json.BeginObject();
    WriteWay(json, row.way);
    json.String("figure", row.figure);
    json.Fixed("earlier_ms", row.earlier_ms, kTimeDecimals);
    json.Fixed("later_ms", row.later_ms, kTimeDecimals);
    json.Significant("ratio", row.ratio.ratio, kRatioDigits);
    json.Significant("low", row.ratio.low, kRatioDigits);
    json.Significant("high", row.ratio.high, kRatioDigits);
    json.Boolean("is_slower", row.is_slower);
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
}

}  // namespace

std::string BenchJson(const BenchReport& report, const BenchComparison* comparison) {
  const BenchResult& first = report.results.front();
  const Distribution latency = Describe(first.runs_ms);
  JsonWriter json;
  json.BeginObject();
  WriteIdentity(json, first);
  json.Key("inference_ms");
  json.BeginObject();
  json.Fixed("min", latency.min, kTimeDecimals);
  json.Fixed("median", latency.median, kTimeDecimals);
  json.EndObject();
  WriteBenchLayers(json, first.layers);
  json.Key("results");
  json.BeginArray();
  for (const BenchResult& result : report.results) WriteResult(json, result, latency.median);
  json.EndArray();
  json.Key("skipped");
  json.BeginArray();
  for (const BenchSkipped& skipped : report.skipped) {
    json.BeginObject();
    WriteWay(json, skipped.way);
    json.String("reason", skipped.reason);
    json.EndObject();
  }
  json.EndArray();
  json.Key("recommended");
  json.BeginArray();
  for (const BenchRecommendation& one : report.recommendations) {
    json.BeginObject();
    WriteWay(json, one.way);
    json.Fixed("median_ms", one.median_ms, kTimeDecimals);
    json.EndObject();
  }
  json.EndArray();
  WriteKnown(json, "kept_in", report.kept_in);
  WriteJudgement(json, report.judgement);
  WriteKnown(json, "power_source", report.power_source);
  WriteBenchProgram(json, report.program);
  WriteMachine(json, report.machine, report.last_level_cache_bytes);
  json.Key("samples");
  json.BeginArray();
  for (size_t i = 0; i < report.looks.size(); ++i) {
    WriteLook(json, report.looks[i], i == 0 ? nullptr : &report.looks[i - 1]);
  }
  json.EndArray();
  if (comparison != nullptr) WriteComparison(json, *comparison);
  json.EndObject();
  return json.text() + "\n";
}

}  // namespace mobilenet
