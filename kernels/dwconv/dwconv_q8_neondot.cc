// Depthwise 3x3 with the dot product of ARMv8.2, which adds up four products a lane: a lane is a channel, the
// products are the three taps of a row of the window and a fourth whose weight is 0. Four neighbouring pixels
// of the input are zipped, channel by channel, for that; with stride 1 they serve two outputs, whose weights
// are those of one moved on by a tap. All in all half of the instructions of multiplying 8 to 16 bits, and
// none of the multiplications, of which a Cortex-A76 has one a cycle and of dot products two.
#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>

#include "kernels/common/requantize_neon.h"
#include "kernels/common/unroll.h"
#include "kernels/dwconv/dwconv.h"
#include "kernels/dwconv/dwconv_neon.h"

namespace mobilenet {
namespace {

constexpr int kTaps = 3;
constexpr int kNr = kDwconvNeonDotTile.nr;
constexpr int kKr = kDwconvNeonDotTile.kr;
constexpr size_t kBlockBytes = (sizeof(int32_t) + sizeof(float) + kTaps * kKr) * kNr;

// One block of packed weights.
struct Block {
  explicit Block(const std::byte* packed)
      : bias(reinterpret_cast<const int32_t*>(packed)),
        scales(reinterpret_cast<const float*>(bias + kNr)),
        weights(reinterpret_cast<const int8_t*>(scales + kNr)) {}

  const int32_t* bias;
  const float* scales;
  const int8_t* weights;  // (KH, 8, 4)
};

// ConvQuantization in vector registers.
struct Quantization {
  explicit Quantization(const ConvQuantization<int8_t>& quantization)
      : padding(vdup_n_s8(quantization.input_zero_point)), output(quantization.output) {}

  int8x8_t padding;
  RequantizeNeon output;
};

// a[0], b[0], a[1], b[1], ...
inline int16x8_t Zip(int8x8_t a, int8x8_t b) {
#if defined(__aarch64__)
  return vreinterpretq_s16_s8(vzip1q_s8(vcombine_s8(a, vdup_n_s8(0)), vcombine_s8(b, vdup_n_s8(0))));
#else
  const int8x8x2_t zipped = vzip_s8(a, b);
  return vreinterpretq_s16_s8(vcombine_s8(zipped.val[0], zipped.val[1]));
#endif
}

// Four taps of 8 channels, channel by channel: two vectors of four channels.
struct Taps {
  // From two pairs of pixels that are zipped already.
  Taps(int16x8_t first, int16x8_t second) {
    const int16x8x2_t zipped = vzipq_s16(first, second);
    low = vreinterpretq_s8_s16(zipped.val[0]);
    high = vreinterpretq_s8_s16(zipped.val[1]);
  }
  explicit Taps(const int8_t* packed) : low(vld1q_s8(packed)), high(vld1q_s8(packed + 16)) {}

  // The first three are the last three.
  Taps Moved() const {
    Taps moved = *this;
    moved.low = vreinterpretq_s8_u32(vshlq_n_u32(vreinterpretq_u32_s8(low), 8));
    moved.high = vreinterpretq_s8_u32(vshlq_n_u32(vreinterpretq_u32_s8(high), 8));
    return moved;
  }

  int8x16_t low;
  int8x16_t high;
};

// The sums of 8 channels.
struct Sums {
  explicit Sums(const int32_t* bias) : low(vld1q_s32(bias)), high(vld1q_s32(bias + 4)) {}

  void Add(const Taps& values, const Taps& weights) {
    low = vdotq_s32(low, values.low, weights.low);
    high = vdotq_s32(high, values.high, weights.high);
  }
  // Less the zero point.
  int16x8_t Requantized(const float* scales, const RequantizeNeon& output) const {
    return RequantizeLessZeroPoint(low, high, vld1q_f32(scales), vld1q_f32(scales + 4), output);
  }

