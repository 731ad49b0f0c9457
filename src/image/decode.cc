// Chooses the decoder by the file's first bytes.
#include <algorithm>
#include <new>

#include "src/base/error.h"
#include "src/image/decode_bmp.h"
#include "src/image/decode_gif.h"
#include "src/image/decode_heif.h"
#include "src/image/decode_jpeg.h"
#include "src/image/decode_png.h"
#include "src/image/decode_pnm.h"
#include "src/image/decode_psd.h"
#include "src/image/decode_stb.h"
#include "src/image/decode_tiff.h"
#include "src/image/decode_webp.h"
#include "src/image/image.h"
#include "src/image/image_format.h"
#include "src/image/read_file.h"

namespace mobilenet {
namespace {

[[noreturn]] void FailUnknown(std::span<const uint8_t> bytes, const std::string& name) {
  if (const auto foreign = DetectForeignFormat(bytes)) {
    Fail(name, ": ", foreign->name, " is not read (convert it, for instance with ", foreign->tool, ")");
  }
  Fail(name,
       ": cannot decode image: unknown format (JPEG, PNG, WebP, HEIF, AVIF, TIFF, GIF, BMP, TGA, PSD, HDR, "
       "PIC and PNM are read)");
}

}  // namespace

Image DecodeImage(std::span<const uint8_t> bytes, const std::string& name, const DecodeOptions& options) {
  if (bytes.empty()) Fail(name, ": is empty (an image file was expected)");
  const ImageFormat format = DetectImageFormat(bytes);
  try {
    switch (format) {
      case ImageFormat::kUnknown:
        FailUnknown(bytes, name);
      case ImageFormat::kJpeg:
        return DecodeJpeg(bytes, name, options);
      case ImageFormat::kPng:
        return DecodePng(bytes, name, options);
      case ImageFormat::kWebp:
        return DecodeWebp(bytes, name, options);
      case ImageFormat::kHeif:
      case ImageFormat::kAvif:
        return DecodeHeif(bytes, format, name, options);
      case ImageFormat::kTiff:
        return DecodeTiff(bytes, name, options);
      case ImageFormat::kBmp:
        return DecodeBmp(bytes, name, options);
      case ImageFormat::kGif:
        return DecodeGif(bytes, name, options);
      case ImageFormat::kPsd:
        return DecodePsd(bytes, name, options);
      case ImageFormat::kPnm:
        return DecodePnm(bytes, name, options);
      case ImageFormat::kHdr:
      case ImageFormat::kPic:
      case ImageFormat::kTga:
        return DecodeStb(bytes, format, name, options);
    }
  } catch (const std::bad_alloc&) {
    Fail(name, ": not enough memory to decode it (a smaller --max-pixels refuses such pictures early)");
  }
  Fail(name, ": cannot decode image");
}

Image DecodeImageFile(const std::string& path, const DecodeOptions& options) {
  try {
    return DecodeImage(ReadFile(path, options.max_file_bytes), path, options);
  } catch (const std::bad_alloc&) {
    Fail(path, ": not enough memory to read it");
  }
}

}  // namespace mobilenet
