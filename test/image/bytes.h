// A file's contents.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace mobilenet::test {

using Bytes = std::vector<uint8_t>;

Bytes FromText(std::string_view text);
Bytes operator+(Bytes first, const Bytes& second);

}  // namespace mobilenet::test
