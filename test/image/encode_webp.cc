#include <webp/encode.h>

#include "test/image/encoders.h"

namespace mobilenet::test {

Bytes EncodeWebp(int width, int height, const Bytes& rgba, bool is_lossless) {
  uint8_t* encoded = nullptr;
  constexpr float kQuality = 95;
  const size_t count = is_lossless
                           ? WebPEncodeLosslessRGBA(rgba.data(), width, height, 4 * width, &encoded)
                           : WebPEncodeRGBA(rgba.data(), width, height, 4 * width, kQuality, &encoded);
  Bytes bytes(encoded, encoded + count);
  WebPFree(encoded);
  return bytes;
}

Bytes WithAlpha(const Bytes& rgb, uint8_t alpha) {
  Bytes rgba;
  for (size_t i = 0; i < rgb.size(); i += 3) {
    rgba.insert(rgba.end(), {rgb[i], rgb[i + 1], rgb[i + 2], alpha});
  }
  return rgba;
}

}  // namespace mobilenet::test
