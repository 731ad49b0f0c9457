// How long networks that nobody has run here take, from the time other networks' layers took here.
//
// Each type of layer ("Conv 1x1") has its line: latency = a + b * mult-adds + c * bytes moved, none of the
// three below 0, fitted to the measured layers so that the relative errors are smallest (Roofline's two
// limits, arithmetic and memory, added up: Williams et al. 2009). The sum over a network's layers is then
// stretched as for its neighbours by mult-adds, of the same architecture if there are any.
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

  // None if no network of that type was measured.
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
  // A network's measured time, relative to the sum of its layers' lines.
  struct Stretch {
    std::string architecture;
    double mult_adds = 0;
    double factor = 1;
  };
  struct OfPrecision {
    std::map<std::string, Line> lines;  // by the type of layer
    Line any;                           // for types that no network had
    std::vector<Stretch> stretches;     // in the order of mult-adds
    double p90 = 1;                     // relative to the median
  };

  static Line Fit(const std::vector<Sample>& samples);
  static double LayerMs(const OfPrecision& precision, const Work& work);
  static double FactorFor(const OfPrecision& precision, std::string_view architecture, double mult_adds);

  std::map<std::string, OfPrecision, std::less<>> precisions_;
};

}  // namespace mobilenet
