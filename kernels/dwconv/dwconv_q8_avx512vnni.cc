// Depthwise 3x3 and 5x5 with the dot product of AVX-512 VNNI, which adds four products per lane: a lane is a
// column of one channel, four rows of the input, interleaved byte by byte. With stride 1 it serves two rows
// of outputs, with the weights (w0, w1, w2, 0) and (0, w0, w1, w2), of 5x5 (w0, w1, w2, w3) and (0, w0, w1,
// w2). Columns are read once from left to right.
//
// What 5x5 has below these rows, one row of the input or two, would fill half a lane. So two columns share
// one: (w4, 0, v4, 0) and (w3, w4, v3, v4), where v are the weights of the column to the right. An output is
// 8 dot products instead of 10.
//
// Inputs are unsigned: those of qu8 unchanged, those of qs8 plus 128. Outputs become int8, for qu8 less 128.
#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "kernels/common/pack_q8.h"
#include "kernels/common/requantize_avx512.h"
#include "kernels/common/unroll.h"
#include "kernels/dwconv/dwconv.h"
#include "kernels/dwconv/dwconv_rows.h"

namespace mobilenet {
namespace {

constexpr int kNr = kDwconvAvx512VnniTile.nr;
constexpr int kKr = kDwconvAvx512VnniTile.kr;

// The lanes of a window, in the order of their dot products: of each column its first four rows, then of
// pairs of columns the rows below. The last pair overlaps the one before, and has no weights for what both
// have.
template <int kTaps>
struct Lanes {
  static constexpr int kGroups = (kTaps + kKr - 1) / kKr;  // of packed weights, of a column
  static_assert(kGroups <= 2);
  static constexpr int kPairs = kGroups == 1 ? 0 : (kTaps + 1) / 2;
  static constexpr int kCount = kTaps + kPairs;
  static constexpr size_t kBlockBytes =
      sizeof(PackedBlockHeader) + (sizeof(int32_t) + sizeof(float)) * kNr + kTaps * kGroups * kNr * kKr;

  // The column that completes a lane.
  static constexpr int Column(int lane) {
    return lane < kTaps ? lane : std::min(2 * (lane - kTaps) + 1, kTaps - 1);
  }

  // Its weights, for a row of outputs 0 or 1 below the first, four in a word, from packed ones.
  template <typename Words>
  [[gnu::always_inline]] static constexpr Words Weights(int lane, int row,
                                                        const Words (&packed)[kTaps][kGroups]) {
    const int column = Column(lane);
    if (lane < kTaps) return row == 0 ? packed[column][0] : packed[column][0] << 8;
    const auto below = [&](int kw) __attribute__((always_inline)) {
      const Words(&words)[kGroups] = packed[kw];
      return row == 0 ? words[kGroups - 1] : words[kGroups - 1] << 8 | words[0] >> 24;
    };
    const Words right = below(column) << 16;
    const bool overlaps = lane > kTaps && Column(lane - 1) == column - 1;
    return overlaps ? right : right | (below(column - 1) & 0xFFFF);
  }
};

__m128i Load128(const std::byte* from) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
}

// Vectors with the bytes of 64 channels, four blocks.
struct Zmm {
  using Int = __m512i;
  using Float = __m512;
  using UnsignedWords [[gnu::vector_size(64)]] = uint32_t;
  using Mask = __mmask64;
  static constexpr int kBlocks = 4;

  static Int Load(const void* from) { return _mm512_loadu_si512(from); }
  // 16 bytes from each.
  static Int LoadParts(const std::byte* const (&from)[kBlocks], size_t offset) {
    __m512i bytes = _mm512_castsi128_si512(Load128(from[0] + offset));
    bytes = _mm512_inserti32x4(bytes, Load128(from[1] + offset), 1);
    bytes = _mm512_inserti32x4(bytes, Load128(from[2] + offset), 2);
    return _mm512_inserti32x4(bytes, Load128(from[3] + offset), 3);
  }
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
  using UnsignedWords [[gnu::vector_size(32)]] = uint32_t;
  using Mask = __mmask32;
  static constexpr int kBlocks = 2;

