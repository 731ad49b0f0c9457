// A convolution is a matrix product over its patches of KH x KW x IC inputs: they are copied side by side,
// some pixels at a time, and multiplied by a kernel of pointwise. In a first layer, copying 27 values for 32
// x 27 products costs little.
#include "kernels/conv/conv.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "kernels/common/unroll.h"
#include "kernels/conv/conv_patches.h"
#include "kernels/pointwise/pointwise.h"

namespace mobilenet {
namespace {

constexpr std::ptrdiff_t kChunkBytes = 16;

// Faster than memcpy for a few bytes. Reads and writes up to 15 bytes more than `bytes`.
void CopyInChunks(const void* from, std::ptrdiff_t bytes, void* to) {
  for (std::ptrdiff_t i = 0; i < bytes; i += kChunkBytes) {
    std::memcpy(static_cast<std::byte*>(to) + i, static_cast<const std::byte*>(from) + i, kChunkBytes);
    KeepOrder();  // GCC would make a call of memcpy of the loop
  }
}

// Neighbouring pixels are copied at once where nothing lies between them.
bool IsDense(const ConvGeometry& geometry, int channels) {
  return geometry.input_pixel_stride == channels;
}

// The patch [KH, KW, `channels`] of one output, some of which is padding. `begin`: offset of tap (0, 0) in
// the input
template <typename T>
void CopyPatchAtBorder(const ConvGeometry& geometry, int channels, const T* input, std::ptrdiff_t begin,
                       TapRange rows, TapRange columns, T padding, T* patch) {
  std::fill_n(patch, std::ptrdiff_t{geometry.kernel_height} * geometry.kernel_width * channels, padding);
  const int pixels = IsDense(geometry, channels) ? columns.Count() : 1;
  for (int kh = rows.begin; kh < rows.end; ++kh) {
    for (int kw = columns.begin; kw < columns.end; kw += pixels) {
      std::copy_n(input + begin + kh * geometry.input_row_stride + kw * geometry.input_pixel_stride,
                  pixels * channels, patch + (std::ptrdiff_t{kh} * geometry.kernel_width + kw) * channels);
    }
  }
}

// The patches of outputs [ow_begin, ow_end) of row oh, one after the other, of `channels` channels of the
// input; up to 15 bytes more are written.
template <typename T>
void CopyPatches(const ConvGeometry& geometry, int channels, int oh, int ow_begin, int ow_end, const T* input,
                 T padding, T* patches) {
  const int kernel_height = geometry.kernel_height;
  const int kernel_width = geometry.kernel_width;
  const std::ptrdiff_t row_stride = geometry.input_row_stride;
  const std::ptrdiff_t pixel_stride = geometry.input_pixel_stride;
  const bool is_dense = IsDense(geometry, channels);
  const std::ptrdiff_t row_size = std::ptrdiff_t{kernel_width} * channels;  // of a patch
  const int ih = oh * geometry.stride - geometry.pad_top;
  const TapRange rows = ValidTaps(ih, geometry.input_height, kernel_height);
  for (int ow = ow_begin; ow < ow_end; ++ow) {
    const int iw = ow * geometry.stride - geometry.pad_left;
    const TapRange columns = ValidTaps(iw, geometry.input_width, kernel_width);
    const std::ptrdiff_t begin = ih * row_stride + iw * pixel_stride;
    if (rows.Count() != kernel_height || columns.Count() != kernel_width) {
      CopyPatchAtBorder(geometry, channels, input, begin, rows, columns, padding, patches);
      patches += kernel_height * row_size;
    } else if (is_dense) {
      const auto copy_row = [&](int kh) {
        CopyInChunks(input + begin + kh * row_stride, row_size * std::ptrdiff_t{sizeof(T)},
                     patches + kh * row_size);
      };
      if (kernel_height == 3) {  // of most first layers: unrolled
        Unroll<3>(copy_row);
      } else {
        for (int kh = 0; kh < kernel_height; ++kh) copy_row(kh);
      }
      patches += kernel_height * row_size;
    } else {
      for (int kh = 0; kh < kernel_height; ++kh) {
        for (int kw = 0; kw < kernel_width; ++kw, patches += channels) {
          CopyInChunks(input + begin + kh * row_stride + kw * pixel_stride,
                       channels * std::ptrdiff_t{sizeof(T)}, patches);
        }
      }
    }
  }
}

// Whether every output has one tap, which is inside the input: then the patches are pixels `stride` apart.
bool IsPointwise(const ConvGeometry& geometry) {
  return geometry.kernel_height == 1 && geometry.kernel_width == 1 && geometry.pad_top == 0 &&
         geometry.pad_left == 0 && (geometry.output_height - 1) * geometry.stride < geometry.input_height &&
         (geometry.output_width - 1) * geometry.stride < geometry.input_width;
}

// pointwise: the kernel with whose tile the weights are packed; rule: its last argument
template <typename T, typename Pointwise, typename Rule>
void Conv(const ConvGeometry& geometry, int row_begin, int row_end, const T* input, const void* packed,
          T* output, const Rule& rule, T padding, Pointwise* pointwise, PackTile tile) {
  const int channels = geometry.input_channels / geometry.groups;
  const int n = geometry.output_channels / geometry.groups;
  const int k = ConvK(geometry);
  assert(k <= kMaxGemmK);
  size_t group_bytes = 0;
  if constexpr (std::is_integral_v<T>) {
    group_bytes = PackedBytesQ8(n, k, tile);
  } else {
    group_bytes = PackedBytesFloat<T>(n, k, tile);
  }
  const bool is_pointwise = IsPointwise(geometry);
  T patches[kMaxGemmK + kChunkBytes / sizeof(T)];
  const int pixels = is_pointwise ? geometry.output_width : kMaxGemmK / k;
  for (int group = 0; group < geometry.groups; ++group) {
    const auto* group_packed =
        static_cast<const std::byte*>(packed) + static_cast<size_t>(group) * group_bytes;
    const T* group_input = input + std::ptrdiff_t{group} * channels;
    T* group_output = output + std::ptrdiff_t{group} * n;
    for (int oh = row_begin; oh < row_end; ++oh) {
      for (int ow = 0; ow < geometry.output_width; ow += pixels) {
        const int ow_end = std::min(ow + pixels, geometry.output_width);
        const T* rows = patches;
        std::ptrdiff_t rows_stride = k;
        if (is_pointwise) {
          rows = group_input + oh * geometry.stride * geometry.input_row_stride;
          rows_stride = geometry.stride * geometry.input_pixel_stride;
        } else {
          CopyPatches(geometry, channels, oh, ow, ow_end, group_input, padding, patches);
        }
        pointwise(ow_end - ow, n, k, rows, rows_stride, group_packed,
                  group_output + oh * geometry.output_row_stride + ow * geometry.output_pixel_stride,
                  geometry.output_pixel_stride, rule);
      }
    }
  }
}

}  // namespace

void ConvOfPatches(const ConvGeometry& geometry, int row_begin, int row_end, const float* input,
                   const void* packed, float* output, const ClampF32& clamp, PointwiseF32* pointwise,
                   PackTile tile) {
  Conv(geometry, row_begin, row_end, input, packed, output, clamp, 0.0f, pointwise, tile);
}

#if MOBILENET_HAVE_NEONFP16
void conv_f16_neonfp16(const ConvGeometry& geometry, int row_begin, int row_end, const Half* input,
                       const void* packed, Half* output, const ClampF32& clamp) {
  Conv(geometry, row_begin, row_end, input, packed, output, clamp, Half(0.0f), pointwise_f16_neonfp16,
       kPointwiseNeonFp16Tile);
}
#endif

#if MOBILENET_HAVE_NEON
void conv_f32_neon(const ConvGeometry& geometry, int row_begin, int row_end, const float* input,
                   const void* packed, float* output, const ClampF32& clamp) {
  Conv(geometry, row_begin, row_end, input, packed, output, clamp, 0.0f, pointwise_f32_neon,
       kPointwiseNeonTileF32);
}
#endif

void conv_f32_scalar(const ConvGeometry& geometry, int row_begin, int row_end, const float* input,
                     const void* packed, float* output, const ClampF32& clamp) {
  Conv(geometry, row_begin, row_end, input, packed, output, clamp, 0.0f, pointwise_f32_scalar,
       kGemmScalarTile);
}

#if MOBILENET_HAVE_AVX
void conv_qu8_avx512vnni(const ConvGeometry& geometry, int row_begin, int row_end, const uint8_t* input,
                         const void* packed, uint8_t* output, const ConvQuantization<uint8_t>& quantization) {
  Conv(geometry, row_begin, row_end, input, packed, output, quantization, quantization.input_zero_point,
       pointwise_qu8_avx512vnni, kPointwiseAvx512VnniTile);
}
#endif

#if MOBILENET_HAVE_NEONDOT
void conv_qu8_neondot(const ConvGeometry& geometry, int row_begin, int row_end, const uint8_t* input,
                      const void* packed, uint8_t* output, const ConvQuantization<uint8_t>& quantization) {
  Conv(geometry, row_begin, row_end, input, packed, output, quantization, quantization.input_zero_point,
       pointwise_qu8_neondot, kPointwiseNeonDotTile);
}
#endif

#if MOBILENET_HAVE_NEON
void conv_qu8_neon(const ConvGeometry& geometry, int row_begin, int row_end, const uint8_t* input,
                   const void* packed, uint8_t* output, const ConvQuantization<uint8_t>& quantization) {
  Conv(geometry, row_begin, row_end, input, packed, output, quantization, quantization.input_zero_point,
       pointwise_qu8_neon, kPointwiseNeonTileQ8);
}
#endif

void conv_qu8_scalar(const ConvGeometry& geometry, int row_begin, int row_end, const uint8_t* input,
                     const void* packed, uint8_t* output, const ConvQuantization<uint8_t>& quantization) {
  Conv(geometry, row_begin, row_end, input, packed, output, quantization, quantization.input_zero_point,
       pointwise_qu8_scalar, kGemmScalarTile);
}

#if MOBILENET_HAVE_AVX
void conv_qs8_avx512vnni(const ConvGeometry& geometry, int row_begin, int row_end, const int8_t* input,
                         const void* packed, int8_t* output, const ConvQuantization<int8_t>& quantization) {
  Conv(geometry, row_begin, row_end, input, packed, output, quantization, quantization.input_zero_point,
       pointwise_qs8_avx512vnni, kPointwiseAvx512VnniTile);
}
#endif

#if MOBILENET_HAVE_NEONDOT
void conv_qs8_neondot(const ConvGeometry& geometry, int row_begin, int row_end, const int8_t* input,
                      const void* packed, int8_t* output, const ConvQuantization<int8_t>& quantization) {
  Conv(geometry, row_begin, row_end, input, packed, output, quantization, quantization.input_zero_point,
       pointwise_qs8_neondot, kPointwiseNeonDotTile);
}
#endif

#if MOBILENET_HAVE_NEON
void conv_qs8_neon(const ConvGeometry& geometry, int row_begin, int row_end, const int8_t* input,
                   const void* packed, int8_t* output, const ConvQuantization<int8_t>& quantization) {
  Conv(geometry, row_begin, row_end, input, packed, output, quantization, quantization.input_zero_point,
       pointwise_qs8_neon, kPointwiseNeonTileQ8);
}
#endif

void conv_qs8_scalar(const ConvGeometry& geometry, int row_begin, int row_end, const int8_t* input,
                     const void* packed, int8_t* output, const ConvQuantization<int8_t>& quantization) {
  Conv(geometry, row_begin, row_end, input, packed, output, quantization, quantization.input_zero_point,
       pointwise_qs8_scalar, kGemmScalarTile);
}

}  // namespace mobilenet
