// Which format a file has, by its first bytes; its name does not matter.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace mobilenet {

enum class ImageFormat {
  kUnknown,
  kJpeg,
  kPng,
  kWebp,
  kHeif,
  kAvif,
  kTiff,
  kBmp,
  kGif,
  kPsd,
  kHdr,
  kPic,
  kPnm,
  kTga
};

ImageFormat DetectImageFormat(std::span<const uint8_t> bytes);
// "JPEG", as messages print it.
std::string_view ImageFormatName(ImageFormat format);

// A format that is recognised but not read, and a tool that converts it.
struct ForeignFormat {
  std::string_view name;  // "JPEG XL"
  std::string_view tool;  // "djxl"
};
// None if unknown. For a file that DetectImageFormat does not know.
std::optional<ForeignFormat> DetectForeignFormat(std::span<const uint8_t> bytes);

}  // namespace mobilenet
