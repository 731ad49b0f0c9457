// A hash of bytes that is the same on every machine and in every version: FNV-1a with 64 bits, mixed at the
// end (splitmix64's finalizer), so that its remainders are spread evenly.
#pragma once

#include <cstdint>
#include <string_view>

namespace mobilenet {

constexpr uint64_t StableHash(std::string_view bytes) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char byte : bytes) {
    hash ^= static_cast<unsigned char>(byte);
    hash *= 0x100000001b3;
  }
  hash = (hash ^ hash >> 30) * 0xbf58476d1ce4e5b9;
  hash = (hash ^ hash >> 27) * 0x94d049bb133111eb;
  return hash ^ hash >> 31;
}

}  // namespace mobilenet
