// The values of a network on photographs, from which it is quantised.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/network.h"
#include "src/engine/backend.h"
#include "src/engine/plan.h"

namespace mobilenet {

// More would not improve a bias, a range is off by a tenth of a step of 255, and files of ranges stay small.
inline constexpr int kChannelDigits = 4;

struct ValueStatistics {
  float min = 0;  // 0 is part of every range, since padding and ReLU must be exact
  float max = 0;
  // For each channel, rounded to kChannelDigits. Lowest and highest only matter for values that
  // CanBeEqualized (equalize.h).
  std::vector<double> channel_means;
  std::vector<double> channel_mins;   // 0 or less
  std::vector<double> channel_maxes;  // 0 or more
};

// A plan of a float network whose results do not depend on the CPU or the number of threads, to the last bit:
// our scalar kernels, which add in the same order everywhere, and one step per layer.
PlanOptions CalibrationPlanOptions(int threads);

class Calibration {
 public:
  explicit Calibration(const Network& network);

  // Adds one value of one photograph, as handed out by Plan::RunObserved.
  void Add(Value value, const Operand& map);

  // For each value except the scores, over everything that was added. Throws Error, with `where` in front,
  // for a value that was infinite or not a number.
  std::vector<ValueStatistics> Statistics(const std::string& where) const;

 private:
  struct Sums {
    int64_t pixels = 0;
    std::vector<double> channels;
    std::vector<float> mins;
    std::vector<float> maxes;
  };

  const Network& network_;
  std::vector<Sums> values_;
};

}  // namespace mobilenet
