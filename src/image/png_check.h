// What stb_image leaves unchecked in a PNG: that every chunk is whole and has the right check sum, and that
// the header's colour type and bit depth belong together (PNG specification, third edition, sections 5
// and 11.2.1).
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace mobilenet {

// Throws Error with `name` in front. Chunks that carry no pixels (text, time, ...) may have a wrong check
// sum.
void CheckPng(std::span<const uint8_t> bytes, const std::string& name);

}  // namespace mobilenet
