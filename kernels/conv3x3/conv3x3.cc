// A 3x3 convolution is a matrix product over its patches of 3 x 3 x IC inputs: they are copied side by side,
// some pixels at a time, and multiplied by a kernel of pointwise. Copying 27 values for 32 x 27 products
// costs little.
#include "kernels/conv3x3/conv3x3.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "kernels/pointwise/pointwise.h"

namespace mobilenet {
namespace {

constexpr std::ptrdiff_t kChunkBytes = 16;

// Faster than memcpy for a few bytes. Reads and writes up to 15 bytes more than `bytes`.
void CopyInChunks(const void* from, std::ptrdiff_t bytes, void* to) {
  for (std::ptrdiff_t i = 0; i < bytes; i += kChunkBytes) {
    std::memcpy(static_cast<std::byte*>(to) + i, static_cast<const std::byte*>(from) + i, kChunkBytes);
  }
}

// The patch [3, 3, IC] of one output, some of which is padding. `begin`: offset of tap (0, 0) in the input
template <typename T>
void CopyPatchAtBorder(const ConvGeometry& geometry, const T* input, std::ptrdiff_t begin, TapRange rows,
                       TapRange columns, T padding, T* patch) {
  const int channels = geometry.input_channels;
  std::fill_n(patch, kTaps * kTaps * channels, padding);
  for (int kh = rows.begin; kh < rows.end; ++kh) {
    std::copy_n(input + begin + kh * geometry.input_row_stride + columns.begin * channels,
                (columns.end - columns.begin) * channels, patch + (kh * kTaps + columns.begin) * channels);
  }
}

// The patches of outputs [ow_begin, ow_end) of row oh, one after the other; up to 15 bytes more are written.
template <typename T>
void CopyPatches(const ConvGeometry& geometry, int oh, int ow_begin, int ow_end, const T* input, T padding,
                 T* patches) {
  const std::ptrdiff_t channels = geometry.input_channels;
  const std::ptrdiff_t row_stride = geometry.input_row_stride;
  const std::ptrdiff_t row_size = kTaps * channels;  // of a patch
  const int ih = oh * geometry.stride - geometry.pad_top;
  const TapRange rows = ValidTaps(ih, geometry.input_height);
  for (int ow = ow_begin; ow < ow_end; ++ow) {
    const int iw = ow * geometry.stride - geometry.pad_left;
    const TapRange columns = ValidTaps(iw, geometry.input_width);
    const std::ptrdiff_t begin = ih * row_stride + iw * channels;
    if (rows.IsFull() && columns.IsFull()) {
      for (int kh = 0; kh < kTaps; ++kh) {
        CopyInChunks(input + begin + kh * row_stride, row_size * std::ptrdiff_t{sizeof(T)},
                     patches + kh * row_size);
      }
    } else {
      CopyPatchAtBorder(geometry, input, begin, rows, columns, padding, patches);
    }
    patches += kTaps * row_size;
  }
}

// pointwise: the kernel, whose tile the weights are packed with; rule: its last argument
template <typename T, typename Pointwise, typename Rule>
void Conv3x3(const ConvGeometry& geometry, int row_begin, int row_end, const T* input, const void* packed,
             T* output, const Rule& rule, T padding, Pointwise* pointwise) {
  const int n = geometry.output_channels;
  const int k = kTaps * kTaps * geometry.input_channels;
  assert(k <= kMaxGemmK);
  T patches[kMaxGemmK + kChunkBytes / sizeof(T)];
  const int pixels = kMaxGemmK / k;
  for (int oh = row_begin; oh < row_end; ++oh) {
    for (int ow = 0; ow < geometry.output_width; ow += pixels) {
      const int ow_end = std::min(ow + pixels, geometry.output_width);
      CopyPatches(geometry, oh, ow, ow_end, input, padding, patches);
      pointwise(ow_end - ow, n, k, patches, k, packed,
                output + oh * geometry.output_row_stride + std::ptrdiff_t{ow} * n, n, rule);
    }
  }
}

}  // namespace

#if MOBILENET_HAVE_NEON
void conv3x3_f32_neon(const ConvGeometry& geometry, int row_begin, int row_end, const float* input,
                      const void* packed, float* output, const ClampF32& clamp) {
  Conv3x3(geometry, row_begin, row_end, input, packed, output, clamp, 0.0f, pointwise_f32_neon);
}
#endif

void conv3x3_f32_scalar(const ConvGeometry& geometry, int row_begin, int row_end, const float* input,
                        const void* packed, float* output, const ClampF32& clamp) {
  Conv3x3(geometry, row_begin, row_end, input, packed, output, clamp, 0.0f, pointwise_f32_scalar);
}

#if MOBILENET_HAVE_NEONDOT
void conv3x3_qu8_neondot(const ConvGeometry& geometry, int row_begin, int row_end, const uint8_t* input,
                         const void* packed, uint8_t* output, const ConvQuantization<uint8_t>& quantization) {
  Conv3x3(geometry, row_begin, row_end, input, packed, output, quantization, quantization.input_zero_point,
          pointwise_qu8_neondot);
}
#endif

#if MOBILENET_HAVE_NEON
void conv3x3_qu8_neon(const ConvGeometry& geometry, int row_begin, int row_end, const uint8_t* input,
                      const void* packed, uint8_t* output, const ConvQuantization<uint8_t>& quantization) {
  Conv3x3(geometry, row_begin, row_end, input, packed, output, quantization, quantization.input_zero_point,
          pointwise_qu8_neon);
}
#endif

void conv3x3_qu8_scalar(const ConvGeometry& geometry, int row_begin, int row_end, const uint8_t* input,
                        const void* packed, uint8_t* output, const ConvQuantization<uint8_t>& quantization) {
  Conv3x3(geometry, row_begin, row_end, input, packed, output, quantization, quantization.input_zero_point,
          pointwise_qu8_scalar);
}

#if MOBILENET_HAVE_NEONDOT
void conv3x3_qs8_neondot(const ConvGeometry& geometry, int row_begin, int row_end, const int8_t* input,
                         const void* packed, int8_t* output, const ConvQuantization<int8_t>& quantization) {
  Conv3x3(geometry, row_begin, row_end, input, packed, output, quantization, quantization.input_zero_point,
          pointwise_qs8_neondot);
}
#endif

#if MOBILENET_HAVE_NEON
void conv3x3_qs8_neon(const ConvGeometry& geometry, int row_begin, int row_end, const int8_t* input,
                      const void* packed, int8_t* output, const ConvQuantization<int8_t>& quantization) {
  Conv3x3(geometry, row_begin, row_end, input, packed, output, quantization, quantization.input_zero_point,
          pointwise_qs8_neon);
}
#endif

void conv3x3_qs8_scalar(const ConvGeometry& geometry, int row_begin, int row_end, const int8_t* input,
                        const void* packed, int8_t* output, const ConvQuantization<int8_t>& quantization) {
  Conv3x3(geometry, row_begin, row_end, input, packed, output, quantization, quantization.input_zero_point,
          pointwise_qs8_scalar);
}

}  // namespace mobilenet
