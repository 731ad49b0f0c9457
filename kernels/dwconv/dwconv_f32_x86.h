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
#include "kernels/dwconv/dwconv_rows.h"

namespace mobilenet {
namespace {  // files are compiled for different CPUs: the linker must not take one's code for another's

constexpr int kTaps = 3;

// load(column) of a column inside the input; store(ow, first, second, third) of the three columns of an
// output. kStep: rows.column_step, or 0 for any
template <int kStep, int kRows, int kStride, typename Column, typename Load, typename Store>
[[gnu::always_inline]] inline void ForEachOutput(const DwconvRows<kTaps, float, kRows, kStride>& rows,
                                                 const Column& padding, const Load& load,
                                                 const Store& store) {
  const auto load_or_pad = [&](int column) __attribute__((always_inline)) {
    return column >= 0 && column < rows.input_width ? load(column) : padding;
  };
  int column = rows.first_column;
  if constexpr (kStep == 1) {
    Column first = load_or_pad(column);
    Column second = load_or_pad(column + 1);
    column += 2;
    int ow = 0;
    while (ow < rows.output_width) {
      for (; ow + kTaps <= rows.output_width && column >= 0 && column + kTaps <= rows.input_width;
           ow += kTaps, column += kTaps) {
        const Column third = load(column);
        store(ow, first, second, third);
        first = load(column + 1);
        store(ow + 1, second, third, first);
        second = load(column + 2);
        store(ow + 2, third, first, second);
      }
      if (ow == rows.output_width) break;
      const Column third = load_or_pad(column++);
      store(ow++, first, second, third);
      first = second;
      second = third;
    }
  } else if constexpr (kStep == 2) {
    Column first = load_or_pad(column);
    for (int ow = 0; ow < rows.output_width; ++ow, column += 2) {
      const Column second = load_or_pad(column + 1);
      const Column third = load_or_pad(column + 2);
      store(ow, first, second, third);
      first = third;
    }
  } else {
    for (int ow = 0; ow < rows.output_width; ++ow, column += rows.column_step) {
      store(ow, load_or_pad(column), load_or_pad(column + 1), load_or_pad(column + 2));
    }
  }
}

// kIsFull: all lanes are channels
template <bool kIsFull, int kRows, int kStride>
[[gnu::noinline]] void ComputeRowsF32(const DwconvRows<kTaps, float, kRows, kStride> rows,
                                      const float* packed, const ClampF32& clamp) {
  constexpr int kInputRows = DwconvRows<kTaps, float, kRows, kStride>::kInputRows;
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
      const DwconvRows<kTaps, float, count, stride> rows(geometry, oh, c, input, kZeros, output);
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
