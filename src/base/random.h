// Numbers that look random and are the same on every machine, unlike those of the distributions of <random>:
// SplitMix64 (Steele, Lea and Flood 2014), a few operations on integers.
#pragma once

#include <cstdint>

namespace mobilenet {

class Random {
 public:
  explicit Random(uint64_t seed = 0) : state_(seed) {}

  uint64_t Bits() {
    state_ += 0x9E3779B97F4A7C15;
    uint64_t bits = state_;
    bits = (bits ^ bits >> 30) * 0xBF58476D1CE4E5B9;
    bits = (bits ^ bits >> 27) * 0x94D049BB133111EB;
    return bits ^ bits >> 31;
  }

  // In low...high.
  int Integer(int low, int high) {
    return low + static_cast<int>(Bits() % static_cast<uint64_t>(int64_t{high} - low + 1));
  }

  // In [low, high).
  double Uniform(double low, double high) {
    return low + (high - low) * static_cast<double>(Bits() >> 11) / static_cast<double>(int64_t{1} << 53);
  }

 private:
  uint64_t state_;
};

}  // namespace mobilenet
