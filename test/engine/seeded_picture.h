// A plan on a small model, given a seeded picture.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "kernels/common/half.h"
#include "src/engine/plan.h"

namespace mobilenet {

inline constexpr WeightQuantization kQuantizations[] = {
    WeightQuantization::kNone, WeightQuantization::kU8PerTensor, WeightQuantization::kS8PerChannel};

// The backends of this build.
inline std::vector<BackendChoice> BackendChoices() {
  if (!MOBILENET_WITH_XNNPACK) return {BackendChoice::kAuto, BackendChoice::kNative};
  return {BackendChoice::kAuto, BackendChoice::kXnnpack, BackendChoice::kNative};
}

// The same seeded picture for every type: bytes, as a quantised input takes them.
inline void FillInput(Plan& plan) {
  std::mt19937 random(3);
  const Shape& shape = plan.network().layers[0].input;
  for (int64_t i = 0; i < ElementCount(shape); ++i) {
    const int pixel = static_cast<int>(random() % 256);
    switch (plan.type()) {
      case DataType::kU8:
        static_cast<uint8_t*>(plan.input())[i] = static_cast<uint8_t>(pixel);
        break;
      case DataType::kS8:
        static_cast<int8_t*>(plan.input())[i] = static_cast<int8_t>(pixel - 128);
        break;
      case DataType::kF16:
        static_cast<Half*>(plan.input())[i] = Half(static_cast<float>(pixel - 128) / 128.0f);
        break;
      default:
        static_cast<float*>(plan.input())[i] = static_cast<float>(pixel - 128) / 128.0f;
    }
  }
}

inline std::vector<float> Scores(Plan& plan) {
  FillInput(plan);
  const auto scores = plan.Run();
  return {scores.begin(), scores.end()};
}

}  // namespace mobilenet
