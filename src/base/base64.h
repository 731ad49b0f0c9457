// Bytes as text of 64 characters (RFC 4648, section 4).
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace mobilenet {

std::string Base64Text(std::span<const uint8_t> bytes);

}  // namespace mobilenet
