// Depthwise 3x3 in vectors of AVX2 or AVX-512: the compiler flags of the file that includes it decide
// which. Each output is added up in one order, column by column, wherever it lies: outside the input are
// zeros.
#pragma once

#include <cassert>
#include <cstddef>

#include "kernels/common/clamp.h"
#include "kernels/common/conv_geometry.h"
#include "kernels/common/unroll.h"
#include "kernels/common/vector_f32_x86.h"
#include "kernels/dwconv/dwconv_columns_x86.h"

namespace mobilenet {
namespace {  // files are compiled for different CPUs: the linker must not take one's code for another's

// kIsFull: all lanes are channels
template <bool kIsFull, int kRows, int kStride>
[[gnu::noinline]] void ComputeRowsF32(const DwconvRows<float, kRows, kStride> rows, const float* packed,
                                      const ClampF32& clamp) {
  constexpr int kInputRows = DwconvRows<float, kRows, kStride>::kInputRows;
  struct Column {
    VectorF32 values[kInputRows];
  };
  VectorF32 weights[kTaps * kTaps];  // (KH, KW)
  Unroll<kTaps * kTaps>([&](auto tap) __attribute__((always_inline)) {
    weights[tap] = Load(packed + (1 + tap) * kLanes);
  });
  const VectorF32 min = Broadcast(clamp.min);
  const VectorF32 max = Broadcast(clamp.max);
  Column zeros;
  Unroll<kInputRows>([&](auto row) __attribute__((always_inline)) { zeros.values[row] = Broadcast(0); });
  const auto load = [&](int column) __attribute__((always_inline)) {
    Column loaded;
    Unroll<kInputRows>([&](auto row) __attribute__((always_inline)) {
      const float* from = rows.inputs[row] + column * rows.steps[row];
      loaded.values[row] = kIsFull ? Load(from) : LoadFirst(from, rows.channels);
    });
    return loaded;
  };
  const auto store = [&](int ow, const Column& first, const Column& second, const Column& third)
      __attribute__((always_inline)) {
    Unroll<kRows>([&](auto row) __attribute__((always_inline)) {
      VectorF32 sum = Load(packed);
      const Column* columns[kTaps] = {&first, &second, &third};
      Unroll<kTaps * kTaps>([&](auto i) __attribute__((always_inline)) {
        constexpr int kw = i / kTaps;
        constexpr int kh = i % kTaps;
        sum = MultiplyAdd(sum, columns[kw]->values[row + kh], weights[kh * kTaps + kw]);
      });
      sum = AtMost(AtLeast(sum, min), max);
      float* to = rows.outputs[row] + ow * rows.output_step;
      if constexpr (kIsFull) {
        Store(to, sum);
      } else {
        StoreFirst(to, sum, rows.channels);
      }
    });
  };
  ForEachOutput<kStride>(rows, zeros, load, store);
}

constexpr float kZeros[kLanes] = {};

// As in dwconv.h, packed in blocks of kLanes channels.
void DwconvF32X86(const ConvGeometry& geometry, int row_begin, int row_end, const float* input,
                  const void* packed, float* output, const ClampF32& clamp) {
  assert(geometry.kernel_height == kTaps && geometry.kernel_width == kTaps);
  ForEachRows(geometry.stride, row_begin, row_end, [&](auto count, auto stride, int oh) {
    const auto* block = static_cast<const float*>(packed);
    for (int c = 0; c < geometry.output_channels; c += kLanes, block += (1 + kTaps * kTaps) * kLanes) {
      const DwconvRows<float, count, stride> rows(geometry, oh, c, input, kZeros, output);
      if (rows.channels >= kLanes) {
        ComputeRowsF32<true>(rows, block, clamp);
      } else {
        ComputeRowsF32<false>(rows, block, clamp);
      }
    }
  });
}

}  // namespace
}  // namespace mobilenet
