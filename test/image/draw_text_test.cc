#include "src/image/draw_text.h"

#include <algorithm>

#include "src/image/encode_jpeg.h"
#include "test/image/files.h"
#include "test/image/samples.h"
#include "test/support/catch.h"

namespace mobilenet::test {
namespace {

Image GreyImage(int width, int height) {
  return {width, height, ByteBuffer(static_cast<size_t>(width * height * 3), 128)};
}

TEST_CASE("text is white on black in the corner, and the rest of the picture stays") {
  Image image = GreyImage(400, 300);
  DrawText(image, {"97.1 % macaw", "caf\xc3\xa9"});
  const auto count = [&](uint8_t value) {
    return std::count(image.pixels.begin(), image.pixels.end(), value) / 3;
  };
  CHECK(count(255) > 100);
  CHECK(count(0) > count(255));
  CHECK(count(0) + count(255) + count(128) == 400 * 300);
  CHECK(image.pixels[0] == 0);
  CHECK(image.pixels.back() == 128);
  Image other = GreyImage(400, 300);
  DrawText(other, {"97.1 % macaw", "cafe"});
  CHECK(other.pixels != image.pixels);
  Image nothing = GreyImage(400, 300);
  DrawText(nothing, {});
  CHECK(nothing.pixels == GreyImage(400, 300).pixels);
}

TEST_CASE("text is cut off at the border of the smallest pictures") {
  for (int size : {1, 2, 10, 40}) {
    Image image = GreyImage(size, size);
    DrawText(image, std::vector<std::string>(20, std::string(100, 'W')));
    CHECK(image.pixels.size() == static_cast<size_t>(size * size * 3));
  }
}

TEST_CASE("a line that is too long for the picture ends in dots") {
  Image image = GreyImage(120, 60);
  DrawText(image, {std::string(100, 'W')});
  const auto is_cut_to = [&](size_t length) {
    Image other = GreyImage(120, 60);
    DrawText(other, {std::string(length, 'W') + "..."});
    return other.pixels == image.pixels;
  };
  size_t length = 1;
  while (length < 90 && !is_cut_to(length)) ++length;
  CHECK(length > 1);
  CHECK(length < 20);  // a W has 6 pixels and more
  // No letter is cut by the picture's edge.
  for (size_t y = 0; y < 60; ++y) CHECK(image.pixels[(y * 120 + 119) * 3] != 255);
}

TEST_CASE("a picture written as JPEG is the picture") {
  const Image picture = ColouredFields(64, 48);
  const ByteBuffer jpeg = mobilenet::EncodeJpeg(picture, 100);
  const Image read = DecodeImage(jpeg, "picture", {});
  CHECK(read.width == 64);
  CHECK(LargestDifference(read, DecodeImage(EncodeJpeg(picture, {.quality = 100}), "picture", {})) == 0);
  const Image wide{70'000, 1, ByteBuffer(210'000)};
  CHECK(ErrorOf([&] { mobilenet::EncodeJpeg(wide, 90); }) == "cannot write a JPEG of 70000 x 1 pixels");
}

TEST_CASE("the comment of a JPEG that was written is read back, and of nothing else") {
  const Image picture = NoisyGradient(16, 16);
  const auto text = [](const auto& bytes) {
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  };
  const std::string with = text(mobilenet::EncodeJpeg(picture, 90, "who wrote it"));
  CHECK(JpegComment(with) == "who wrote it");
  CHECK(JpegComment(with.substr(0, 64)) == "who wrote it");
  CHECK(JpegComment(text(mobilenet::EncodeJpeg(picture, 90))).empty());
  for (size_t bytes = 0; bytes < 30; ++bytes) {
    CHECK(std::string("who wrote it").starts_with(JpegComment(with.substr(0, bytes))));
  }
  CHECK(JpegComment(std::string(100, 'x')).empty());
}

}  // namespace
}  // namespace mobilenet::test
