#include "test/bench/photograph.h"

#include <algorithm>

#include "src/image/image.h"
#include "test/image/encoders.h"
#include "test/support/under_test.h"

namespace mobilenet::test {
namespace {

// The sample photograph of the repository, mirrored at its borders until it fills this size: real texture,
// and so about as many bytes and as much decoding work as a real photograph.
Image PhotographOfSize(int width, int height) {
  const Image sample = DecodeImageFile(test::Checkout() + "/models/sample/chelsea.jpg", {});
  const auto mirrored = [](int i, int size) { return (i / size) % 2 == 0 ? i % size : size - 1 - i % size; };
  Image image{width, height, ByteBuffer(static_cast<size_t>(width) * static_cast<size_t>(height) * 3)};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const int from = (mirrored(y, sample.height) * sample.width + mirrored(x, sample.width)) * 3;
      std::copy_n(&sample.pixels[static_cast<size_t>(from)], 3,
                  &image.pixels[static_cast<size_t>((y * width + x) * 3)]);
    }
  }
  return image;
}

}  // namespace

std::string WritePhotograph(const TemporaryFolder& folder, int width, int height) {
  const std::string path = folder / (std::to_string(width) + "x" + std::to_string(height) + ".jpg");
  const auto bytes = EncodeJpeg(PhotographOfSize(width, height), {.quality = 90});
  WriteFileBytes(path, std::string(bytes.begin(), bytes.end()));
  return path;
}

}  // namespace mobilenet::test
