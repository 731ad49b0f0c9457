// Takes the place of decode_heif.cc if libheif was not available when the program was built.
#include "src/base/error.h"
#include "src/image/decode_heif.h"

namespace mobilenet {

Image DecodeHeif(std::span<const uint8_t>, ImageFormat format, const std::string& name,
                 const DecodeOptions&) {
  Fail(name, ": ", ImageFormatName(format),
       " is not read: this program was built without libheif (convert it, for instance with heif-convert)");
}

}  // namespace mobilenet
