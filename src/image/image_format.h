// Which format a file has, by its first bytes; its name is not looked at.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace mobilenet {

enum class ImageFormat { kUnknown, kJpeg, kPng, kBmp, kGif, kPsd, kHdr, kPic, kPnm, kTga };

ImageFormat DetectImageFormat(std::span<const uint8_t> bytes);
// "JPEG", as messages print it.
std::string_view ImageFormatName(ImageFormat format);

}  // namespace mobilenet
