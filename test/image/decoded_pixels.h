// What the decoders make of a picture, without its size.
#pragma once

#include "src/image/image.h"
#include "test/image/bytes.h"

namespace mobilenet::test {

inline Bytes DecodedPixels(const Bytes& bytes) {
  return DecodeImage(bytes, "picture", {}).pixels;
}

}  // namespace mobilenet::test
