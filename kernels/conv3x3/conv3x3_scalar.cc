#include <algorithm>
#include <cstddef>

#include "kernels/common/conv_scalar.h"
#include "kernels/conv3x3/conv3x3.h"

namespace mobilenet {
namespace {

constexpr int kNr = kGemmScalarTile.nr;

// add(value offset in the input, weights offset in a block) for all (kh, kw, ic) inside the input. Along kw
// and ic both are contiguous: one run a row of taps.
template <typename Add>
void ForEachTap(const ConvGeometry& geometry, std::ptrdiff_t input_offset, TapRange rows, TapRange columns,
                const Add& add) {
  const int channels = geometry.input_channels;
  for (int kh = rows.begin; kh < rows.end; ++kh) {
    const std::ptrdiff_t input_row = input_offset + kh * geometry.input_row_stride;
    const int weights_row = kh * kTaps * channels;
    for (int i = columns.begin * channels; i < columns.end * channels; ++i) {
      add(input_row + i, std::ptrdiff_t{weights_row + i} * kNr);
    }
  }
}

template <typename T>
void Conv3x3ScalarQ8(const ConvGeometry& geometry, int row_begin, int row_end, const T* input,
                     const void* packed, T* output, const ConvQuantization<T>& quantization) {
  const size_t block_bytes = PackedBytesConv3x3Q8(1, geometry.input_channels, kGemmScalarTile);
  ForEachOutputPixel(
      geometry, row_begin, row_end, [&](auto input_offset, auto rows, auto columns, auto output_offset) {
        const auto* block = static_cast<const std::byte*>(packed);
        for (int n = 0; n < geometry.output_channels; n += kNr, block += block_bytes) {
          const auto* bias = reinterpret_cast<const int32_t*>(block);
          const auto* scales = reinterpret_cast<const float*>(bias + kNr);
          const auto* weights = reinterpret_cast<const T*>(scales + kNr);  // (3, 3, IC, 8)
          int32_t accumulators[kNr] = {};
          ForEachTap(geometry, input_offset, rows, columns, [&](auto i, auto w) {
            const auto value = static_cast<int16_t>(input[i] - quantization.input_zero_point);
            for (int j = 0; j < kNr; ++j) {
              accumulators[j] +=
                  value * static_cast<int16_t>(weights[w + j] - quantization.weights_zero_point);
            }
          });
          for (int j = 0; j < std::min(kNr, geometry.output_channels - n); ++j) {
            output[output_offset + n + j] =
                Requantize(AddWrapping(accumulators[j], bias[j]), scales[j], quantization.output);
          }
        }
      });
}

}  // namespace

void conv3x3_f32_scalar(const ConvGeometry& geometry, int row_begin, int row_end, const float* input,
                        const void* packed, float* output, const ClampF32& clamp) {
  const size_t block_bytes = PackedBytesConv3x3F32(1, geometry.input_channels, kGemmScalarTile);
  ForEachOutputPixel(geometry, row_begin, row_end,
                     [&](auto input_offset, auto rows, auto columns, auto output_offset) {
                       const auto* block = static_cast<const std::byte*>(packed);
                       for (int n = 0; n < geometry.output_channels; n += kNr, block += block_bytes) {
                         const auto* bias = reinterpret_cast<const float*>(block);
                         const float* weights = bias + kNr;  // (3, 3, IC, 8)
                         float accumulators[kNr];
                         std::copy_n(bias, kNr, accumulators);
                         ForEachTap(geometry, input_offset, rows, columns, [&](auto i, auto w) {
                           for (int j = 0; j < kNr; ++j) accumulators[j] += input[i] * weights[w + j];
                         });
                         for (int j = 0; j < std::min(kNr, geometry.output_channels - n); ++j) {
                           output[output_offset + n + j] = Clamp(accumulators[j], clamp);
                         }
                       }
                     });
}

void conv3x3_qu8_scalar(const ConvGeometry& geometry, int row_begin, int row_end, const uint8_t* input,
                        const void* packed, uint8_t* output, const ConvQuantization<uint8_t>& quantization) {
  Conv3x3ScalarQ8(geometry, row_begin, row_end, input, packed, output, quantization);
}

void conv3x3_qs8_scalar(const ConvGeometry& geometry, int row_begin, int row_end, const int8_t* input,
                        const void* packed, int8_t* output, const ConvQuantization<int8_t>& quantization) {
  Conv3x3ScalarQ8(geometry, row_begin, row_end, input, packed, output, quantization);
}

}  // namespace mobilenet
