// Half floats (IEEE 754 binary16), of which not every CPU and compiler here has a type.
#pragma once

#include <bit>
#include <cstdint>

namespace mobilenet {

class Half {
 public:
  Half() = default;
  // The nearest half float, of two the even one; infinite from 65520 on. NaN stays one.
  constexpr explicit Half(float value) : bits_(Rounded(std::bit_cast<uint32_t>(value))) {}
  static constexpr Half FromBits(uint16_t bits) {
    Half half(0.0f);
    half.bits_ = bits;
    return half;
  }

  // Exactly its value.
  constexpr operator float() const {
    const uint32_t sign = uint32_t{bits_} >> 15 << 31;
    const uint32_t exponent = bits_ >> kMantissaBits & 0x1F;
    const uint32_t mantissa = bits_ & 0x3FF;
    if (exponent == 0) {  // subnormal, or 0
      const float magnitude = static_cast<float>(mantissa) * 0x1p-24f;
      return std::bit_cast<float>(sign | std::bit_cast<uint32_t>(magnitude));
    }
    if (exponent == 0x1F && mantissa != 0) {
      return std::bit_cast<float>(sign | 0x7FC00000 | mantissa << kDropped);  // a quiet NaN, as CPUs make it
    }
    const uint32_t float_exponent = exponent == 0x1F ? 0xFF : exponent + kBiases;
    return std::bit_cast<float>(sign | float_exponent << 23 | mantissa << kDropped);
  }

  constexpr uint16_t bits() const { return bits_; }
  constexpr bool IsFinite() const { return (bits_ & kInfinity) != kInfinity; }

  // Vector kernels load and store halves as these.
  static const uint16_t* Bits(const Half* halves) { return &halves->bits_; }
  static uint16_t* Bits(Half* halves) { return &halves->bits_; }

 private:
  static constexpr int kMantissaBits = 10;
  static constexpr int kDropped = 23 - kMantissaBits;  // of a float's mantissa
  static constexpr int kBiases = 127 - 15;             // between the exponents
  static constexpr uint32_t kInfinity = 0x7C00;

  static constexpr uint16_t Rounded(uint32_t bits) {
    const uint32_t sign = bits >> 16 & 0x8000;
    const int exponent = static_cast<int>(bits >> 23 & 0xFF);
    uint32_t mantissa = bits & 0x7FFFFF;
    if (exponent == 0xFF) {
      const uint32_t nan = mantissa == 0 ? 0 : 0x200 | mantissa >> kDropped;
      return static_cast<uint16_t>(sign | kInfinity | nan);
    }
    if (exponent > 127 + 15) return static_cast<uint16_t>(sign | kInfinity);
    // What is below half of the smallest half float becomes 0; a subnormal float is.
    int dropped = kDropped;
    uint32_t half_exponent = 0;
    if (exponent > kBiases) {
      half_exponent = static_cast<uint32_t>(exponent - kBiases) << kMantissaBits;
    } else {
      mantissa |= 0x800000;
      dropped += kBiases + 1 - exponent;
      if (dropped > 24) return static_cast<uint16_t>(sign);
    }
    const uint32_t rest = mantissa & ((uint32_t{1} << dropped) - 1);
    const uint32_t middle = uint32_t{1} << (dropped - 1);
    uint32_t half = half_exponent + (mantissa >> dropped);
    if (rest > middle || (rest == middle && (half & 1) != 0)) ++half;  // may carry, into infinity at last
    return static_cast<uint16_t>(sign | half);
  }

  uint16_t bits_;
};

// The largest finite one.
inline constexpr float kLargestHalf = 65504;

}  // namespace mobilenet
