// What quantised weights are packed as for kernels that multiply int8 (all forms but PackForm::kPlain), of
// both qs8 and qu8, and when they cannot be.
//
// qu8 is qs8 with 128 subtracted from all values: for an input that flips the highest bit of its byte, and
// weights less their zero point are int8 if they are not further than 127 from it, as in nearly all channels
// of real networks. The products are the same numbers, so the results are the same bytes.
//
// One subtraction turns a sum into a float if it begins at kSumOfZero, the bits of the float 1.5 * 2^23:
// between 2^23 and 2^24 floats are the whole numbers, whose bits count up. That holds for sums below 2^22;
// their bounds are known when they are packed. And if a sum times its scale stays below 2^15, saturation
// clamps the result when it is narrowed from 16 to 8 bits.
//
// The dot product of x86-64 multiplies uint8 by int8 (PackForm::kUnsignedInputs): inputs of qs8 plus 128,
// those of qu8 unchanged. Its sums stay integers, which one instruction turns into floats.
//
// The header of a block of channels says which of all that holds for them. What kernels do if it does not
// hold, for odd weights and odd files, is in the headers of the operators.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <type_traits>

#include "kernels/common/kernel_list.h"

namespace mobilenet {

inline constexpr int32_t kSumOfZero = 0x4B400000;  // the bits of kFloatOfZero
inline constexpr float kFloatOfZero = 0x1.8p23f;

// At the beginning of each block, before the biases, in each form but kPlain. 16 bytes, like a vector.
struct PackedBlockHeader {
  int32_t are_weights_signed;  // as in ChannelWeights, for all channels
  int32_t are_sums_small;
  int32_t are_results_small;
  int32_t unused;

  bool operator==(const PackedBlockHeader&) const = default;
  // What holds for both.
  PackedBlockHeader& operator&=(const PackedBlockHeader& other) {
    are_weights_signed &= other.are_weights_signed;
    are_sums_small &= other.are_sums_small;
    are_results_small &= other.are_results_small;
    return *this;
  }
};

constexpr size_t PackedHeaderBytes(PackTile tile) {
  return tile.form == PackForm::kPlain ? 0 : sizeof(PackedBlockHeader);
}

// What is subtracted from an input to turn it into int8.
template <typename T>
inline constexpr int kSignedOffset = std::is_unsigned_v<T> ? 128 : 0;

// What is subtracted from an input for kernels that use that form.
template <typename T>
constexpr int InputOffset(PackForm form) {
  switch (form) {
    case PackForm::kPlain:
      return 0;
    case PackForm::kTurned:
    case PackForm::kSignedSum:
    case PackForm::kTermsSum:
      return kSignedOffset<T>;
    case PackForm::kUnsignedInputs:
      return kSignedOffset<T> - 128;
  }
  return 0;
}

// The weights of one output channel less their zero point, reduced to what decides how large the sum of their
// products with inputs of type T can be.
class ChannelWeights {
 public:
  void Add(int weight) {
    sum_ += weight;
    positive_ += std::max(weight, 0);
    largest_ = std::max(largest_, std::abs(weight));
  }

  // At most kMaxGemmK, in types for which compilers have vectors.
  template <typename T>
  void AddAll(const T* weights, int count, T zero_point) {
    int32_t sum = 0;
    int32_t positive = 0;
    int16_t lowest = 0;
    int16_t highest = 0;
    for (int i = 0; i < count; ++i) {
      const auto weight = static_cast<int16_t>(weights[i] - zero_point);
      sum += weight;
      positive += std::max<int16_t>(weight, 0);
      lowest = std::min(lowest, weight);
      highest = std::max(highest, weight);
    }
    sum_ += sum;
    positive_ += positive;
    largest_ = std::max({largest_, -lowest, +highest});
  }

  int32_t sum() const { return sum_; }
  bool AreSigned() const { return largest_ <= 127; }

  // The largest magnitude of a sum with its bias, for any inputs.
  template <typename T>
  int64_t LargestSum(int32_t bias, T input_zero_point) const {
    const int64_t below = input_zero_point - std::numeric_limits<T>::min();
    const int64_t above = std::numeric_limits<T>::max() - input_zero_point;
    const int64_t negative = positive_ - sum_;
    return std::max(std::abs(bias + above * positive_ + below * negative),
                    std::abs(bias - below * positive_ - above * negative));
  }

 private:
  int32_t sum_ = 0;
  int64_t positive_ = 0;
  int largest_ = 0;
};

// Whether sums up to `largest` times the scale are rounded right by adding kFloatOfZero, and kSumOfZero is of
// use for them if the form has it. False for a scale that is not finite, as a strange model file can bring
// it.
inline bool AreSumsSmall(PackForm form, int64_t largest, float scale) {
  return (form == PackForm::kTurned || largest < 1 << 22) &&
         static_cast<float>(largest) * std::abs(scale) < 1 << 21;
}

// Whether 16 bits also hold the results, with any zero point added.
inline bool AreResultsSmall(PackForm form, int64_t largest, float scale) {
  return AreSumsSmall(form, largest, scale) &&
         static_cast<float>(largest) * std::abs(scale) < (1 << 15) - 512;
}

// bias - offset * the sum of the weights, modulo 2^32.
inline int32_t FoldedBias(int32_t bias, int offset, int32_t sum_of_weights) {
  return static_cast<int32_t>(static_cast<uint32_t>(bias) -
                              static_cast<uint32_t>(offset) * static_cast<uint32_t>(sum_of_weights));
}

}  // namespace mobilenet
