#include "src/image/exif.h"

#include <random>

#include "src/image/image.h"
#include "src/image/orientation.h"
#include "test/image/files.h"
#include "test/image/samples.h"
#include "test/support/catch.h"

namespace mobilenet::test {
namespace {

// The picture as a camera stores it with this orientation, pixel by pixel from the definition: the first
// stored row is the upright picture's (1 top, 2 top, 3 bottom, 4 bottom, 5 left, 6 right, 7 right, 8 left)
// side, the first stored column its (1 left, 2 right, 3 right, 4 left, 5 top, 6 top, 7 bottom, 8 bottom)
// side.
Image Stored(const Image& upright, int orientation) {
  const int width = upright.width, height = upright.height;
  Image stored = {orientation >= 5 ? height : width, orientation >= 5 ? width : height, {}};
  for (int row = 0; row < stored.height; ++row) {
    for (int column = 0; column < stored.width; ++column) {
      int x = 0, y = 0;
      switch (orientation) {
        case 1:
          x = column, y = row;
          break;
        case 2:
          x = width - 1 - column, y = row;
          break;
        case 3:
          x = width - 1 - column, y = height - 1 - row;
          break;
        case 4:
          x = column, y = height - 1 - row;
          break;
        case 5:
          x = row, y = column;
          break;
        case 6:
          x = width - 1 - row, y = column;
          break;
        case 7:
          x = width - 1 - row, y = height - 1 - column;
          break;
        case 8:
          x = row, y = height - 1 - column;
          break;
      }
      for (int c = 0; c < 3; ++c)
        stored.pixels.push_back(upright.pixels[static_cast<size_t>((y * width + x) * 3 + c)]);
    }
  }
  return stored;
}

TEST_CASE("each EXIF orientation turns the picture upright") {
  const Image upright = ColouredFields(96, 64);  // whole blocks
  for (int orientation = 1; orientation <= 8; ++orientation) {
    for (bool is_big_endian : {false, true}) {
      CAPTURE(orientation, is_big_endian);
      const Bytes jpeg =
          EncodeJpeg(Stored(upright, orientation),
                     {.is_subsampled = false, .app1 = ExifWithOrientation(orientation, is_big_endian)});
      const Image decoded = DecodeImage(jpeg, "picture", {});
      CHECK(decoded.width == 96);
      CHECK(decoded.height == 64);
      CHECK(LargestDifference(decoded, upright) <= 8);
    }
  }
}

TEST_CASE("turning is exact for sides that are no multiple of the tiles") {
  for (const auto& [width, height] : {std::pair{1, 1}, {1, 70}, {70, 1}, {33, 65}, {100, 31}}) {
    const Image upright = NoisyGradient(width, height);
    for (int orientation = 0; orientation <= 9; ++orientation) {
      CAPTURE(width, height, orientation);
      const bool is_known = orientation >= 1 && orientation <= 8;
      CHECK(LargestDifference(TurnUpright(is_known ? Stored(upright, orientation) : upright, orientation),
                              upright) == 0);
    }
  }
}

TEST_CASE("EXIF that makes no sense leaves the picture as it is stored") {
  const Image picture = ColouredFields(48, 32);
  Bytes wrong_type = ExifWithOrientation(6);
  wrong_type[18] = 4;  // LONG
  Bytes text = ExifWithOrientation(6);
  text[18] = 2;
  Bytes far_away = ExifWithOrientation(6);
  far_away[10] = far_away[11] = far_away[12] = far_away[13] = 0xff;
  Bytes loop = ExifWithOrientation(9);
  loop[28] = 8;  // the next directory is this one
  const Bytes whole = ExifWithOrientation(6);
  const Bytes cut(whole.begin(), whole.begin() + 24);
  for (const Bytes& app1 :
       {wrong_type, text, far_away, loop, cut, ExifWithOrientation(0), ExifWithOrientation(9),
        ExifWithOrientation(65535), Bytes{'E', 'x', 'i', 'f', 0, 0}, Bytes{'h', 't', 't', 'p'}}) {
    CAPTURE(app1);
    const Image decoded = DecodeImage(EncodeJpeg(picture, {.app1 = app1}), "picture", {});
    CHECK(decoded.width == 48);
    CHECK(LargestDifference(decoded, picture) < 60);
  }
}

TEST_CASE("mutated EXIF never crashes and always gives an orientation") {
  constexpr unsigned kSeed = 20240607;
  CAPTURE(kSeed);
  std::minstd_rand random(kSeed);
  for (int i = 0; i < 20'000; ++i) {
    Bytes exif = ExifWithOrientation(1 + i % 8, i % 2 != 0) + Bytes(64, 0);
    for (unsigned changes = 1 + static_cast<unsigned>(random() % 6); changes > 0; --changes) {
      exif[6 + random() % (exif.size() - 6)] = static_cast<uint8_t>(random());
    }
    exif.resize(6 + random() % exif.size(), 0);
    const int orientation = ExifOrientation(exif);
    if (orientation < 1 || orientation > 8) FAIL("mutation " << i << ": orientation " << orientation);
  }
}

}  // namespace
}  // namespace mobilenet::test
