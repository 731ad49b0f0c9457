// SHA-256 (FIPS 180-4), by libmd: which file a result was made with, and numbers for names that are the same
// on every machine and in every version.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace mobilenet {

// 64 hexadecimal digits, lower case.
std::string Sha256(std::span<const std::byte> bytes);

// The first 64 of the 256 bits, the highest first.
uint64_t ShortSha256(std::string_view text);

}  // namespace mobilenet
