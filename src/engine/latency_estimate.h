// How long networks take that nobody has run here, from how long the layers of others took on this machine.
//
// Each type of layer ("Conv 1x1") has its line: latency = a + b * mult-adds + c * bytes moved, none of the
// three below 0, fitted to the layers that were measured so that the relative errors are least (Roofline's
// two limits, arithmetic and memory, added up: Williams et al. 2009). What the layers of a network come to is
// then stretched as its neighbours by mult-adds were, of its architecture if there are any.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/network.h"
#include "src/base/tensor.h"
#include "src/report/bench_rows.h"

namespace mobilenet {

struct EstimatedLatency {
  double median_ms = 0;
  double p90_ms = 0;
};

class LatencyEstimate {
 public:
  // All with the same number of threads and backend.
  explicit LatencyEstimate(std::span<const BenchResult> measured);

  // None where no network of that type was measured.
  std::optional<EstimatedLatency> Of(const Network& network, DataType type) const;

 private:
  struct Line {
    double base_ms = 0;
    double ms_per_mult_add = 0;
    double ms_per_byte = 0;
  };
  struct Work {
    std::string type;  // of the layer
    double mult_adds = 0;
    double bytes = 0;
  };
  struct Sample {
    Work work;
    double latency_ms = 0;
  };
  // What was measured of a network, in what its layers' lines come to.
  struct Stretch {
    std::string architecture;
    double mult_adds = 0;
    double factor = 1;
  };
  struct OfPrecision {
    std::map<std::string, Line> lines;  // by the type of layer
    Line any;                           // of types that no network has had
    std::vector<Stretch> stretches;     // by mult-adds
    double p90 = 1;                     // in medians
  };

  static Line Fit(const std::vector<Sample>& samples);
  static double LayerMs(const OfPrecision& precision, const Work& work);
  static double FactorFor(const OfPrecision& precision, std::string_view architecture, double mult_adds);

  std::map<std::string, OfPrecision, std::less<>> precisions_;
};

}  // namespace mobilenet
