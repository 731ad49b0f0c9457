// TGA, HDR and PIC beyond what decode_test.cc covers, and what all formats share.
#include "src/image/image.h"
#include "src/image/orientation.h"
#include "test/image/decoded_pixels.h"
#include "test/image/files.h"
#include "test/image/samples.h"
#include "test/support/catch.h"

namespace mobilenet::test {
namespace {

TEST_CASE("a TGA's fourth byte is alpha where its header says so, unless it is zero throughout") {
  Bytes tga = {0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0, 32, 0x28, 1, 2, 3, 0, 4, 5, 6, 0};
  CHECK(DecodedPixels(tga) == Bytes{3, 2, 1, 6, 5, 4});
  tga.back() = 255;
  CHECK(DecodedPixels(tga) == Bytes{255, 255, 255, 6, 5, 4});
  tga[17] = 0x20;  // no attribute bits
  CHECK(DecodedPixels(tga) == Bytes{3, 2, 1, 6, 5, 4});
  // Grey and alpha.
  Bytes grey = {0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0, 16, 0x28, 10, 255, 20, 0};
  CHECK(DecodedPixels(grey) == Bytes{10, 10, 10, 255, 255, 255});
  grey[17] = 0x20;
  CHECK(DecodedPixels(grey) == Bytes{10, 10, 10, 20, 20, 20});
}

TEST_CASE("a TGA may begin in each of its corners") {
  const Image picture = NoisyGradient(9, 7);
  for (const bool is_run_length_encoded : {false, true}) {
    const Bytes from_bottom_left = WriteTga(picture, is_run_length_encoded);
    REQUIRE((from_bottom_left[17] & 0x30) == 0);
    for (const int corner : {0x00, 0x10, 0x20, 0x30}) {
      CAPTURE(is_run_length_encoded, corner);
      Bytes tga = from_bottom_left;
      tga[17] = static_cast<uint8_t>(tga[17] | corner);
      // The picture whose rows and columns are stored in this order.
      const int orientation = corner == 0x00 ? 1 : corner == 0x10 ? 2 : corner == 0x20 ? 4 : 3;
      CHECK(LargestDifference(DecodeImage(tga, "picture", {}), TurnUpright(picture, orientation)) == 0);
    }
  }
}

TEST_CASE("a truncated file of each format is an error or the whole picture") {
  for (const SampleFile& file : SampleFiles()) {
    const Image whole = DecodeImage(file.bytes, file.name, {});
    size_t errors = 0;
    for (size_t size = 1; size < file.bytes.size(); ++size) {
      const Bytes cut(file.bytes.begin(), file.bytes.begin() + static_cast<ptrdiff_t>(size));
      Image decoded;
      if (!ErrorOf([&] { decoded = DecodeImage(cut, file.name, {}); }).empty()) {
        ++errors;
        continue;
      }
      CAPTURE(file.name, size, file.bytes.size());
      REQUIRE(LargestDifference(decoded, whole) == 0);
    }
    // Only parts such as the GIF's second frame may be missing.
    CAPTURE(file.name, errors, file.bytes.size());
    CHECK(errors >= file.bytes.size() / 3);
    const Bytes third(file.bytes.begin(), file.bytes.begin() + static_cast<ptrdiff_t>(file.bytes.size() / 3));
    CHECK(DecodeError(third).find("truncated") != std::string::npos);
  }
}

TEST_CASE("bytes after a picture do not matter") {
  for (const SampleFile& file : SampleFiles()) {
    CAPTURE(file.name);
    CHECK(LargestDifference(DecodeImage(file.bytes + Bytes(300, 0xa5), file.name, {}),
                            DecodeImage(file.bytes, file.name, {})) == 0);
  }
}

}  // namespace
}  // namespace mobilenet::test
