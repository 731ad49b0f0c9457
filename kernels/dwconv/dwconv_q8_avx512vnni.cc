// Depthwise 3x3 with the dot product of AVX-512 VNNI, which adds four products per lane: a lane is a column
// of one channel, up to four rows of the input, interleaved byte by byte. With stride 1 it serves two rows of
// outputs, with the weights (w0, w1, w2, 0) and (0, w0, w1, w2). Columns are read once from left to right.
//
// Inputs are unsigned: those of qu8 unchanged, those of qs8 plus 128. Outputs become int8, for qu8 less 128.
#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "kernels/common/pack_q8.h"
#include "kernels/common/requantize_avx512.h"
#include "kernels/common/unroll.h"
#include "kernels/dwconv/dwconv.h"
#include "kernels/dwconv/dwconv_columns_x86.h"

namespace mobilenet {
namespace {

constexpr int kNr = kDwconvAvx512VnniTile.nr;
constexpr int kKr = kDwconvAvx512VnniTile.kr;
constexpr int kColumnBytes = kNr * kKr;  // of weights
constexpr size_t kBlockBytes =
    sizeof(PackedBlockHeader) + (sizeof(int32_t) + sizeof(float)) * kNr + kTaps * kColumnBytes;

// Vectors with the bytes of 64 channels, four blocks.
struct Zmm {
  using Int = __m512i;
  using Float = __m512;
  using Mask = __mmask64;
  static constexpr int kBlocks = 4;

  static Int Load(const void* from) { return _mm512_loadu_si512(from); }
  static Int LoadFirst(Mask mask, const void* from) { return _mm512_maskz_loadu_epi8(mask, from); }
  static void Store(void* to, Int bytes) { _mm512_storeu_si512(to, bytes); }
  static void StoreFirst(void* to, Mask mask, Int bytes) { _mm512_mask_storeu_epi8(to, mask, bytes); }
  static Float LoadFloats(const float* from) { return _mm512_loadu_ps(from); }
  static Int Bytes(int value) { return _mm512_set1_epi8(static_cast<char>(value)); }
  static Int Halves(int value) { return _mm512_set1_epi16(static_cast<int16_t>(value)); }
  static Int Words(int value) { return _mm512_set1_epi32(value); }
  static Float Floats(float value) { return _mm512_set1_ps(value); }
  static Int Xor(Int a, Int b) { return _mm512_xor_si512(a, b); }
  static Int InterleaveLowBytes(Int a, Int b) { return _mm512_unpacklo_epi8(a, b); }
  static Int InterleaveHighBytes(Int a, Int b) { return _mm512_unpackhi_epi8(a, b); }
  static Int InterleaveLowHalves(Int a, Int b) { return _mm512_unpacklo_epi16(a, b); }
  static Int InterleaveHighHalves(Int a, Int b) { return _mm512_unpackhi_epi16(a, b); }
  static Int AddDot(Int sums, Int inputs, Int weights) { return _mm512_dpbusd_epi32(sums, inputs, weights); }
  static Int Add(Int a, Int b) { return _mm512_add_epi32(a, b); }
  static Int Multiply(Int a, Int b) { return _mm512_mullo_epi32(a, b); }
  static Float Multiply(Float a, Float b) { return _mm512_mul_ps(a, b); }
  static Float ToFloat(Int sums) { return ToFloats(sums); }
  static Int ToInt(Float values) { return ToInts(values); }
  static Float Clamp(Float values, Float min, Float max) { return ClampFloats(values, min, max); }
  static Int NarrowToHalves(Int a, Int b) { return _mm512_packs_epi32(a, b); }
  static Int NarrowToBytes(Int a, Int b) { return _mm512_packs_epi16(a, b); }
  static Int AddHalves(Int a, Int b) { return _mm512_adds_epi16(a, b); }
  static Int ClampBytes(Int bytes, Int min, Int max) {
    return _mm512_min_epi8(_mm512_max_epi8(bytes, min), max);
  }
};

// The same with 32 channels, two blocks.
struct Ymm {
  using Int = __m256i;
  using Float = __m256;
  using Mask = __mmask32;
  static constexpr int kBlocks = 2;

