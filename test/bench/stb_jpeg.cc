#include "test/bench/stb_jpeg.h"

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_JPEG
#define STBI_NO_STDIO
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb/stb_image.h>
#pragma GCC diagnostic pop

namespace mobilenet::test {

int64_t DecodeJpegByStb(const ByteBuffer& bytes) {
  int width = 0;
  int height = 0;
  stbi_uc* pixels =
      stbi_load_from_memory(bytes.data(), static_cast<int>(bytes.size()), &width, &height, nullptr, 3);
  if (pixels == nullptr) return 0;
  stbi_image_free(pixels);
  return int64_t{width} * height;
}

Image PictureByStb(const ByteBuffer& bytes) {
  Image image;
  stbi_uc* pixels = stbi_load_from_memory(bytes.data(), static_cast<int>(bytes.size()), &image.width,
                                          &image.height, nullptr, 3);
  if (pixels == nullptr) return {};
  image.pixels.assign(pixels, pixels + ptrdiff_t{3} * image.width * image.height);
  stbi_image_free(pixels);
  return image;
}

}  // namespace mobilenet::test
