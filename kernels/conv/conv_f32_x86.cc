// A convolution as a matrix product that reads its inputs in place: for each tap of the window it has a
// pointer to the channels of the pixel below it, or to zeros. Nothing is copied, so that all pixels of a
// thread's rows can be multiplied by a block of weights while that is in the cache.
#include <cassert>
#include <cstddef>

#include "kernels/common/conv_geometry.h"
#include "kernels/common/gemm_f32_x86.h"
#include "kernels/conv/conv.h"
#include "kernels/conv/conv_patches.h"

namespace mobilenet {
namespace {

constexpr int kMostTaps = 64 * 64;

// With fewer, as a first layer has, a pointer for each tap costs more than copying the patches.
constexpr int kLeastChannels = 8;

// The padding. Not const, so that it takes no room in the program's file; it is never written.
alignas(64) float zeros[kMaxGemmK];

// As in conv.h, packed with gemm.tile, as it is for `pointwise`.
void ConvX86(const GemmTilesF32& gemm, PointwiseF32* pointwise, const ConvGeometry& g, int row_begin,
             int row_end, const float* input, const void* packed, float* output, const ClampF32& clamp) {
  const int k = g.input_channels / g.groups;
  if (k < kLeastChannels) {
    return ConvOfPatches(g, row_begin, row_end, input, packed, output, clamp, pointwise, gemm.tile);
  }
  const int n = g.output_channels / g.groups;
  const int taps = g.kernel_height * g.kernel_width;
  assert(taps <= kMostTaps && ConvK(g) <= kMaxGemmK);
  const size_t group_bytes = PackedBytesFloat<float>(n, taps * k, gemm.tile);
  // All rows in one product if they follow each other without a gap.
  const bool is_flat = g.output_row_stride == g.output_width * g.output_pixel_stride;
  const int rows_at_once = is_flat ? row_end - row_begin : 1;
  for (int group = 0; group < g.groups; ++group) {
    const float* group_input = input + std::ptrdiff_t{group} * k;
    const auto* group_packed =
        static_cast<const std::byte*>(packed) + static_cast<size_t>(group) * group_bytes;
    float* group_output = output + std::ptrdiff_t{group} * n;
    for (int oh_begin = row_begin; oh_begin < row_end; oh_begin += rows_at_once) {
      const auto rows_of = [&](int pixel, int count, const float** pointers) {
        for (int i = 0; i < count; ++i) {
          const int oh = oh_begin + (pixel + i) / g.output_width;
          const int ow = (pixel + i) % g.output_width;
          const int ih = oh * g.stride - g.pad_top;
          const int iw = ow * g.stride - g.pad_left;
          const TapRange rows = ValidTaps(ih, g.input_height, g.kernel_height);
          const TapRange columns = ValidTaps(iw, g.input_width, g.kernel_width);
          const float* first = group_input + ih * g.input_row_stride + iw * g.input_pixel_stride;
          const float** to = pointers + i;
          for (int kh = 0; kh < g.kernel_height; ++kh, first += g.input_row_stride) {
            for (int kw = 0; kw < g.kernel_width; ++kw, to += count) {
              *to = rows.Contains(kh) && columns.Contains(kw) ? first + kw * g.input_pixel_stride : zeros;
            }
          }
        }
      };
      GemmF32X86<kMostTaps>(gemm, rows_at_once * g.output_width, n, taps, k, rows_of, group_packed,
                            group_output + oh_begin * g.output_row_stride, g.output_pixel_stride, clamp);
    }
  }
}

}  // namespace

void conv_f32_avx512(const ConvGeometry& geometry, int row_begin, int row_end, const float* input,
                     const void* packed, float* output, const ClampF32& clamp) {
  ConvX86(kGemmAvx512, pointwise_f32_avx512, geometry, row_begin, row_end, input, packed, output, clamp);
}

void conv_f32_avx2(const ConvGeometry& geometry, int row_begin, int row_end, const float* input,
                   const void* packed, float* output, const ClampF32& clamp) {
  ConvX86(kGemmAvx2, pointwise_f32_avx2, geometry, row_begin, row_end, input, packed, output, clamp);
}

}  // namespace mobilenet