  static Int Load(const void* from) { return _mm256_loadu_si256(static_cast<const __m256i*>(from)); }
  static Int LoadFirst(Mask mask, const void* from) { return _mm256_maskz_loadu_epi8(mask, from); }
  static void Store(void* to, Int bytes) { _mm256_storeu_si256(static_cast<__m256i*>(to), bytes); }
  static void StoreFirst(void* to, Mask mask, Int bytes) { _mm256_mask_storeu_epi8(to, mask, bytes); }
  static Float LoadFloats(const float* from) { return _mm256_loadu_ps(from); }
  static Int Bytes(int value) { return _mm256_set1_epi8(static_cast<char>(value)); }
  static Int Halves(int value) { return _mm256_set1_epi16(static_cast<int16_t>(value)); }
  static Int Words(int value) { return _mm256_set1_epi32(value); }
  static Float Floats(float value) { return _mm256_set1_ps(value); }
  static Int Xor(Int a, Int b) { return _mm256_xor_si256(a, b); }
  static Int InterleaveLowBytes(Int a, Int b) { return _mm256_unpacklo_epi8(a, b); }
  static Int InterleaveHighBytes(Int a, Int b) { return _mm256_unpackhi_epi8(a, b); }
  static Int InterleaveLowHalves(Int a, Int b) { return _mm256_unpacklo_epi16(a, b); }
  static Int InterleaveHighHalves(Int a, Int b) { return _mm256_unpackhi_epi16(a, b); }
  static Int AddDot(Int sums, Int inputs, Int weights) { return _mm256_dpbusd_epi32(sums, inputs, weights); }
  static Int Add(Int a, Int b) { return _mm256_add_epi32(a, b); }
  static Int Multiply(Int a, Int b) { return _mm256_mullo_epi32(a, b); }
  static Float Multiply(Float a, Float b) { return _mm256_mul_ps(a, b); }
  static Float ToFloat(Int sums) { return _mm256_cvtepi32_ps(sums); }
  static Int ToInt(Float values) { return _mm256_cvtps_epi32(values); }
  static Float Clamp(Float values, Float min, Float max) {
    return _mm256_min_ps(_mm256_max_ps(values, min), max);
  }
  static Int NarrowToHalves(Int a, Int b) { return _mm256_packs_epi32(a, b); }
  static Int NarrowToBytes(Int a, Int b) { return _mm256_packs_epi16(a, b); }
  static Int AddHalves(Int a, Int b) { return _mm256_adds_epi16(a, b); }
  static Int ClampBytes(Int bytes, Int min, Int max) {
    return _mm256_min_epi8(_mm256_max_epi8(bytes, min), max);
  }
};

constexpr int kQuarters = 4;  // of a block: interleaving the bytes of 16 channels gives these

// The numbers of a group of channels, or of the same few channels of several pixels, in the order in which
// their inputs are interleaved: vector q has those of bytes 4 q ... 4 q + 3 of every 16.
template <typename V>
struct Group {
  static constexpr int kLanes = V::kBlocks * 4;

  // Of `channels` channels, again and again, a multiple of 4 if there are several pixels of them.
  // weights_offset: what is subtracted from weights that are not signed, besides their zero point
  Group(const std::byte* packed, int channels, int weights_offset) {
    for (int b = 0; b < V::kBlocks; ++b) {
      const int lane = b * 4;
      for (int q = 0; q < kQuarters; ++q) {
        const int channel = (b * kNr + q * 4) % ((channels + 3) / 4 * 4);
        const std::byte* block = packed + static_cast<size_t>(channel / kNr) * kBlockBytes;
        const auto* header = reinterpret_cast<const PackedBlockHeader*>(block);
        are_weights_signed = are_weights_signed && header->are_weights_signed;
        are_results_small = are_results_small && header->are_results_small;
        std::fill_n(offsets[q] + lane, 4, header->are_weights_signed ? 0 : weights_offset);
        constexpr size_t kFour = 4 * sizeof(int32_t);
        const std::byte* numbers =
            block + sizeof(PackedBlockHeader) + static_cast<size_t>(channel % kNr / 4) * kFour;
        std::memcpy(bias[q] + lane, numbers, kFour);
        std::memcpy(scales[q] + lane, numbers + kQuarters * kFour, kFour);
        for (int kw = 0; kw < kTaps; ++kw) {
          const std::byte* column = numbers + static_cast<size_t>((2 + kw) * kQuarters) * kFour;
          std::memcpy(weights[0][kw][q] + lane, column, kFour);
        }
      }
    }
    // The same taps one row further down.
    for (int kw = 0; kw < kTaps; ++kw) {
      for (int q = 0; q < kQuarters; ++q) {
        for (int lane = 0; lane < kLanes; ++lane) weights[1][kw][q][lane] = weights[0][kw][q][lane] << 8;
      }
    }
  }

