// What a network loses by its quantisation: each of its values compared with that of the float network.
#pragma once

#include <cstdint>
#include <vector>

#include "src/engine/equalize.h"
#include "src/engine/plan.h"

namespace mobilenet {

class QuantizationLoss {
 public:
  // Plans of one network, in f32 and in s8, both without strips. Both must outlive it. `factors`: what the
  // channels of the quantised one were multiplied by.
  QuantizationLoss(Plan& real, Plan& quantized, ChannelFactors factors);

  // Runs both on the photograph that is in their inputs.
  void AddPhotograph();

  // 10 log10(sum of x^2 / sum of (x - its quantised value)^2) for the value over all photographs, including
  // the losses in the layers before it; infinite if nothing was lost.
  double SqnrDb(Value value) const;
  int64_t photographs() const { return photographs_; }
  // For how many both have the same first class.
  int64_t same_top1() const { return same_top1_; }

 private:
  Plan& real_;
  Plan& quantized_;
  ChannelFactors factors_;
  std::vector<double> signal_;
  std::vector<double> noise_;
  int64_t photographs_ = 0;
  int64_t same_top1_ = 0;
};

}  // namespace mobilenet
