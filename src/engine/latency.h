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
  BenchWay way;  // as requested
  std::function<ModelFile()> open;
  bool is_file = true;  // a file with a checksum that distinguishes it from others
  PlanOptions plan;
  std::string image;  // a picture's file, which each run reads anew; "": a grey picture in memory
};

struct BenchLimits {
  // Inferences before those that are measured; if not given, until they get no faster.
  std::optional<int> warmup;
  // Measured inferences of each case; if not given, as many as fit this many seconds, but at least this
  // many.
  std::optional<int> runs;
  double duration_s = 2;
  int least_runs = 20;
};

// What determines how long a layer takes: its type (BenchLayerRow::type), and the bytes of all inputs, the
// output and the weights, each counted once.
std::string LayerType(const Layer& layer);
int64_t MovedBytes(const Network& network, const Layer& layer, DataType type);

// Runs the models, whose weights nobody else needs: all in turn, a few inferences each, so that whatever the
// machine does meanwhile affects them alike. `watch` looks before, during and after. `progress` is called now
// and then with the part of the measurement that is done, 0...1. Throws Error, and CannotRun if none of the
// cases can be run.
struct Latencies {
  std::vector<BenchResult> results;   // for those that can be run
  std::vector<BenchSkipped> skipped;  // the others
};
// If `power`, which may be null, shows what the machine draws, each case runs for another second at the end,
// for its energy.
Latencies MeasureLatency(const std::vector<BenchCase>& cases, const BenchLimits& limits, MachineWatch& watch,
                         const PowerMeter* power, const std::function<void(double)>& progress);

}  // namespace mobilenet