  static Int Load(const void* from) { return _mm256_loadu_si256(static_cast<const __m256i*>(from)); }
  static Int LoadParts(const std::byte* const (&from)[kBlocks], size_t offset) {
    return _mm256_inserti128_si256(_mm256_castsi128_si256(Load128(from[0] + offset)),
                                   Load128(from[1] + offset), 1);
  }
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
template <typename V, int kTaps>
struct Group {
  using Taps = Lanes<kTaps>;
  using Int = typename V::Int;
  static constexpr int kWords = V::kBlocks * 4;              // of a vector
  static constexpr size_t kPartBytes = 4 * sizeof(int32_t);  // of the numbers of four channels

  // Of `channels` channels from `c` on, a multiple of 4; again and again, and a multiple of 4, too, if there
  // are several pixels of them. weights_offset: what is subtracted from weights that are not signed, besides
  // their zero point
  Group(const std::byte* packed, int c, int channels, int weights_offset) {
    for (int q = 0; q < kQuarters; ++q) {
      const std::byte* numbers[V::kBlocks];
      for (int b = 0; b < V::kBlocks; ++b) {
        const int channel = c + (b * kNr + q * 4) % ((channels + 3) / 4 * 4);
        const std::byte* block = packed + static_cast<size_t>(channel / kNr) * Taps::kBlockBytes;
        const auto* header = reinterpret_cast<const PackedBlockHeader*>(block);
        are_weights_signed = are_weights_signed && header->are_weights_signed;
        are_results_small = are_results_small && header->are_results_small;
        std::fill_n(offsets[q] + b * 4, 4, header->are_weights_signed ? 0 : weights_offset);
        numbers[b] = block + sizeof(PackedBlockHeader) + static_cast<size_t>(channel % kNr / 4) * kPartBytes;
      }
      V::Store(bias[q], V::LoadParts(numbers, 0));
      V::Store(scales[q], V::LoadParts(numbers, kQuarters * kPartBytes));
      typename V::UnsignedWords columns[kTaps][Taps::kGroups];
      Unroll<kTaps * Taps::kGroups>([&](auto i) __attribute__((always_inline)) {
        const Int words = V::LoadParts(numbers, (2 + i) * kQuarters * kPartBytes);
        columns[i / Taps::kGroups][i % Taps::kGroups] = reinterpret_cast<typename V::UnsignedWords>(words);
      });
      Unroll<2>([&](auto row) __attribute__((always_inline)) {
        Unroll<Taps::kCount>([&](auto i) __attribute__((always_inline)) {
          weights[row][i][q] = reinterpret_cast<Int>(Taps::Weights(i, row, columns));
        });
      });
    }
  }

