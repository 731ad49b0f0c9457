// What a network's values are on photographs, from which they are quantised.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/network.h"
#include "src/engine/backend.h"
#include "src/engine/plan.h"

namespace mobilenet {

// A bias is as good with so many, and files of ranges are small.
inline constexpr int kMeanDigits = 4;

struct ValueStatistics {
  float min = 0;  // 0 is part of every range, since padding and ReLU must be exact
  float max = 0;
  std::vector<double> channel_means;  // rounded to kMeanDigits
};

// A plan of a float network whose results do not depend on the CPU or the number of threads, to the last bit:
// our scalar kernels, which add in one order everywhere, and one step a layer.
PlanOptions CalibrationPlanOptions(int threads);

class Calibration {
 public:
  explicit Calibration(const Network& network);

  // Takes in one value of one photograph, as Plan::RunObserved hands it out.
  void Add(Value value, const Operand& map);

  // Of each value but the scores, over all that was taken in. Throws Error, with `where` in front, for a
  // value that was infinite or not a number.
  std::vector<ValueStatistics> Statistics(const std::string& where) const;

 private:
  struct Sums {
    float min = 0;
    float max = 0;
    int64_t pixels = 0;
    std::vector<double> channels;
  };

  const Network& network_;
  std::vector<Sums> values_;
};

}  // namespace mobilenet
