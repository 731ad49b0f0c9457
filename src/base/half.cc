#include "src/base/half.h"

#include <bit>

namespace mobilenet {
namespace {

constexpr int kMantissaBits = 10;
constexpr int kDropped = 23 - kMantissaBits;  // bits of a float's mantissa
constexpr int kBiases = 127 - 15;             // the difference of the exponents' biases
constexpr uint32_t kInfinity = 0x7C00;

}  // namespace

std::optional<uint16_t> HalfOf(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  const uint32_t sign = bits >> 16 & 0x8000;
  const int exponent = static_cast<int>(bits >> 23 & 0xFF);
  if (exponent == 0xFF) return std::nullopt;
  // Anything below half of the smallest half float becomes 0; a subnormal float always is.
  uint32_t mantissa = bits & 0x7FFFFF;
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
  if (rest > middle || (rest == middle && (half & 1) != 0)) ++half;  // this may carry into the exponent
  if (half >= kInfinity) return std::nullopt;
  return static_cast<uint16_t>(sign | half);
}

float FloatOfHalf(uint16_t half) {
  const uint32_t sign = uint32_t{half} >> 15 << 31;
  const uint32_t exponent = half >> kMantissaBits & 0x1F;
  const uint32_t mantissa = half & 0x3FF;
  if (exponent == 0) {  // subnormal, or 0
    const float magnitude = static_cast<float>(mantissa) * 0x1p-24f;
    return std::bit_cast<float>(sign | std::bit_cast<uint32_t>(magnitude));
  }
  const uint32_t float_exponent = exponent == 0x1F ? 0xFF : exponent + kBiases;
  return std::bit_cast<float>(sign | float_exponent << 23 | mantissa << kDropped);
}

}  // namespace mobilenet