  bool are_weights_signed = true;
  bool are_results_small = true;
  alignas(64) int32_t bias[kQuarters][kWords];
  alignas(64) float scales[kQuarters][kWords];
  alignas(64) int32_t offsets[kQuarters][kWords];
  Int weights[2][Taps::kCount][kQuarters];  // of either row of outputs
};

// Packed weights that are all 1.
template <int kTaps>
struct Ones {
  constexpr Ones() {
    for (auto& column : columns) {
      for (int tap = 0; tap < kTaps; ++tap) column[tap / kKr] |= 1u << 8 * (tap % kKr);
    }
  }
  uint32_t columns[kTaps][Lanes<kTaps>::kGroups] = {};
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

// kIsCareful: V may hold more channels than there are, results may be large, and weights not signed. kStep:
// rows.column_step, or 0 for any
template <bool kIsCareful, int kStep, typename V, int kTaps, int kRows, int kStride>
[[gnu::noinline]] void ComputeRows(const DwconvRows<kTaps, std::byte, kRows, kStride> rows,
                                   const Group<V, kTaps>& group, const Rule& rule) {
  using Int = typename V::Int;
  using Mask = typename V::Mask;
  using Taps = Lanes<kTaps>;
  constexpr int kInputRows = DwconvRows<kTaps, std::byte, kRows, kStride>::kInputRows;
  constexpr int kReadRows = kKr + (Taps::kPairs == 0 ? 0 : 2);
  static_assert(kInputRows <= kReadRows);
  constexpr int kBytes = sizeof(Int);
  const Mask mask = static_cast<Mask>(~Mask{0} >> (kBytes - std::min(rows.channels, kBytes)));
  // Here, since stores of bytes may change what is read through references.
  const Int input_flip = V::Bytes(rule.input_flip);
  const Int output_flip = V::Bytes(rule.output_flip);
  const Int padding = V::Bytes(rule.padding);
  const Int zero_points = V::Halves(rule.zero_point);
  const Int min = V::Bytes(rule.min);
  const Int max = V::Bytes(rule.max);
  const auto min_less_zero_point = V::Floats(rule.min_less_zero_point);
  const auto max_less_zero_point = V::Floats(rule.max_less_zero_point);

  // 5x5 with stride 1 has too many weights and columns for the registers: two outputs of a row at a time
  // share what is read, from a ring of columns in memory.
  constexpr int kPixels = kStep == 1 && Taps::kPairs != 0 && !kIsCareful ? 2 : 1;
  constexpr bool kIsRing = kPixels > 1;
  constexpr int kColumns = kTaps + kPixels - 1;
  constexpr int kNew = kStep == 0 ? kTaps : kPixels * kStep;  // of them, from one time to the next
  constexpr int kKept = kColumns - kNew;
  struct Column {
    Int lanes[Taps::kGroups][kQuarters];  // its own, and those of the pair that it completes
  };
  Column columns[kColumns];
  [[maybe_unused]] Column* ring[kColumns];
  if constexpr (kIsRing) {
    for (int i = 0; i < kColumns; ++i) ring[i] = &columns[i];
  }
  const auto column_at = [&](int i) __attribute__((always_inline))->Column& {
    if constexpr (kIsRing) {
      return *ring[i];
    } else {
      return columns[i];
    }
  };
  Int below[2] = {padding, padding};  // what the last column adds to pairs: low and high bytes

  const auto read = [&](int column) __attribute__((always_inline)) {
    Int values[kReadRows];
    if (column >= 0 && column < rows.input_width) {
      Unroll<kReadRows>([&](auto row) __attribute__((always_inline)) {
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
    } else {
      Unroll<kReadRows>([&](auto row) __attribute__((always_inline)) { values[row] = padding; });
    }
    Column result;
    auto& lanes = result.lanes;
    Unroll<2>([&](auto half) __attribute__((always_inline)) {
      const auto interleave = [&](Int a, Int b) __attribute__((always_inline)) {
        return half == 0 ? V::InterleaveLowBytes(a, b) : V::InterleaveHighBytes(a, b);
      };
      const Int first = interleave(values[0], values[1]);
      const Int last = interleave(values[2], values[3]);
      lanes[0][2 * half] = V::InterleaveLowHalves(first, last);
      lanes[0][2 * half + 1] = V::InterleaveHighHalves(first, last);
      if constexpr (Taps::kPairs != 0) {
        const Int left = below[half];
        below[half] = interleave(values[4], values[5]);
        lanes[1][2 * half] = V::InterleaveLowHalves(left, below[half]);
        lanes[1][2 * half + 1] = V::InterleaveHighHalves(left, below[half]);
      }
    });
    return result;
  };
  // That many outputs of each row.
  const auto compute = [&](auto pixels, int ow) __attribute__((always_inline)) {
    constexpr int kOutputs = kRows * pixels;
    Int results[kOutputs][kQuarters];
    Unroll<kQuarters>([&](auto q) __attribute__((always_inline)) {
      Int sums[kOutputs];
      Unroll<kOutputs>([&](auto i) __attribute__((always_inline)) { sums[i] = V::Load(group.bias[q]); });
      Unroll<Taps::kCount>([&](auto lane) __attribute__((always_inline)) {
        Unroll<kRows>([&](auto row) __attribute__((always_inline)) {
          Int weights = group.weights[row][lane][q];
          if constexpr (pixels > 1) asm("" : "+v"(weights));  // or compilers load them for each output
          Unroll<pixels>([&](auto pixel) __attribute__((always_inline)) {
            const Column& column = column_at(Taps::Column(lane) + pixel);
            Int& sum = sums[row * pixels + pixel];
            sum = V::AddDot(sum, column.lanes[lane / kTaps][q], weights);
          });
        });
      });
      Unroll<kOutputs>([&](auto i) __attribute__((always_inline)) {
        if constexpr (kIsCareful) {
          Int of_inputs = V::Words(0);
          Unroll<Taps::kCount>([&](auto lane) __attribute__((always_inline)) {
            constexpr int kOnes = Taps::Weights(lane, i / pixels, Ones<kTaps>().columns);
            const Column& column = column_at(Taps::Column(lane) + i % pixels);
            of_inputs = V::AddDot(of_inputs, column.lanes[lane / kTaps][q], V::Words(kOnes));
          });
          sums[i] = V::Add(sums[i], V::Multiply(of_inputs, V::Load(group.offsets[q])));
        }
        auto values = V::Multiply(V::ToFloat(sums[i]), V::LoadFloats(group.scales[q]));
        if constexpr (kIsCareful) {
          values = V::Clamp(values, min_less_zero_point, max_less_zero_point);
        }
        results[i][q] = V::ToInt(values);
      });
    });
    Unroll<kOutputs>([&](auto i) __attribute__((always_inline)) {
      const Int low = V::AddHalves(V::NarrowToHalves(results[i][0], results[i][1]), zero_points);
      const Int high = V::AddHalves(V::NarrowToHalves(results[i][2], results[i][3]), zero_points);
      const Int bytes = V::Xor(V::ClampBytes(V::NarrowToBytes(low, high), min, max), output_flip);
      std::byte* to = rows.outputs[i / pixels] + (ow + i % pixels) * rows.output_step;
      if constexpr (kIsCareful) {
        V::StoreFirst(to, mask, bytes);
      } else {
        V::Store(to, bytes);
      }
    });
  };

  int column = rows.first_column;
  Unroll<kKept>([&](auto i) __attribute__((always_inline)) { column_at(i) = read(column + i); });
  for (int ow = 0; ow < rows.output_width; ow += kPixels) {
    Unroll<kNew>([&](auto n) __attribute__((always_inline)) {
      const int i = kKept + n;
      column_at(i) = read(column + i);
    });
    if (ow + kPixels <= rows.output_width) {
      compute(std::integral_constant<int, kPixels>(), ow);
    } else {
      compute(std::integral_constant<int, 1>(), ow);
    }
    if constexpr (kIsRing) {
      std::rotate(ring, ring + kNew, ring + kColumns);
    } else {
      Unroll<kKept>([&](auto i) __attribute__((always_inline)) { columns[i] = columns[i + kNew]; });
    }
    column += kStep == 0 ? rows.column_step : kNew;
  }
}

// As many channels as V holds, from `c` on. weights_offset as in Group
template <typename V, int kTaps>
void ComputeChannels(const ConvGeometry& geometry, int row_begin, int row_end, int c, const std::byte* input,
                     const std::byte* packed, std::byte* output, int weights_offset, const Rule& rule) {
  constexpr int kChannels = V::kBlocks * kNr;
  // A vector that the last channels fill, some of them computed again, is faster than one with fewer.
  const int last = geometry.output_channels - kChannels;
  if (last >= 0 && last % 4 == 0) c = std::min(c, last);
  const int channels = std::min(geometry.output_channels - c, kChannels);
  const Group<V, kTaps> group(packed, c, channels, weights_offset);
  const bool is_careful = channels < kChannels || !group.are_weights_signed || !group.are_results_small;
  std::byte padding[kChannels];
  std::fill_n(padding, kChannels, static_cast<std::byte>(rule.padding ^ rule.input_flip));
  ForEachRows(geometry.stride, row_begin, row_end, [&](auto count, auto stride, int oh) {
    const DwconvRows<kTaps, std::byte, count, stride> rows(geometry, oh, c, input, padding, output);
    if (is_careful || stride == 0) {
      ComputeRows<true, stride>(rows, group, rule);
    } else if constexpr (stride != 0) {  // larger strides are rare: one form of the code is enough
      ComputeRows<false, stride>(rows, group, rule);
    }
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

// 3x3 of all channels of such a map, several pixels at a time, except at the borders.
void ComputePixels(const ConvGeometry& geometry, int row_begin, int row_end, const std::byte* input,
                   const std::byte* packed, std::byte* output, int weights_offset, const Rule& rule) {
  constexpr int kTaps = 3;
  constexpr int kBytes = Zmm::kBlocks * kNr;
  const int channels = geometry.output_channels;
  const int pixels = kBytes / channels;
  const Group<Zmm, kTaps> group(packed, 0, channels, weights_offset);
  const Group<Ymm, kTaps> group_of_pixel(packed, 0, channels, weights_offset);
  const bool is_careful = !group.are_weights_signed || !group.are_results_small;
  std::byte padding[kBytes];
  std::fill_n(padding, kBytes, static_cast<std::byte>(rule.padding ^ rule.input_flip));
  // The outputs whose columns are all inside the input.
  const int begin = std::min(geometry.pad_left, geometry.output_width);
  const int inside = std::min(geometry.output_width, geometry.input_width + geometry.pad_left - (kTaps - 1));
  const int vectors = std::max(0, inside - begin) / pixels;
  const int end = begin + vectors * pixels;
  ForEachRows(1, row_begin, row_end, [&](auto count, auto, int oh) {
    const DwconvRows<kTaps, std::byte, count, 1> rows(geometry, oh, 0, input, padding, output);
    ComputeRows<true, 1>(rows.Part(0, begin), group_of_pixel, rule);
    DwconvRows<kTaps, std::byte, count, 1> middle = rows.Part(begin, end);
    middle.output_width = vectors;
    middle.output_step *= pixels;
    middle.column_step = pixels;
    middle.channels = kBytes;
    is_careful ? ComputeRows<true, 0>(middle, group, rule) : ComputeRows<false, 0>(middle, group, rule);
    ComputeRows<true, 1>(rows.Part(end, geometry.output_width), group_of_pixel, rule);
  });
}

template <int kTaps, typename T>
void Dwconv(const ConvGeometry& geometry, int row_begin, int row_end, const T* input, const void* packed,
            T* output, const ConvQuantization<T>& quantization) {
  assert(geometry.kernel_height == kTaps && geometry.kernel_width == kTaps);
  const Rule rule(quantization);
  const int weights_offset = kSignedOffset<T> - quantization.weights_zero_point;
  const auto compute = [&](auto vectors, int c) {
    ComputeChannels<decltype(vectors), kTaps>(
        geometry, row_begin, row_end, c, reinterpret_cast<const std::byte*>(input),
        static_cast<const std::byte*>(packed), reinterpret_cast<std::byte*>(output), weights_offset, rule);
  };
  int c = 0;
  if constexpr (kTaps == 3) {
    if (HasPixelsInVectors(geometry)) {
      ComputePixels(geometry, row_begin, row_end, reinterpret_cast<const std::byte*>(input),
                    static_cast<const std::byte*>(packed), reinterpret_cast<std::byte*>(output),
                    weights_offset, rule);
      return;
    }
    for (; geometry.output_channels - c > Ymm::kBlocks * kNr; c += Zmm::kBlocks * kNr) compute(Zmm(), c);
    if (c < geometry.output_channels) compute(Ymm(), c);
  } else {
    // In all known networks its channels fill whole vectors.
    for (; c < geometry.output_channels; c += Zmm::kBlocks * kNr) compute(Zmm(), c);
  }
}

}  // namespace

void dwconv_qu8_3x3_avx512vnni(const ConvGeometry& geometry, int row_begin, int row_end, const uint8_t* input,
                               const void* packed, uint8_t* output,
                               const ConvQuantization<uint8_t>& quantization) {
  Dwconv<3>(geometry, row_begin, row_end, input, packed, output, quantization);
}

void dwconv_qu8_5x5_avx512vnni(const ConvGeometry& geometry, int row_begin, int row_end, const uint8_t* input,
                               const void* packed, uint8_t* output,
                               const ConvQuantization<uint8_t>& quantization) {
  Dwconv<5>(geometry, row_begin, row_end, input, packed, output, quantization);
}

void dwconv_qs8_3x3_avx512vnni(const ConvGeometry& geometry, int row_begin, int row_end, const int8_t* input,
                               const void* packed, int8_t* output,
                               const ConvQuantization<int8_t>& quantization) {
  Dwconv<3>(geometry, row_begin, row_end, input, packed, output, quantization);
}

void dwconv_qs8_5x5_avx512vnni(const ConvGeometry& geometry, int row_begin, int row_end, const int8_t* input,
                               const void* packed, int8_t* output,
                               const ConvQuantization<int8_t>& quantization) {
  Dwconv<5>(geometry, row_begin, row_end, input, packed, output, quantization);
}

}  // namespace mobilenet
