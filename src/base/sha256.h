// SHA-256 (FIPS 180-4): which file a result was made with.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace mobilenet {

// 64 hexadecimal digits, lower case.
std::string Sha256(std::span<const std::byte> bytes);

}  // namespace mobilenet
