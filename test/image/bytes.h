// A file's contents.
#pragma once

#include <cstdint>
#include <string_view>

#include "src/base/buffer_allocator.h"

namespace mobilenet::test {

using Bytes = ByteBuffer;

Bytes FromText(std::string_view text);
Bytes operator+(Bytes first, const Bytes& second);

}  // namespace mobilenet::test
