#include "src/weights/checksum.h"

#include <bit>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstring>

namespace mobilenet {
namespace {

static_assert(std::endian::native == std::endian::little);

// Two words; a NEON register on ARM.
using Pair = uint64_t __attribute__((vector_size(16)));

constexpr size_t kPairs = 4;  // in a round
constexpr size_t kRoundWords = 2 * kPairs;
constexpr size_t kRoundBytes = kPairs * sizeof(Pair);

}  // namespace

std::string WeightsChecksum(std::span<const std::byte> data) {
  // Sums for the words at one place of each round: `weighted` counts each of them once for every round from
  // its own on.
  Pair plain[kPairs] = {};
  Pair weighted[kPairs] = {};
  const auto add = [&](const std::byte* round) {
    for (size_t i = 0; i < kPairs; ++i) {
      Pair pair;
      std::memcpy(&pair, round + i * sizeof pair, sizeof pair);
      plain[i] += pair;
      weighted[i] += plain[i];
    }
  };
  const size_t whole_rounds = data.size() / kRoundBytes;
  const std::byte* round = data.data();
#pragma GCC unroll 4
  for (size_t i = 0; i < whole_rounds; ++i, round += kRoundBytes) add(round);
  // The words that fill the last round are zero, but are counted.
  const size_t rest_bytes = data.size() % kRoundBytes;
  uint64_t surplus = 0;
  if (rest_bytes != 0) {
    std::byte last[kRoundBytes] = {};
    std::memcpy(last, round, rest_bytes);
    add(last);
    surplus = (kRoundBytes - rest_bytes) / sizeof(uint64_t);
  }
  uint64_t sum = 0;
  uint64_t weighted_sum = 0;
  for (size_t place = 0; place < kRoundWords; ++place) {
    const uint64_t place_sum = plain[place / 2][place % 2];
    sum += place_sum;
    // n - i = kRoundWords * (rounds from its own on) - place - surplus
    weighted_sum += kRoundWords * weighted[place / 2][place % 2] - (place + surplus) * place_sum;
  }
  char text[48];
  std::snprintf(text, sizeof text, "sums64:%016" PRIx64 "%016" PRIx64, sum, weighted_sum);
  return text;
}

}  // namespace mobilenet
