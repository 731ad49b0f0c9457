#include <algorithm>
#include <cstddef>

#include "kernels/common/conv_scalar.h"
#include "kernels/conv3x3/conv3x3.h"

namespace mobilenet {
namespace {

constexpr int kNr = kGemmScalarTile.nr;

// add(k, value) for all k = (kh, kw, ic), in this order; what lies outside the input has the value `padding`.
template <typename T, typename Add>
void ForEachValue(const ConvGeometry& geometry, const T* input, std::ptrdiff_t input_offset, TapRange rows,
                  TapRange columns, T padding, const Add& add) {
  const int channels = geometry.input_channels;
  int k = 0;
  for (int kh = 0; kh < kTaps; ++kh) {
    const std::ptrdiff_t row = input_offset + kh * geometry.input_row_stride;
    for (int i = 0; i < kTaps * channels; ++i, ++k) {
      const bool is_inside = rows.Contains(kh) && i >= columns.begin * channels && i < columns.end * channels;
      add(k, is_inside ? input[row + i] : padding);
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
          const auto add = [&](int k, int16_t value) {
            for (int j = 0; j < kNr; ++j) {
              accumulators[j] += value * static_cast<int16_t>(weights[std::ptrdiff_t{k} * kNr + j] -
                                                              quantization.weights_zero_point);
            }
          };
          ForEachValue(geometry, input, input_offset, rows, columns, quantization.input_zero_point, add);
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
                         const auto add = [&](int k, float value) {
                           for (int j = 0; j < kNr; ++j)
                             accumulators[j] += value * weights[std::ptrdiff_t{k} * kNr + j];
                         };
                         ForEachValue(geometry, input, input_offset, rows, columns, 0.0f, add);
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
