// The activation that is fused into a kernel: its results stay in [min, max].
#pragma once

#include <limits>

namespace mobilenet {

struct ClampF32 {
  float min = -std::numeric_limits<float>::infinity();
  float max = std::numeric_limits<float>::infinity();
};

inline float Clamp(float value, const ClampF32& clamp) {
  value = value > clamp.min ? value : clamp.min;
  return value < clamp.max ? value : clamp.max;
}

}  // namespace mobilenet
