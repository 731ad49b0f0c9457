// Two registers of channels at a time through all taps of the window, then one: the largest values so far
// stay in registers, and each value is read once per window.
#include <algorithm>
#include <limits>

#include "kernels/common/neon_f32.h"
#include "kernels/common/pool_window.h"
#include "kernels/common/unroll.h"
#include "kernels/max_pool/max_pool.h"

namespace mobilenet {
namespace {

// A register of values, by type.
template <typename T>
struct Lanes;

template <>
struct Lanes<float> {
  using Register = float32x4_t;
  static constexpr int kCount = 4;
  static Register Lowest() { return vdupq_n_f32(-std::numeric_limits<float>::infinity()); }
  static Register Load(const float* values) { return vld1q_f32(values); }
  static Register Max(Register values, Register largest) { return AtLeast(values, largest); }
  static void Store(float* output, Register values) { vst1q_f32(output, values); }
};

template <>
struct Lanes<uint8_t> {
  using Register = uint8x16_t;
  static constexpr int kCount = 16;
  static Register Lowest() { return vdupq_n_u8(0); }
  static Register Load(const uint8_t* values) { return vld1q_u8(values); }
  static Register Max(Register values, Register largest) { return vmaxq_u8(values, largest); }
  static void Store(uint8_t* output, Register values) { vst1q_u8(output, values); }
};

template <>
struct Lanes<int8_t> {
  using Register = int8x16_t;
  static constexpr int kCount = 16;
  static Register Lowest() { return vdupq_n_s8(-128); }
  static Register Load(const int8_t* values) { return vld1q_s8(values); }
  static Register Max(Register values, Register largest) { return vmaxq_s8(values, largest); }
  static void Store(int8_t* output, Register values) { vst1q_s8(output, values); }
};

// The largest values of this many registers of channels from channel c on, stored in `output`.
template <int kRegisters, typename T>
void MaxOfWindow(const PoolWindow<T>& window, int c, T* output) {
  using L = Lanes<T>;
  typename L::Register largest[kRegisters];
  Unroll<kRegisters>([&](auto i) { largest[i] = L::Lowest(); });
  for (int row = 0; row < window.rows; ++row) {
    const T* values = window.first + row * window.row_stride + c;
    for (int column = 0; column < window.columns; ++column, values += window.pixel_stride) {
      Unroll<kRegisters>([&](auto i) { largest[i] = L::Max(L::Load(values + i * L::kCount), largest[i]); });
    }
  }
  Unroll<kRegisters>([&](auto i) { L::Store(output + i * L::kCount, largest[i]); });
}

template <typename T>
void MaxPoolNeon(const ConvGeometry& g, int oh_begin, int oh_end, const T* input, T* output) {
  constexpr int kCount = Lanes<T>::kCount;
  const int channels = g.output_channels;
  ForEachPoolWindow(g, oh_begin, oh_end, input, output, [&](const PoolWindow<T>& window, T* pixel) {
    int c = 0;
    for (; c + 2 * kCount <= channels; c += 2 * kCount) MaxOfWindow<2>(window, c, pixel + c);
    for (; c + kCount <= channels; c += kCount) MaxOfWindow<1>(window, c, pixel + c);
    if (c == channels) return;
    T last[kCount];
    MaxOfWindow<1>(window, c, last);
    std::copy_n(last, channels - c, pixel + c);
  });
}

}  // namespace

void max_pool_f32_neon(const ConvGeometry& g, int oh_begin, int oh_end, const float* input, float* output) {
  MaxPoolNeon(g, oh_begin, oh_end, input, output);
}

void max_pool_qu8_neon(const ConvGeometry& g, int oh_begin, int oh_end, const uint8_t* input,
                       uint8_t* output) {
  MaxPoolNeon(g, oh_begin, oh_end, input, output);
}

void max_pool_qs8_neon(const ConvGeometry& g, int oh_begin, int oh_end, const int8_t* input, int8_t* output) {
  MaxPoolNeon(g, oh_begin, oh_end, input, output);
}

}  // namespace mobilenet
