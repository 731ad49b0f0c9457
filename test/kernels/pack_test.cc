#include <cstring>
#include <limits>
#include <numeric>

#include "kernels/common/pack_q8.h"
#include "kernels/conv/conv.h"
#include "kernels/dwconv/dwconv.h"
#include "test/kernels/reference.h"
#include "test/support/catch.h"

namespace mobilenet::test {
namespace {

// first, first + 1, ...
template <typename T>
std::vector<T> Iota(size_t count, T first) {
  std::vector<T> values(count);
  std::iota(values.begin(), values.end(), first);
  return values;
}

// One block of quantised weights, read back field by field.
template <typename T>
struct Block {
  Block(const std::vector<float>& packed, size_t offset_bytes, int nr, int weights_count)
      : bias(static_cast<size_t>(nr)),
        scales(static_cast<size_t>(nr)),
        weights(static_cast<size_t>(weights_count)) {
    const auto* bytes = reinterpret_cast<const std::byte*>(packed.data()) + offset_bytes;
    std::memcpy(bias.data(), bytes, bias.size() * 4);
    std::memcpy(scales.data(), bytes + nr * 4, scales.size() * 4);
    std::memcpy(weights.data(), bytes + nr * 8, weights.size());
  }
  std::vector<int32_t> bias;
  std::vector<float> scales;
  std::vector<T> weights;
};

TEST_CASE("gemm packing f32: blocks of biases and [K, nr] weights, filled up with 0") {
  // N = 5, K = 2: weights [[1, 2], [3, 4], [5, 6], [7, 8], [9, 10]]
  const std::vector<float> weights = Iota(10, 1.0f);
  const std::vector<float> bias = {-1, -2, -3, -4, -5};
  REQUIRE(PackedBlockBytesFloat<float>(2, {4, 1}) == 12 * sizeof(float));
  REQUIRE(PackedBytesFloat<float>(5, 2, {4, 1}) == 24 * sizeof(float));
  std::vector<float> packed(24, 99);
  PackGemmFloat<float>(5, 2, weights.data(), bias.data(), {4, 1}, packed.data());
  const std::vector<float> expected = {-1, -2, -3, -4, 1, 3, 5, 7, 2,  4, 6, 8,  //
                                       -5, 0,  0,  0,  9, 0, 0, 0, 10, 0, 0, 0};
  REQUIRE(packed == expected);
}

TEST_CASE("gemm packing f32 in groups of k") {
  // N = 2, K = 3, in groups of 2
  const std::vector<float> weights = Iota(6, 1.0f);
  const std::vector<float> bias = {-1, -2};
  REQUIRE(PackedBytesFloat<float>(2, 3, {4, 2}) == 20 * sizeof(float));
  std::vector<float> packed(20, 99);
  PackGemmFloat<float>(2, 3, weights.data(), bias.data(), {4, 2}, packed.data());
  const std::vector<float> expected = {-1, -2, 0, 0,              //
                                       1,  2,  4, 5, 0, 0, 0, 0,  //
                                       3,  0,  6, 0, 0, 0, 0, 0};
  REQUIRE(packed == expected);
}

TEST_CASE("gemm packing qu8: biases with the input's zero point, scales, weights in groups of k") {
  // N = 5, K = 3, in groups of 4; zero points: weights 7, input 10
  const std::vector<uint8_t> weights = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  const std::vector<int32_t> bias = {100, 200, 300, 400, 500};
  const std::vector<float> scales = {0.1f, 0.2f, 0.3f, 0.4f, 0.5f};
  constexpr PackTile kTile = {4, 4};
  const size_t block_bytes = PackedBlockBytesQ8(3, kTile);
  REQUIRE(block_bytes == 4 * 4 + 4 * 4 + 4 * 4);
  REQUIRE(PackedBytesQ8(5, 3, kTile) == 2 * block_bytes);
  std::vector<float> packed(2 * block_bytes / sizeof(float));
  PackGemmQ8<uint8_t>(5, 3, weights.data(), bias.data(), scales.data(), 7, 10, kTile, packed.data());

  const Block<uint8_t> first(packed, 0, 4, 16);
  // 100 - 10 * (1 + 2 + 3 - 3 * 7), ...
  REQUIRE(first.bias == std::vector<int32_t>{250, 260, 270, 280});
  REQUIRE(first.scales == std::vector<float>{0.1f, 0.2f, 0.3f, 0.4f});
  REQUIRE(first.weights == std::vector<uint8_t>{1, 2, 3, 7, 4, 5, 6, 7, 7, 8, 9, 7, 10, 11, 12, 7});
  const Block<uint8_t> second(packed, block_bytes, 4, 16);
  REQUIRE(second.bias == std::vector<int32_t>{290, 0, 0, 0});
  REQUIRE(second.scales == std::vector<float>{0.5f, 0, 0, 0});
  REQUIRE(second.weights == std::vector<uint8_t>{13, 14, 15, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7});
}

// What the header of a block says.
PackedBlockHeader HeaderOf(const std::vector<float>& packed, size_t offset_bytes = 0) {
  PackedBlockHeader header;
  std::memcpy(&header, reinterpret_cast<const std::byte*>(packed.data()) + offset_bytes, sizeof(header));
  return header;
}

TEST_CASE("gemm packing qu8 as int8: less the zero point where that fits, or else less 128") {
  // N = 8, K = 3; zero points: weights 7, input 10
  std::vector<uint8_t> weights = Iota<uint8_t>(24, 0);
  weights[12] = 7 + 127;
  weights[23] = 255;  // the last channel's
  const std::vector<int32_t> bias(8, 100);
  const std::vector<float> scales(8, 0.25f);
  constexpr PackTile kTile = {4, 4, PackForm::kSignedSum};
  const size_t block_bytes = PackedBlockBytesQ8(3, kTile);
  REQUIRE(block_bytes == sizeof(PackedBlockHeader) + 4 * 4 + 4 * 4 + 4 * 4);
  std::vector<float> packed(PackedBytesQ8(8, 3, kTile) / sizeof(float));
  REQUIRE(packed.size() * sizeof(float) == 2 * block_bytes);
  PackGemmQ8<uint8_t>(8, 3, weights.data(), bias.data(), scales.data(), 7, 10, kTile, packed.data());

  REQUIRE(HeaderOf(packed).are_weights_signed == 1);
  REQUIRE(HeaderOf(packed).are_sums_small == 1);
  const Block<int8_t> first(packed, sizeof(PackedBlockHeader), 4, 16);
  const int32_t start = 100 + kSumOfZero;
  // 100 - (10 - 128) * (0 + 1 + 2 - 3 * 7), ...
  REQUIRE(first.bias == std::vector<int32_t>{start - 118 * 18, start - 118 * 9, start, start + 118 * 9});
  REQUIRE(first.scales == std::vector<float>(4, 0.25f));
  REQUIRE(first.weights == std::vector<int8_t>{-7, -6, -5, 0, -4, -3, -2, 0, -1, 0, 1, 0, 2, 3, 4, 0});

  REQUIRE(HeaderOf(packed, block_bytes).are_weights_signed == 0);
  REQUIRE(HeaderOf(packed, block_bytes).are_sums_small == 1);
  const Block<int8_t> second(packed, block_bytes + sizeof(PackedBlockHeader), 4, 16);
  REQUIRE(second.bias == std::vector<int32_t>{start + 118 * (134 + 13 + 14 - 21), start + 118 * 27,
                                              start + 118 * 36, start + 118 * (21 + 22 + 255 - 21)});
  constexpr int8_t kZero = 7 - 128;
  REQUIRE(second.weights == std::vector<int8_t>{6, -115, -114, kZero, -113, -112, -111, kZero, -110, -109,
                                                -108, kZero, -107, -106, 127, kZero});
}

TEST_CASE("gemm packing for uint8 inputs: the same weights, and biases for inputs that are not less 128") {
  // N = 8, K = 3; zero points: weights 7, input 10
  std::vector<uint8_t> weights = Iota<uint8_t>(24, 0);
  weights[23] = 255;  // the last channel's
  const std::vector<int32_t> bias(8, 100);
  const std::vector<float> scales(8, 0.25f);
  constexpr PackTile kTile = {4, 4, PackForm::kUnsignedInputs};
  const size_t block_bytes = PackedBlockBytesQ8(3, kTile);
  std::vector<float> packed(PackedBytesQ8(8, 3, kTile) / sizeof(float));
  REQUIRE(packed.size() * sizeof(float) == 2 * block_bytes);
  PackGemmQ8<uint8_t>(8, 3, weights.data(), bias.data(), scales.data(), 7, 10, kTile, packed.data());

  REQUIRE(HeaderOf(packed) == PackedBlockHeader{1, 0, 0, 0});
  const Block<int8_t> first(packed, sizeof(PackedBlockHeader), 4, 16);
  // 100 - 10 * (0 + 1 + 2 - 3 * 7), ...
  REQUIRE(first.bias == std::vector<int32_t>{100 + 180, 100 + 90, 100, 100 - 90});
  REQUIRE(first.weights == std::vector<int8_t>{-7, -6, -5, 0, -4, -3, -2, 0, -1, 0, 1, 0, 2, 3, 4, 0});
  REQUIRE(HeaderOf(packed, block_bytes) == PackedBlockHeader{0, 0, 0, 0});
  const Block<int8_t> second(packed, block_bytes + sizeof(PackedBlockHeader), 4, 16);
  REQUIRE(second.bias[3] == 100 - 10 * (21 + 22 + 255 - 21));
  constexpr int8_t kZero = 7 - 128;
  REQUIRE(second.weights == std::vector<int8_t>{-116, -115, -114, kZero, -113, -112, -111, kZero, -110, -109,
                                                -108, kZero, -107, -106, 127, kZero});

  // Of qs8 inputs are 128 more.
  const std::vector<int8_t> weights_s8 = {-127, 5, 127};
  std::vector<float> packed_s8(PackedBytesQ8(1, 3, kTile) / sizeof(float));
  PackGemmQ8<int8_t>(1, 3, weights_s8.data(), bias.data(), scales.data(), 0, -100, kTile, packed_s8.data());
  REQUIRE(HeaderOf(packed_s8) == PackedBlockHeader{1, 0, 0, 0});
  const Block<int8_t> block_s8(packed_s8, sizeof(PackedBlockHeader), 4, 16);
  REQUIRE(block_s8.bias[0] == 100 - 28 * 5);
  REQUIRE(block_s8.weights[0] == -127);
  REQUIRE(block_s8.weights[2] == 127);
}

TEST_CASE("gemm packing in turns: each channel has all inputs, a pair further in each turn") {
  // N = 5, K = 18: the weight of channel n and input k is 20 * n + k
  constexpr int kN = 5;
  constexpr int kK = 18;
  std::vector<int8_t> weights;
  for (int n = 0; n < kN; ++n) {
    for (int k = 0; k < kK; ++k) weights.push_back(static_cast<int8_t>(20 * n + k));
  }
  const std::vector<int32_t> bias(kN, 100);
  const std::vector<float> scales(kN, 0.1f);
  const size_t block_bytes = PackedBlockBytesQ8(kK, kTurnedTile);
  REQUIRE(block_bytes == sizeof(PackedBlockHeader) + 4 * 4 + 4 * 4 + 4 * 32);
  std::vector<float> packed(2 * block_bytes / sizeof(float));
  PackGemmQ8<int8_t>(kN, kK, weights.data(), bias.data(), scales.data(), 0, 0, kTurnedTile, packed.data());

  REQUIRE(HeaderOf(packed) == PackedBlockHeader{1, 1, 1, 0});
  const Block<int8_t> first(packed, sizeof(PackedBlockHeader), 4, 4 * 32);
  REQUIRE(first.bias == std::vector<int32_t>(4, 100));
  const std::vector<int8_t> turns(first.weights.begin(), first.weights.begin() + 64);
  REQUIRE(turns == std::vector<int8_t>{0, 1, 22, 23, 44, 45, 66, 67, 8,  9,  30, 31, 52, 53, 74, 75,  //
                                       2, 3, 24, 25, 46, 47, 60, 61, 10, 11, 32, 33, 54, 55, 68, 69,  //
                                       4, 5, 26, 27, 40, 41, 62, 63, 12, 13, 34, 35, 48, 49, 70, 71,  //
                                       6, 7, 20, 21, 42, 43, 64, 65, 14, 15, 28, 29, 50, 51, 72, 73});
  const std::vector<int8_t> second_turn(first.weights.begin() + 64 + 16, first.weights.begin() + 64 + 32);
  REQUIRE(second_turn == std::vector<int8_t>{0, 0, 0, 0, 0, 0, 76, 77, 0, 0, 0, 0, 0, 0, 0, 0});
  const Block<int8_t> second(packed, block_bytes + sizeof(PackedBlockHeader), 4, 4 * 32);
  const std::vector<int8_t> last(second.weights.begin() + 48, second.weights.begin() + 64);
  REQUIRE(last == std::vector<int8_t>{86, 87, 0, 0, 0, 0, 0, 0, 94, 95, 0, 0, 0, 0, 0, 0});
}

TEST_CASE("gemm packing says whether sums are small, and whether results are") {
  const std::vector<int8_t> weights(4, 100);
  const std::vector<int32_t> bias(4, 0);
  constexpr PackTile kTile = {4, 4, PackForm::kSignedSum};
  const auto header = [&](float scale) {
    const std::vector<float> scales = {1, 1, 1, scale};
    std::vector<float> packed(PackedBytesQ8(4, 1, kTile) / sizeof(float));
    PackGemmQ8<int8_t>(4, 1, weights.data(), bias.data(), scales.data(), 0, 0, kTile, packed.data());
    CHECK(Block<int8_t>(packed, sizeof(PackedBlockHeader), 4, 16).bias[0] ==
          (HeaderOf(packed).are_sums_small ? kSumOfZero : 0));
    return HeaderOf(packed);
  };
  CHECK(header(2) == PackedBlockHeader{1, 1, 1, 0});
  CHECK(header(100) == PackedBlockHeader{1, 1, 0, 0});
  CHECK(header(200) == PackedBlockHeader{1, 0, 0, 0});
}

TEST_CASE("sums are small where kSumOfZero holds them whatever the inputs, results where 16 bits do") {
  ChannelWeights channel;
  channel.Add(100);
  channel.Add(-50);
  CHECK(channel.AreSigned());
  // 255 * 100 above and 255 * 50 below
  CHECK(channel.LargestSum<uint8_t>(0, 0) == 25500);
  CHECK(channel.LargestSum<uint8_t>(0, 255) == 25500);
  CHECK(channel.LargestSum<uint8_t>(-20000, 0) == 255 * 50 + 20000);
  CHECK(channel.LargestSum<uint8_t>(20000, 100) == 155 * 100 + 100 * 50 + 20000);
  CHECK(channel.LargestSum<int8_t>(-20000, -28) == 155 * 50 + 100 * 100 + 20000);
  channel.Add(-128);
  CHECK_FALSE(channel.AreSigned());

  // All at once: 100, -50, -128 of a zero point of 130.
  const uint8_t weights[] = {230, 80, 2};
  ChannelWeights all;
  all.AddAll<uint8_t>(weights, 2, 130);
  CHECK(all.AreSigned());
  CHECK(all.LargestSum<uint8_t>(-20000, 0) == 255 * 50 + 20000);
  all.AddAll<uint8_t>(weights + 2, 1, 130);
  CHECK(all.sum() == channel.sum());
  CHECK_FALSE(all.AreSigned());
  CHECK(all.LargestSum<int8_t>(7, -28) == channel.LargestSum<int8_t>(7, -28));

  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  CHECK(AreSumsSmall(PackForm::kSignedSum, (1 << 22) - 1, 0.25f));
  CHECK_FALSE(AreSumsSmall(PackForm::kSignedSum, 1 << 22, 0.25f));
  CHECK_FALSE(AreSumsSmall(PackForm::kSignedSum, (1 << 22) - 1, 0.51f));
  CHECK_FALSE(AreSumsSmall(PackForm::kSignedSum, (1 << 22) - 1, -0.51f));
  // Sums that do not begin at kSumOfZero may be large where the scale is small.
  CHECK(AreSumsSmall(PackForm::kTurned, int64_t{1} << 31, 0x1p-11f));
  CHECK_FALSE(AreSumsSmall(PackForm::kTurned, int64_t{1} << 31, 0x1p-10f));
  CHECK(AreResultsSmall(PackForm::kSignedSum, 1000, 32));
  CHECK_FALSE(AreResultsSmall(PackForm::kSignedSum, 1000, 32.5f));
  CHECK_FALSE(AreResultsSmall(PackForm::kSignedSum, 1 << 22, 1e-9f));
  for (float scale : {kInfinity, -kInfinity, std::numeric_limits<float>::quiet_NaN()}) {
    CHECK_FALSE(AreSumsSmall(PackForm::kSignedSum, 0, scale));
    CHECK_FALSE(AreSumsSmall(PackForm::kSignedSum, 1, scale));
  }
}

TEST_CASE("gemm packing qs8 with negative zero points and biases at the limit") {
  const std::vector<int8_t> weights = {-127, -127, 127, 1};
  const std::vector<int32_t> bias = {std::numeric_limits<int32_t>::max(), -4};
  const std::vector<float> scales = {1, 2};
  std::vector<float> packed(PackedBytesQ8(2, 2, {4, 1}) / sizeof(float));
  PackGemmQ8<int8_t>(2, 2, weights.data(), bias.data(), scales.data(), 0, -128, {4, 1}, packed.data());
  const Block<int8_t> block(packed, 0, 4, 8);
  // 2^31 - 1 + 128 * -254 and -4 + 128 * 128
  REQUIRE(block.bias == std::vector<int32_t>{2147483647 - 32512, 16380, 0, 0});
  REQUIRE(block.weights == std::vector<int8_t>{-127, 127, 0, 0, -127, 1, 0, 0});

  PackGemmQ8<int8_t>(2, 2, weights.data(), bias.data(), scales.data(), 0, 127, {4, 1}, packed.data());
  // 2^31 - 1 + 127 * 254 wraps
  REQUIRE(Block<int8_t>(packed, 0, 4, 8).bias[0] == std::numeric_limits<int32_t>::min() + 127 * 254 - 1);
}

// The parts of the geometry that packing looks at.
ConvGeometry PackGeometry(int input_channels, int output_channels, int kernel_height, int kernel_width,
                          int groups = 1) {
  ConvGeometry g;
  g.input_channels = input_channels;
  g.output_channels = output_channels;
  g.kernel_height = kernel_height;
  g.kernel_width = kernel_width;
  g.groups = groups;
  return g;
}

TEST_CASE("conv packing is gemm packing over (kh, kw, ic)") {
  Random random(kSeed);
  const ConvGeometry g = PackGeometry(3, 5, 3, 2);
  constexpr size_t kK = 3 * 2 * 3;
  REQUIRE(ConvK(g) == int{kK});
  const std::vector<float> weights = random.Values<float>(5 * kK);
  const std::vector<float> bias = random.Values<float>(5);
  constexpr PackTile kTile = {8, 1};
  std::vector<float> packed(PackedBytesConvFloat<float>(g, kTile) / sizeof(float));
  PackConvFloat<float>(g, weights.data(), bias.data(), kTile, packed.data());
  REQUIRE(packed.size() == 8 + kK * 8);
  for (size_t n = 0; n < 8; ++n) {
    REQUIRE(packed[n] == (n < 5 ? bias[n] : 0));
    for (size_t k = 0; k < kK; ++k) REQUIRE(packed[8 + k * 8 + n] == (n < 5 ? weights[n * kK + k] : 0));
  }

  const std::vector<uint8_t> weights_u8 = random.Values<uint8_t>(5 * kK);
  const std::vector<int32_t> bias_s32 = {1, -2, 3, -4, 5};
  const std::vector<float> scales = random.Values<float>(5);
  std::vector<float> packed_u8(PackedBytesConvQ8(g, kTile) / sizeof(float));
  PackConvQ8<uint8_t>(g, weights_u8.data(), bias_s32.data(), scales.data(), 77, 10, kTile, packed_u8.data());
  const Block<uint8_t> block(packed_u8, 0, 8, kK * 8);
  for (size_t n = 0; n < 8; ++n) {
    int folded = n < 5 ? bias_s32[n] : 0;
    for (size_t k = 0; n < 5 && k < kK; ++k) folded -= 10 * (weights_u8[n * kK + k] - 77);
    REQUIRE(block.bias[n] == folded);
    REQUIRE(block.scales[n] == (n < 5 ? scales[n] : 0));
    for (size_t k = 0; k < kK; ++k) {
      REQUIRE(+block.weights[k * 8 + n] == (n < 5 ? weights_u8[n * kK + k] : 77));
    }
  }
}

TEST_CASE("conv packing of groups: the blocks of one group after those of the other") {
  // IC = 4, OC = 6 in 2 groups of 2 and 3 channels, 1x2
  const ConvGeometry g = PackGeometry(4, 6, 1, 2, 2);
  REQUIRE(ConvK(g) == 4);
  constexpr PackTile kTile = {4, 1};
  const std::vector<float> weights = Iota(24, 1.0f);
  const std::vector<float> bias = {-1, -2, -3, -4, -5, -6};
  REQUIRE(PackedBytesConvFloat<float>(g, kTile) == 2 * (4 + 4 * 4) * sizeof(float));
  std::vector<float> packed(40, 99);
  PackConvFloat<float>(g, weights.data(), bias.data(), kTile, packed.data());
  const std::vector<float> expected = {-1, -2, -3, 0, 1,  5,  9,  0,  2,  6,  10, 0,  3,  7,
                                       11, 0,  4,  8, 12, 0,  -4, -5, -6, 0,  13, 17, 21, 0,
                                       14, 18, 22, 0, 15, 19, 23, 0,  16, 20, 24, 0};
  REQUIRE(packed == expected);

  const std::vector<int8_t> weights_s8 = Iota<int8_t>(24, 1);
  const std::vector<int32_t> bias_s32 = {100, 200, 300, 400, 500, 600};
  const std::vector<float> scales = {1, 2, 3, 4, 5, 6};
  const size_t group_bytes = PackedBytesConvQ8(g, kTile) / 2;
  REQUIRE(group_bytes == 4 * 4 + 4 * 4 + 4 * 4);
  std::vector<float> packed_s8(2 * group_bytes / sizeof(float));
  PackConvQ8<int8_t>(g, weights_s8.data(), bias_s32.data(), scales.data(), 0, 2, kTile, packed_s8.data());
  const Block<int8_t> second(packed_s8, group_bytes, 4, 16);
  // 400 - 2 * (13 + 14 + 15 + 16), ...
  REQUIRE(second.bias == std::vector<int32_t>{284, 352, 420, 0});
  REQUIRE(second.scales == std::vector<float>{4, 5, 6, 0});
  REQUIRE(second.weights == std::vector<int8_t>{13, 17, 21, 0, 14, 18, 22, 0, 15, 19, 23, 0, 16, 20, 24, 0});
}

TEST_CASE("dwconv packing: blocks of biases, scales and [KH * KW, nr] weights") {
  Random random(kSeed);
  constexpr size_t kChannels = 11;
  constexpr size_t kNr = 8;
  constexpr PackTile kTile = {kNr, 1};
  for (const auto& [height, width] : {std::pair(3, 3), {5, 5}, {2, 3}, {1, 1}}) {
    INFO(height << "x" << width);
    const ConvGeometry g = PackGeometry(kChannels, kChannels, height, width);
    const auto taps = static_cast<size_t>(height * width);
    const std::vector<float> weights = random.Values<float>(height * width * std::ptrdiff_t{kChannels});
    const std::vector<float> bias = random.Values<float>(kChannels);
    std::vector<float> packed(PackedBytesDwconvFloat<float>(g, kTile) / sizeof(float));
    REQUIRE(packed.size() == 2 * (1 + taps) * kNr);
    REQUIRE(PackedBlockBytesDwconvFloat<float>(g, kTile) == (1 + taps) * kNr * sizeof(float));
    PackDwconvFloat<float>(g, weights.data(), bias.data(), kTile, packed.data());

    const std::vector<uint8_t> weights_u8 =
        random.Values<uint8_t>(height * width * std::ptrdiff_t{kChannels});
    const std::vector<int32_t> bias_s32 = Iota<int32_t>(kChannels, -5);
    std::vector<float> packed_u8(PackedBytesDwconvQ8(g, kTile) / sizeof(float));
    REQUIRE(packed_u8.size() * sizeof(float) == 2 * (4 + 4 + taps) * kNr);
    REQUIRE(PackedBlockBytesDwconvQ8(g, kTile) == (4 + 4 + taps) * kNr);
    PackDwconvQ8<uint8_t>(g, weights_u8.data(), bias_s32.data(), bias.data(), 77, 10, kTile,
                          packed_u8.data());

    for (size_t channel = 0; channel < 2 * kNr; ++channel) {
      INFO("channel " << channel);
      const bool is_inside = channel < kChannels;
      const size_t j = channel % kNr;
      const float* block = packed.data() + channel / kNr * (1 + taps) * kNr;
      const Block<uint8_t> block_u8(packed_u8, channel / kNr * (8 + taps) * kNr, kNr,
                                    static_cast<int>(taps * kNr));
      REQUIRE(block[j] == (is_inside ? bias[channel] : 0));
      int folded = is_inside ? bias_s32[channel] : 0;
      for (size_t tap = 0; is_inside && tap < taps; ++tap) {
        folded -= 10 * (weights_u8[tap * kChannels + channel] - 77);
      }
      REQUIRE(block_u8.bias[j] == folded);
      REQUIRE(block_u8.scales[j] == (is_inside ? bias[channel] : 0));
      for (size_t tap = 0; tap < taps; ++tap) {
        REQUIRE(block[kNr + tap * kNr + j] == (is_inside ? weights[tap * kChannels + channel] : 0));
        REQUIRE(+block_u8.weights[tap * kNr + j] == (is_inside ? weights_u8[tap * kChannels + channel] : 77));
      }
    }
  }
}

TEST_CASE("dwconv packing for uint8 inputs: columns of taps less the zero point, or less 128") {
  constexpr int kChannels = 5;
  constexpr PackTile kTile = {4, 4, PackForm::kUnsignedInputs};
  const ConvGeometry g = PackGeometry(kChannels, kChannels, 3, 1);
  std::vector<uint8_t> weights = Iota<uint8_t>(3 * kChannels, 1);  // (KH, KW, C)
  weights[4] = 255;
  const std::vector<int32_t> bias = Iota<int32_t>(kChannels, 100);
  const std::vector<float> scales(kChannels, 0.25f);
  constexpr size_t kBlockBytes = sizeof(PackedBlockHeader) + (4 + 4 + 4) * 4;
  REQUIRE(PackedBytesDwconvQ8(g, kTile) == 2 * kBlockBytes);
  std::vector<float> packed(2 * kBlockBytes / sizeof(float));
  PackDwconvQ8<uint8_t>(g, weights.data(), bias.data(), scales.data(), 9, 2, kTile, packed.data());

  REQUIRE(HeaderOf(packed) == PackedBlockHeader{1, 1, 1, 0});
  const Block<int8_t> first(packed, sizeof(PackedBlockHeader), 4, 16);
  // 100 - 2 * (1 + 6 + 11 - 3 * 9), ...
  REQUIRE(first.bias == std::vector<int32_t>{118, 101 + 12, 102 + 6, 103});
  REQUIRE(first.weights == std::vector<int8_t>{-8, -3, 2, 0, -7, -2, 3, 0, -6, -1, 4, 0, -5, 0, 5, 0});
  REQUIRE(HeaderOf(packed, kBlockBytes).are_weights_signed == 0);
  const Block<int8_t> second(packed, kBlockBytes + sizeof(PackedBlockHeader), 4, 16);
  REQUIRE(second.bias[0] == 104 - 2 * (255 + 10 + 15 - 27));
  std::vector<int8_t> expected = {127, 10 - 128, 15 - 128, 0};
  expected.resize(16);
  REQUIRE(second.weights == expected);
}

TEST_CASE("dwconv packing as int8: columns of taps in one term or two, or the file's weights") {
  constexpr int kChannels = 9;
  constexpr PackTile kTile = {4, 4, PackForm::kTermsSum};
  const ConvGeometry g = PackGeometry(kChannels, kChannels, 3, 2);
  std::vector<uint8_t> weights = Iota<uint8_t>(3 * 2 * kChannels, 1);  // (KH, KW, C)
  weights[4] = 255;
  std::vector<int32_t> bias = Iota<int32_t>(kChannels, 100);
  bias[8] = 1 << 22;
  const std::vector<float> scales(kChannels, 0.25f);
  constexpr size_t kBlockBytes = sizeof(PackedBlockHeader) + (4 + 4 + 2 * 2 * 4) * 4;
  REQUIRE(PackedBlockBytesDwconvQ8(g, kTile) == kBlockBytes);
  REQUIRE(PackedBytesDwconvQ8(g, kTile) == 3 * kBlockBytes);
  std::vector<float> packed(3 * kBlockBytes / sizeof(float));
  PackDwconvQ8<uint8_t>(g, weights.data(), bias.data(), scales.data(), 9, 2, kTile, packed.data());

  REQUIRE(HeaderOf(packed) == PackedBlockHeader{1, 1, 1, 0});
  const Block<int8_t> first(packed, sizeof(PackedBlockHeader), 4, 64);
  // 100 - (2 - 128) * (1 + 10 + ... + 46 - 6 * 9), ...
  const int32_t start = kSumOfZero + 100 + 126 * 87;
  REQUIRE(first.bias ==
          std::vector<int32_t>{start, start + 1 + 126 * 6, start + 2 + 126 * 12, start + 3 + 126 * 18});
  REQUIRE(first.scales == std::vector<float>(4, 0.25f));
  std::vector<int8_t> expected = {-8, 10, 28, 0, -7, 11, 29, 0, -6, 12, 30, 0, -5, 13, 31, 0,
                                  1,  19, 37, 0, 2,  20, 38, 0, 3,  21, 39, 0, 4,  22, 40, 0};
  expected.resize(64);
  REQUIRE(first.weights == expected);

  REQUIRE(HeaderOf(packed, kBlockBytes) == PackedBlockHeader{0, 1, 1, 0});
  const Block<int8_t> second(packed, kBlockBytes + sizeof(PackedBlockHeader), 4, 64);
  expected = {127, 14, 32, 0, -3, 15, 33, 0, -2, 16, 34, 0, -1, 17, 35, 0,
              5,   23, 41, 0, 6,  24, 42, 0, 7,  25, 43, 0, 8,  26, 44, 0};
  expected.resize(64);
  expected[32] = 255 - 9 - 127;
  REQUIRE(second.weights == expected);

  REQUIRE(HeaderOf(packed, 2 * kBlockBytes) == PackedBlockHeader{1, 0, 0, 0});
  const Block<uint8_t> third(packed, 2 * kBlockBytes + sizeof(PackedBlockHeader), 4, 64);
  // minus 2 * (9 + 18 + ... + 54 - 6 * 9)
  REQUIRE(third.bias == std::vector<int32_t>{(1 << 22) - 2 * 135, 0, 0, 0});
  std::vector<uint8_t> plain = {9, 9, 9, 9, 18, 9, 9, 9, 27, 9, 9, 9, 36, 9, 9, 9, 45, 9, 9, 9, 54, 9, 9, 9};
  plain.resize(64);
  REQUIRE(third.weights == plain);

  // 255 is not the sum of two int8.
  weights[0] = 255;
  PackDwconvQ8<uint8_t>(g, weights.data(), bias.data(), scales.data(), 0, 2, kTile, packed.data());
  REQUIRE(HeaderOf(packed).are_sums_small == 0);
  weights[0] = 254;
  PackDwconvQ8<uint8_t>(g, weights.data(), bias.data(), scales.data(), 0, 2, kTile, packed.data());
  REQUIRE(HeaderOf(packed).are_sums_small == 1);
}

}  // namespace
}  // namespace mobilenet::test
