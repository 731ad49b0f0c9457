// What `mobilenet bench` measured, as plain values. A field's name is its name in JSON too.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/base/machine.h"
#include "src/base/machine_look.h"
#include "src/base/statistics.h"
#include "src/report/rows.h"

namespace mobilenet {

struct BenchLayerRow {
  LayerRow layer;        // latency_ms is the median over the runs
  std::string type;      // as in Table 2 of arXiv 1704.04861: "Conv 1x1"; "Others" for layers without weights
  double stddev_ms = 0;  // of the latencies
  int64_t moved_bytes = 0;  // inputs, output and weights, each counted once
};

// A model and a way to run it.
struct BenchWay {
  std::string model;      // path, or "mobilenet_v2 with random weights"
  std::string backend;    // the value of --backend
  std::string precision;  // "f32", "u8", "s8"; if it did not run, the value of --precision
  int threads = 0;
  std::vector<int> cores;  // threads are bound to these; empty: wherever the kernel puts them
};

// What could not be run, and why: a sentence.
struct BenchSkipped {
  BenchWay way;
  std::string reason;
};

// The picture that each inference started from, and how long it took until the network could run, for every
// inference that was measured.
struct BenchImage {
  std::string path;
  int width = 0;  // of the whole picture, pixels
  int height = 0;
  std::vector<double> read_ms;
  std::vector<double> decode_ms;
  std::vector<double> preprocess_ms;
  std::vector<double> total_ms;  // from file to labels
};

// The power that the whole machine drew meanwhile.
struct BenchEnergy {
  double watts = 0;
  double joules = 0;  // per image
};

// One model, run in one way.
struct BenchResult {
  BenchWay way;
  std::optional<std::string> sha256;  // of the file
  std::string architecture;
  double width_multiplier = 1.0;
  int resolution = 0;                       // pixels
  int warmup = 0;                           // inferences before the measured ones
  std::vector<double> runs_ms;              // each measured inference, in order; not empty
  double load_ms = 0;                       // reading and checking the file, or making random weights
  double packing_ms = 0;                    // kernels chosen, weights packed
  double first_ms = 0;                      // the first inference
  std::optional<int64_t> peak_rss_bytes;    // as if it had the process for itself
  std::optional<int64_t> steady_rss_bytes;  // after the last run
  std::optional<BenchImage> image;          // none: a grey picture that is in memory already
  std::optional<BenchEnergy> energy;        // none: unknown
  std::vector<BenchLayerRow> layers;
  double layers_sum_part = 1;  // the layers' latencies together, as a part of the inference, at the median
};

// How far the figures can be believed, the worst first.
enum class BenchVerdict { kThrottled, kUnderVoltage, kClockChanged, kDisturbed, kValid };

struct BenchJudgement {
  BenchVerdict verdict = BenchVerdict::kValid;
  std::vector<std::string> reasons;  // one sentence each, for every verdict that applies; none if valid
};

// The program that measured.
struct BenchProgram {
  std::string version;
  std::string compiler;            // "GCC 12.2.0"
  std::string flags;               // of the compiler
  std::string xnnpack_generation;  // "" if compiled without
  std::string isa;                 // of the native kernels
  std::string architecture;        // "aarch64" | "armv7" | "x86-64"
};

// What a sweep found best for a model, backend and precision.
struct BenchRecommendation {
  BenchWay way;
  double median_ms = 0;
};

struct BenchReport {
  std::vector<BenchResult> results;  // not empty; ratios are relative to the first
  std::vector<BenchSkipped> skipped;
  std::vector<BenchRecommendation> recommendations;  // for a sweep
  std::string kept_in;  // the file where later runs find the recommendation; "" if not kept
  BenchJudgement judgement;
  std::string power_source;  // the source of the energy figures; "" if there is none
  BenchProgram program;
  Machine machine;
  int64_t last_level_cache_bytes = 0;  // that layers are cut for
  std::vector<MachineLook> looks;
};

}  // namespace mobilenet