  bool are_weights_signed = true;
  bool are_results_small = true;
  alignas(64) int32_t bias[kQuarters][kLanes];
  alignas(64) float scales[kQuarters][kLanes];
  alignas(64) uint32_t weights[2][kTaps][kQuarters][kLanes];  // of either row of outputs
  alignas(64) int32_t offsets[kQuarters][kLanes];
};

// What all channels and rows of a layer have in common.
struct Rule {
  template <typename T>
  explicit Rule(const ConvQuantization<T>& quantization)
      : input_flip(std::is_signed_v<T> ? 128 : 0),
        output_flip(std::is_signed_v<T> ? 0 : 128),
        padding(static_cast<uint8_t>(quantization.input_zero_point) ^ input_flip),
        min_less_zero_point(quantization.output.min_less_zero_point),
        max_less_zero_point(quantization.output.max_less_zero_point),
        zero_point(quantization.output.zero_point - output_flip),
        min(static_cast<int>(min_less_zero_point) + zero_point),
        max(static_cast<int>(max_less_zero_point) + zero_point) {}

  int input_flip;   // this exclusive or turns inputs into unsigned bytes
  int output_flip;  // and outputs, computed as int8, into their type
  int padding;      // an unsigned input
  float min_less_zero_point;
  float max_less_zero_point;
  int zero_point;  // of the outputs as int8
  int min;
  int max;
};

template <typename V>
struct Column {
  typename V::Int quarters[kQuarters];
};

// kIsCareful: V may hold more channels than there are, results may be large, and weights not signed. kStep as
// in ForEachOutput
template <bool kIsCareful, int kStep, typename V, int kRows, int kStride>
[[gnu::noinline]] void ComputeRows(const DwconvRows<std::byte, kRows, kStride> rows, const Group<V>& group,
                                   const Rule& rule) {
  using Int = typename V::Int;
  using Mask = typename V::Mask;
  constexpr int kInputRows = DwconvRows<std::byte, kRows, kStride>::kInputRows;
  static_assert(kInputRows <= kKr);
  constexpr int kBytes = sizeof(Int);
  const Mask mask = static_cast<Mask>(~Mask{0} >> (kBytes - std::min(rows.channels, kBytes)));
  // Here, since stores of bytes may change what is read through references.
  const Int input_flip = V::Bytes(rule.input_flip);
  const Int output_flip = V::Bytes(rule.output_flip);
  const Int zero_points = V::Halves(rule.zero_point);
  const Int min = V::Bytes(rule.min);
  const Int max = V::Bytes(rule.max);
  const auto min_less_zero_point = V::Floats(rule.min_less_zero_point);
  const auto max_less_zero_point = V::Floats(rule.max_less_zero_point);

  const auto load = [&](int column) __attribute__((always_inline)) {
    Int values[kKr];
    Unroll<kKr>([&](auto row) __attribute__((always_inline)) {
      if constexpr (row < kInputRows) {
        const std::byte* from = rows.inputs[row] + column * rows.steps[row];
        if constexpr (kIsCareful) {
          values[row] = V::Xor(V::LoadFirst(mask, from), input_flip);
        } else {
          values[row] = V::Xor(V::Load(from), input_flip);
        }
      } else {
        values[row] = values[row - 1];  // any value: its weight is 0
      }
    });
    const Int low_first = V::InterleaveLowBytes(values[0], values[1]);
    const Int low_last = V::InterleaveLowBytes(values[2], values[3]);
    const Int high_first = V::InterleaveHighBytes(values[0], values[1]);
    const Int high_last = V::InterleaveHighBytes(values[2], values[3]);
    return Column<V>{
        {V::InterleaveLowHalves(low_first, low_last), V::InterleaveHighHalves(low_first, low_last),
         V::InterleaveLowHalves(high_first, high_last), V::InterleaveHighHalves(high_first, high_last)}};
  };
  const auto store = [&](int ow, const Column<V>& first, const Column<V>& second, const Column<V>& third)
      __attribute__((always_inline)) {
    Unroll<kRows>([&](auto row) __attribute__((always_inline)) {
      Int results[kQuarters];
      Unroll<kQuarters>([&](auto q) __attribute__((always_inline)) {
        const auto& weights = group.weights[row];
        Int sums = V::Load(group.bias[q]);
        sums = V::AddDot(sums, first.quarters[q], V::Load(weights[0][q]));
        sums = V::AddDot(sums, second.quarters[q], V::Load(weights[1][q]));
        sums = V::AddDot(sums, third.quarters[q], V::Load(weights[2][q]));
        if constexpr (kIsCareful) {
          const Int ones = V::Words(row == 0 ? 0x00010101 : 0x01010100);
          Int of_inputs = V::AddDot(V::Words(0), first.quarters[q], ones);
          of_inputs = V::AddDot(of_inputs, second.quarters[q], ones);
          of_inputs = V::AddDot(of_inputs, third.quarters[q], ones);
          sums = V::Add(sums, V::Multiply(of_inputs, V::Load(group.offsets[q])));
        }
        auto values = V::Multiply(V::ToFloat(sums), V::LoadFloats(group.scales[q]));
        if constexpr (kIsCareful) {
          values = V::Clamp(values, min_less_zero_point, max_less_zero_point);
        }
        results[q] = V::ToInt(values);
      });
      const Int low = V::AddHalves(V::NarrowToHalves(results[0], results[1]), zero_points);
      const Int high = V::AddHalves(V::NarrowToHalves(results[2], results[3]), zero_points);
      const Int bytes = V::Xor(V::ClampBytes(V::NarrowToBytes(low, high), min, max), output_flip);
      std::byte* to = rows.outputs[row] + ow * rows.output_step;
      if constexpr (kIsCareful) {
        V::StoreFirst(to, mask, bytes);
      } else {
        V::Store(to, bytes);
      }
    });
  };

  const Int padding = V::Bytes(rule.padding);
  ForEachOutput<kStep>(rows, Column<V>{{padding, padding, padding, padding}}, load, store);
}

// As many channels as V holds, from `c` on. weights_offset as in Group
template <typename V>
void ComputeChannels(const ConvGeometry& geometry, int row_begin, int row_end, int c, const std::byte* input,
                     const std::byte* packed, std::byte* output, int weights_offset, const Rule& rule) {
  constexpr int kChannels = V::kBlocks * kNr;
  const int channels = std::min(geometry.output_channels - c, kChannels);
  const Group<V> group(packed + static_cast<size_t>(c / kNr) * kBlockBytes, channels, weights_offset);
  const bool is_careful = channels < kChannels || !group.are_weights_signed || !group.are_results_small;
  std::byte padding[kChannels];
  std::fill_n(padding, kChannels, static_cast<std::byte>(rule.padding ^ rule.input_flip));
  ForEachRows(geometry.stride, row_begin, row_end, [&](auto count, auto stride, int oh) {
    const DwconvRows<std::byte, count, stride> rows(geometry, oh, c, input, padding, output);
    is_careful ? ComputeRows<true, stride>(rows, group, rule) : ComputeRows<false, stride>(rows, group, rule);
  });
}

// Whether pixels have so few channels side by side that a vector holds several pixels, of inputs and outputs
// alike.
bool HasPixelsInVectors(const ConvGeometry& geometry) {
  const int channels = geometry.output_channels;
  return geometry.stride == 1 && channels % 4 == 0 && channels <= Zmm::kBlocks * kNr / 2 &&
         Zmm::kBlocks * kNr % channels == 0 && geometry.input_pixel_stride == channels &&
         geometry.output_pixel_stride == channels;
}

// All channels of such a map, several pixels at a time, except at the borders.
void ComputePixels(const ConvGeometry& geometry, int row_begin, int row_end, const std::byte* input,
                   const std::byte* packed, std::byte* output, int weights_offset, const Rule& rule) {
  constexpr int kBytes = Zmm::kBlocks * kNr;
  const int channels = geometry.output_channels;
  const int pixels = kBytes / channels;
  const Group<Zmm> group(packed, channels, weights_offset);
  const Group<Ymm> group_of_pixel(packed, channels, weights_offset);
  const bool is_careful = !group.are_weights_signed || !group.are_results_small;
  std::byte padding[kBytes];
  std::fill_n(padding, kBytes, static_cast<std::byte>(rule.padding ^ rule.input_flip));
  // The outputs whose columns are all inside the input.
  const int begin = std::min(geometry.pad_left, geometry.output_width);
  const int inside = std::min(geometry.output_width, geometry.input_width + geometry.pad_left - (kTaps - 1));
  const int vectors = std::max(0, inside - begin) / pixels;
  const int end = begin + vectors * pixels;
  ForEachRows(1, row_begin, row_end, [&](auto count, auto, int oh) {
    const DwconvRows<std::byte, count, 1> rows(geometry, oh, 0, input, padding, output);
    ComputeRows<true, 1>(rows.Part(0, begin), group_of_pixel, rule);
    DwconvRows<std::byte, count, 1> middle = rows.Part(begin, end);
    middle.output_width = vectors;
    middle.output_step *= pixels;
    middle.column_step = pixels;
    middle.channels = kBytes;
    is_careful ? ComputeRows<true, 0>(middle, group, rule) : ComputeRows<false, 0>(middle, group, rule);
    ComputeRows<true, 1>(rows.Part(end, geometry.output_width), group_of_pixel, rule);
  });
}

template <typename T>
void Dwconv(const ConvGeometry& geometry, int row_begin, int row_end, const T* input, const void* packed,
            T* output, const ConvQuantization<T>& quantization) {
  assert(geometry.kernel_height == kTaps && geometry.kernel_width == kTaps);
  const Rule rule(quantization);
  const int weights_offset = kSignedOffset<T> - quantization.weights_zero_point;
  const auto compute = [&](auto vectors, int c) {
    ComputeChannels<decltype(vectors)>(
        geometry, row_begin, row_end, c, reinterpret_cast<const std::byte*>(input),
        static_cast<const std::byte*>(packed), reinterpret_cast<std::byte*>(output), weights_offset, rule);
  };
  if (HasPixelsInVectors(geometry)) {
    ComputePixels(geometry, row_begin, row_end, reinterpret_cast<const std::byte*>(input),
                  static_cast<const std::byte*>(packed), reinterpret_cast<std::byte*>(output), weights_offset,
                  rule);
    return;
  }
  int c = 0;
  for (; geometry.output_channels - c > Ymm::kBlocks * kNr; c += Zmm::kBlocks * kNr) compute(Zmm(), c);
  if (c < geometry.output_channels) compute(Ymm(), c);
}

}  // namespace

void dwconv_qu8_3x3_avx512vnni(const ConvGeometry& geometry, int row_begin, int row_end, const uint8_t* input,
                               const void* packed, uint8_t* output,
                               const ConvQuantization<uint8_t>& quantization) {
  Dwconv(geometry, row_begin, row_end, input, packed, output, quantization);
}

void dwconv_qs8_3x3_avx512vnni(const ConvGeometry& geometry, int row_begin, int row_end, const int8_t* input,
                               const void* packed, int8_t* output,
                               const ConvQuantization<int8_t>& quantization) {
  Dwconv(geometry, row_begin, row_end, input, packed, output, quantization);
}

}  // namespace mobilenet
