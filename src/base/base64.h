// Bytes as text of 64 characters (RFC 4648, section 4).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mobilenet {

std::string Base64Text(std::span<const uint8_t> bytes);

// Empty if `text` is not what Base64Text writes.
std::optional<std::vector<uint8_t>> BytesOfBase64(std::string_view text);

}  // namespace mobilenet
