#include "src/image/image_format.h"

namespace mobilenet {
namespace {

bool StartsWith(std::span<const uint8_t> bytes, std::string_view magic) {
  if (bytes.size() < magic.size()) return false;
  for (size_t i = 0; i < magic.size(); ++i) {
    if (bytes[i] != static_cast<uint8_t>(magic[i])) return false;
  }
  return true;
}

// "P1" to "P6" and white space or a comment: a text that begins "P5 processors" still fails, later, in its
// numbers.
bool IsPnm(std::span<const uint8_t> bytes) {
  return bytes.size() > 2 && bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '6' &&
         (bytes[2] == ' ' || bytes[2] == '#' || (bytes[2] >= '\t' && bytes[2] <= '\r'));
}

// TGA has no magic number, so every field of its 18-byte header has to make sense (Truevision TGA 2.0, 1989,
// page 6): a looser test takes other files for TGA and shows noise.
bool IsTga(std::span<const uint8_t> bytes) {
  constexpr size_t kHeaderBytes = 18;
  if (bytes.size() < kHeaderBytes) return false;
  const auto u16 = [&](size_t at) { return bytes[at] | bytes[at + 1] << 8; };
  const int palette_type = bytes[1];
  const int image_type = bytes[2] & ~8;  // 8: run-length encoded
  const int palette_bits = bytes[7];
  const int pixel_bits = bytes[16];
  const int descriptor = bytes[17];
  if (bytes[2] > 11 || u16(12) == 0 || u16(14) == 0) return false;
  if ((descriptor & 0xc0) != 0 || (descriptor & 0x0f) > 8) return false;  // interleaving; alpha bits
  switch (image_type) {
    case 1:  // palette
      return palette_type == 1 && u16(5) > 0 && (pixel_bits == 8 || pixel_bits == 16) &&
             (palette_bits == 15 || palette_bits == 16 || palette_bits == 24 || palette_bits == 32);
    case 2:  // colour
      return palette_type == 0 && u16(5) == 0 &&
             (pixel_bits == 15 || pixel_bits == 16 || pixel_bits == 24 || pixel_bits == 32);
    case 3:  // grey, grey and alpha
      return palette_type == 0 && u16(5) == 0 && (pixel_bits == 8 || pixel_bits == 16);
    default:
      return false;
  }
}

}  // namespace

ImageFormat DetectImageFormat(std::span<const uint8_t> bytes) {
  if (StartsWith(bytes, "\xff\xd8\xff")) return ImageFormat::kJpeg;
  if (StartsWith(bytes, "\x89PNG\r\n\x1a\n")) return ImageFormat::kPng;
  if (StartsWith(bytes, "GIF87a") || StartsWith(bytes, "GIF89a")) return ImageFormat::kGif;
  if (StartsWith(bytes, "8BPS")) return ImageFormat::kPsd;
  if (StartsWith(bytes, "#?RADIANCE\n") || StartsWith(bytes, "#?RGBE\n")) return ImageFormat::kHdr;
  if (StartsWith(bytes, "\x53\x80\xf6\x34")) return ImageFormat::kPic;
  // The header's length, always below 256, tells a BMP from a text that begins "BM".
  if (StartsWith(bytes, "BM") && bytes.size() > 17 && bytes[15] == 0 && bytes[16] == 0 && bytes[17] == 0) {
    return ImageFormat::kBmp;
  }
  if (IsPnm(bytes)) return ImageFormat::kPnm;
  if (IsTga(bytes)) return ImageFormat::kTga;
  return ImageFormat::kUnknown;
}

std::string_view ImageFormatName(ImageFormat format) {
  switch (format) {
    case ImageFormat::kUnknown:
      return "unknown format";
    case ImageFormat::kJpeg:
      return "JPEG";
    case ImageFormat::kPng:
      return "PNG";
    case ImageFormat::kBmp:
      return "BMP";
    case ImageFormat::kGif:
      return "GIF";
    case ImageFormat::kPsd:
      return "PSD";
    case ImageFormat::kHdr:
      return "HDR";
    case ImageFormat::kPic:
      return "PIC";
    case ImageFormat::kPnm:
      return "PNM";
    case ImageFormat::kTga:
      return "TGA";
  }
  return "?";
}

}  // namespace mobilenet
