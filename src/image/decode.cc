// Chooses the decoder by the file's first bytes.
#include <algorithm>
#include <new>

#include "src/base/error.h"
#include "src/image/decode_jpeg.h"
#include "src/image/decode_pnm.h"
#include "src/image/decode_stb.h"
#include "src/image/image.h"
#include "src/image/image_format.h"
#include "src/image/read_file.h"

namespace mobilenet {

Image DecodeImage(std::span<const uint8_t> bytes, const std::string& name, const DecodeOptions& options) {
  if (bytes.empty()) Fail(name, ": is empty (an image file was expected)");
  const ImageFormat format = DetectImageFormat(bytes);
  try {
    switch (format) {
      case ImageFormat::kUnknown:
        Fail(name,
             ": cannot decode image: unknown format (JPEG, PNG, BMP, GIF, TGA, PSD, HDR, PIC and PNM are "
             "read)");
      case ImageFormat::kJpeg:
        return DecodeJpeg(bytes, name, options);
      case ImageFormat::kPnm:
        return DecodePnm(bytes, name, options);
      default:
        return DecodeStb(bytes, format, name, options);
    }
  } catch (const std::bad_alloc&) {
    Fail(name, ": not enough memory to decode it (a smaller --max-pixels refuses such pictures early)");
  }
}

Image DecodeImageFile(const std::string& path, const DecodeOptions& options) {
  try {
    return DecodeImage(ReadFile(path, options.max_file_bytes), path, options);
  } catch (const std::bad_alloc&) {
    Fail(path, ": not enough memory to read it");
  }
}

}  // namespace mobilenet
