// How long inferences and their layers take on this machine.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "models/network.h"
#include "src/base/machine_look.h"
#include "src/base/power_meter.h"
#include "src/base/tensor.h"
#include "src/engine/plan.h"
#include "src/report/bench_rows.h"
#include "src/weights/model_file.h"

namespace mobilenet {

// A model and a way to run it.
struct BenchCase {
  BenchWay way;  // as it was asked for
  std::function<ModelFile()> open;
  bool is_file = true;  // which has a check sum that tells it from others
  PlanOptions plan;
  std::string image;  // file of a picture, which each run reads anew; empty: a grey one, which is there
};

struct BenchLimits {
  // Inferences before those that are measured; if not given, until they become no faster.
  std::optional<int> warmup;
  // Inferences that are measured, of each case; if not given, those of so many seconds, and so many at the
  // least.
  std::optional<int> runs;
  double duration_s = 2;
  int least_runs = 20;
};

// What decides how long a layer takes: its type (BenchLayerRow::type), and the bytes of all inputs, the
// output and the weights, each once.
std::string LayerType(const Layer& layer);
int64_t MovedBytes(const Network& network, const Layer& layer, DataType type);

// Runs the models, whose weights nobody needs besides: all in turn, a few inferences each, so that what the
// machine does meanwhile meets them alike. `watch` looks before, during and after. `progress` is told, now
// and then, which part of the measurement is done, 0...1. Throws Error, and where none of the cases can be
// run CannotRun.
struct Latencies {
  std::vector<BenchResult> results;   // of those that can be run
  std::vector<BenchSkipped> skipped;  // the others
};
// Where `power`, which may be null, tells what the machine draws, each case runs for another second in the
// end, for its energy.
Latencies MeasureLatency(const std::vector<BenchCase>& cases, const BenchLimits& limits, MachineWatch& watch,
                         const PowerMeter* power, const std::function<void(double)>& progress);

}  // namespace mobilenet
