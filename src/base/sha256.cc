#include "src/base/sha256.h"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace mobilenet {
namespace {

constexpr size_t kBlockBytes = 64;

// The first 32 bits of the fractional parts of the cube roots of the first 64 primes (section 4.2.2).
constexpr std::array<uint32_t, 64> kConstants = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

// Section 6.2.2.
void AddBlock(std::array<uint32_t, 8>& hash, const std::byte* block) {
  std::array<uint32_t, 64> words;
  for (size_t t = 0; t < 16; ++t) {
    words[t] = 0;
    for (size_t i = 0; i < 4; ++i) words[t] = words[t] << 8 | std::to_integer<uint32_t>(block[4 * t + i]);
  }
  for (size_t t = 16; t < 64; ++t) {
    const uint32_t w15 = words[t - 15];
    const uint32_t w2 = words[t - 2];
    words[t] = words[t - 16] + (std::rotr(w15, 7) ^ std::rotr(w15, 18) ^ w15 >> 3) + words[t - 7] +
               (std::rotr(w2, 17) ^ std::rotr(w2, 19) ^ w2 >> 10);
  }
  auto [a, b, c, d, e, f, g, h] = hash;
  for (size_t t = 0; t < 64; ++t) {
    const uint32_t sum1 = std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25);
    const uint32_t t1 = h + sum1 + ((e & f) ^ (~e & g)) + kConstants[t] + words[t];
    const uint32_t sum0 = std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22);
    const uint32_t t2 = sum0 + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = d + t1;
    d = c;
    c = b;
    b = a;
    a = t1 + t2;
  }
  const std::array<uint32_t, 8> added = {a, b, c, d, e, f, g, h};
  for (size_t i = 0; i < hash.size(); ++i) hash[i] += added[i];
}

}  // namespace

std::string Sha256(std::span<const std::byte> bytes) {
  std::array<uint32_t, 8> hash = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                  0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  const size_t whole_blocks = bytes.size() / kBlockBytes;
  for (size_t i = 0; i < whole_blocks; ++i) AddBlock(hash, bytes.data() + i * kBlockBytes);

  // The rest, a bit of one, zeros, and the length in bits at the end of a block (section 5.1.1).
  const std::span<const std::byte> rest = bytes.subspan(whole_blocks * kBlockBytes);
  std::array<std::byte, 2 * kBlockBytes> end = {};
  if (!rest.empty()) std::memcpy(end.data(), rest.data(), rest.size());
  end[rest.size()] = std::byte{0x80};
  const size_t end_bytes = rest.size() < kBlockBytes - 8 ? kBlockBytes : 2 * kBlockBytes;
  const uint64_t bits = uint64_t{bytes.size()} * 8;
  for (size_t i = 0; i < 8; ++i) end[end_bytes - 1 - i] = static_cast<std::byte>(bits >> 8 * i);
  for (size_t at = 0; at < end_bytes; at += kBlockBytes) AddBlock(hash, end.data() + at);

  constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  for (const uint32_t word : hash) {
    for (int shift = 28; shift >= 0; shift -= 4) text += kHex[word >> shift & 15];
  }
  return text;
}

}  // namespace mobilenet
