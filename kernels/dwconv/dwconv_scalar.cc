#include <algorithm>
#include <type_traits>

#include "kernels/dwconv/dwconv.h"

namespace mobilenet {
namespace {

// compute(input_offset, rows, columns, output_offset) for each pixel of the output rows [row_begin, row_end).
// The input's element for tap (kh, kw) and channel 0 is at input_offset + kh * input_row_stride + kw *
// input_pixel_stride, an offset because tap (0, 0) may lie outside the input; only taps in the two ranges are
// inside.
template <typename Compute>
inline void ForEachOutputPixel(const ConvGeometry& geometry, int row_begin, int row_end,
                               const Compute& compute) {
  for (int oh = row_begin; oh < row_end; ++oh) {
    const int ih = oh * geometry.stride - geometry.pad_top;
    const TapRange rows = ValidTaps(ih, geometry.input_height, geometry.kernel_height);
    for (int ow = 0; ow < geometry.output_width; ++ow) {
      const int iw = ow * geometry.stride - geometry.pad_left;
      const TapRange columns = ValidTaps(iw, geometry.input_width, geometry.kernel_width);
      compute(ih * geometry.input_row_stride + iw * geometry.input_pixel_stride, rows, columns,
              oh * geometry.output_row_stride + ow * geometry.output_pixel_stride);
    }
  }
}

constexpr int kNr = kDwconvScalarTile.nr;

// add(value offset in the input, weights offset in a block) for all taps inside the input.
template <typename Add>
inline void ForEachTap(const ConvGeometry& geometry, std::ptrdiff_t input_offset, TapRange rows,
                       TapRange columns, const Add& add) {
  for (int kh = rows.begin; kh < rows.end; ++kh) {
    for (int kw = columns.begin; kw < columns.end; ++kw) {
      add(input_offset + kh * geometry.input_row_stride + kw * geometry.input_pixel_stride,
          std::ptrdiff_t{kh * geometry.kernel_width + kw} * kNr);
    }
  }
}

// compute(channels) with the number of channels in a block: the constant 8 for all blocks but the last, so
// that the compiler vectorises them, and what remains for the last.
template <typename Compute>
inline void WithChannels(int channels, const Compute& compute) {
  if (channels >= kNr) {
    compute(std::integral_constant<int, kNr>());
  } else {
    compute(channels);
  }
}

// A tap outside the input has the input's zero point, whose products are folded into the bias. Size: int, or
// a constant, which unrolls the loops.
template <typename Size, typename T>
void DwconvOfSizeQ8(const ConvGeometry& geometry, Size kernel_height, Size kernel_width, int row_begin,
                    int row_end, const T* input, const void* packed, T* output,
                    const ConvQuantization<T>& quantization) {
  const size_t block_bytes = PackedBlockBytesDwconvQ8(geometry, kDwconvScalarTile);
  T padding[kNr];
  std::fill_n(padding, kNr, quantization.input_zero_point);
  ForEachOutputPixel(
      geometry, row_begin, row_end, [&](auto input_offset, auto rows, auto columns, auto output_offset) {
        const auto* block = static_cast<const std::byte*>(packed);
        for (int c = 0; c < geometry.output_channels; c += kNr, block += block_bytes) {
          const auto* bias = reinterpret_cast<const int32_t*>(block);
          const auto* scales = reinterpret_cast<const float*>(bias + kNr);
          const auto* weights = reinterpret_cast<const T*>(scales + kNr);  // (KH, KW, 8)
          WithChannels(geometry.output_channels - c, [&](auto channels) {
            int32_t accumulators[kNr] = {};
            for (int kh = 0; kh < kernel_height; ++kh) {
              for (int kw = 0; kw < kernel_width; ++kw, weights += kNr) {
                const T* values = padding;
                if (rows.Contains(kh) && columns.Contains(kw)) {
                  values = input + input_offset + kh * geometry.input_row_stride +
                           kw * geometry.input_pixel_stride + c;
                }
                for (int j = 0; j < channels; ++j) {
                  const auto weight = static_cast<int16_t>(weights[j] - quantization.weights_zero_point);
                  accumulators[j] += static_cast<int16_t>(values[j]) * weight;
                }
              }
            }
            for (int j = 0; j < channels; ++j) {
              output[output_offset + c + j] =
                  Requantize(AddWrapping(accumulators[j], bias[j]), scales[j], quantization.output);
            }
          });
        }
      });
}

template <typename T>
void DwconvScalarQ8(const ConvGeometry& geometry, int row_begin, int row_end, const T* input,
                    const void* packed, T* output, const ConvQuantization<T>& quantization) {
  const auto compute = [&](auto kernel_height, auto kernel_width) {
    DwconvOfSizeQ8(geometry, kernel_height, kernel_width, row_begin, row_end, input, packed, output,
                   quantization);
  };
  const auto is_square = [&](int size) {
    return geometry.kernel_height == size && geometry.kernel_width == size;
  };
  // Unrolled, qs8 takes a fifth fewer instructions on x86-64, qu8 a tenth (callgrind, V1's layers).
  if (is_square(3)) {
    compute(std::integral_constant<int, 3>(), std::integral_constant<int, 3>());
  } else if (is_square(5)) {
    compute(std::integral_constant<int, 5>(), std::integral_constant<int, 5>());
  } else {
    compute(geometry.kernel_height, geometry.kernel_width);
  }
}

}  // namespace

void dwconv_f32_scalar(const ConvGeometry& geometry, int row_begin, int row_end, const float* input,
                       const void* packed, float* output, const ClampF32& clamp) {
  const size_t block_bytes = PackedBlockBytesDwconvFloat<float>(geometry, kDwconvScalarTile);
  ForEachOutputPixel(geometry, row_begin, row_end,
                     [&](auto input_offset, auto rows, auto columns, auto output_offset) {
                       const auto* block = static_cast<const std::byte*>(packed);
                       for (int c = 0; c < geometry.output_channels; c += kNr, block += block_bytes) {
                         const auto* bias = reinterpret_cast<const float*>(block);
                         const float* weights = bias + kNr;  // (KH, KW, 8)
                         WithChannels(geometry.output_channels - c, [&](auto channels) {
                           float accumulators[kNr];
                           std::copy_n(bias, kNr, accumulators);
                           ForEachTap(geometry, input_offset + c, rows, columns, [&](auto i, auto w) {
                             for (int j = 0; j < channels; ++j)
                               accumulators[j] += input[i + j] * weights[w + j];
                           });
                           for (int j = 0; j < channels; ++j)
                             output[output_offset + c + j] = Clamp(accumulators[j], clamp);
                         });
                       }
                     });
}

void dwconv_qu8_scalar(const ConvGeometry& geometry, int row_begin, int row_end, const uint8_t* input,
                       const void* packed, uint8_t* output, const ConvQuantization<uint8_t>& quantization) {
  DwconvScalarQ8(geometry, row_begin, row_end, input, packed, output, quantization);
}

void dwconv_qs8_scalar(const ConvGeometry& geometry, int row_begin, int row_end, const int8_t* input,
                       const void* packed, int8_t* output, const ConvQuantization<int8_t>& quantization) {
  DwconvScalarQ8(geometry, row_begin, row_end, input, packed, output, quantization);
}

}  // namespace mobilenet