  int32x4_t low;
  int32x4_t high;
};

// Adds a row of the window to the sums of kTilePixels outputs. values: of the input columns, 8 channels each
template <int kStride, int kCount>
[[gnu::always_inline]] inline void AddRow(const int8x8_t (&values)[kCount], const Taps& weights,
                                          Sums (&sums)[kTilePixels]) {
  static_assert(kTilePixels == 4);
  constexpr int kPairs = (kCount + 1) / 2;
  int16x8_t pairs[kPairs];
  Unroll<kPairs>([&](auto i) {
    constexpr int second = std::min(i * 2 + 1, kCount - 1);  // whatever meets the weight 0
    pairs[i] = Zip(values[i * 2], values[second]);
  });
  if constexpr (kStride == 1) {
    const Taps moved = weights.Moved();
    Unroll<2>([&](auto i) {
      const Taps taps(pairs[i], pairs[i + 1]);
      sums[i * 2].Add(taps, weights);
      sums[i * 2 + 1].Add(taps, moved);
    });
  } else {
    static_assert(kStride == 2);
    Unroll<kTilePixels>([&](auto i) { sums[i].Add(Taps(pairs[i], pairs[i + 1]), weights); });
  }
}

template <int kStride, int kMissingLeft, int kMissingRight>
[[gnu::noinline]] void Tile(TileColumns<kTaps, kStride, kMissingLeft, kMissingRight> columns, TilePlace place,
                            const ConvGeometry& geometry, const int8_t* input, const std::byte* packed,
                            int8_t* output, Quantization quantization) {
  const std::ptrdiff_t channels = geometry.output_channels;
  const std::ptrdiff_t row_stride = geometry.input_row_stride;
  const std::ptrdiff_t pixel_stride = geometry.input_pixel_stride;
  const std::ptrdiff_t output_stride = geometry.output_pixel_stride;
  for (std::ptrdiff_t c = 0; c + kNr <= channels; c += kNr, packed += kBlockBytes) {
    const Block block(packed);
    Sums sums[kTilePixels] = {Sums(block.bias), Sums(block.bias), Sums(block.bias), Sums(block.bias)};
    Unroll<kTaps>([&](auto kh) {
      int8x8_t values[columns.kCount];
      std::fill_n(values, columns.kCount, quantization.padding);
      if (place.rows.Contains(kh)) {
        const int8_t* row = input + (place.input_offset + c + kh * row_stride);
        Unroll<columns.kCount>([&](auto column) {
          if constexpr (columns.IsInside(column)) values[column] = vld1_s8(row + column * pixel_stride);
        });
      }
      AddRow<kStride>(values, Taps(block.weights + kh * kNr * kKr), sums);
    });
    Unroll<kTilePixels / 2>([&](auto i) {
      constexpr int pixel = i * 2;
      const uint8x16_t results =
          AddZeroPoint(sums[pixel].Requantized(block.scales, quantization.output),
                       sums[pixel + 1].Requantized(block.scales, quantization.output), quantization.output);
      int8_t* first = output + place.output_offset + pixel * output_stride + c;
      vst1_s8(first, vreinterpret_s8_u8(vget_low_u8(results)));
      vst1_s8(first + output_stride, vreinterpret_s8_u8(vget_high_u8(results)));
    });
  }
}

void Pixel(TapRange columns, const TilePlace& place, int c_begin, const ConvGeometry& geometry,
           const int8_t* input, const std::byte* packed, int8_t* output, const Quantization& quantization) {
  const int channels = geometry.output_channels;
  for (int c = c_begin; c < channels; c += kNr) {
    const Block block(packed + static_cast<size_t>(c / kNr) * kBlockBytes);
    Sums sums(block.bias);
    for (int kh = 0; kh < kTaps; ++kh) {
      int8x8_t values[kTaps];
      const int8_t* row = input + (place.input_offset + kh * geometry.input_row_stride + c);
      Unroll<kTaps>([&](auto kw) {
        const bool is_inside = place.rows.Contains(kh) && columns.Contains(kw);
        values[kw] = is_inside ? vld1_s8(row + kw * geometry.input_pixel_stride) : quantization.padding;
      });
      sums.Add(Taps(Zip(values[0], values[1]), Zip(values[2], values[2])),
               Taps(block.weights + kh * kNr * kKr));
    }
    const int16x8_t results = sums.Requantized(block.scales, quantization.output);
    uint8_t bytes[2 * kNr];
    vst1q_u8(bytes, AddZeroPoint(results, results, quantization.output));
    std::copy_n(reinterpret_cast<const int8_t*>(bytes), std::min(kNr, channels - c),
                output + place.output_offset + c);
  }
}

}  // namespace

void dwconv_qs8_3x3_neondot(const ConvGeometry& geometry, int row_begin, int row_end, const int8_t* input,
                            const void* packed, int8_t* output,
                            const ConvQuantization<int8_t>& quantization) {
  assert(geometry.kernel_height == kTaps && geometry.kernel_width == kTaps);
  const auto* blocks = static_cast<const std::byte*>(packed);
  const Quantization quantization_neon(quantization);
  ForEachTile<kTaps>(
      geometry, row_begin, row_end,
      [&](auto columns, const TilePlace& place) {
        Tile(columns, place, geometry, input, blocks, output, quantization_neon);
      },
      [&](TapRange columns, const TilePlace& place, int c_begin) {
        Pixel(columns, place, c_begin, geometry, input, blocks, output, quantization_neon);
      });
}

}  // namespace mobilenet
