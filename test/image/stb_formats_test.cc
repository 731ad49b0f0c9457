// PNG, BMP, GIF, TGA, PSD, HDR and PIC beyond what decode_test.cc sees of them.
#include "src/image/image.h"
#include "test/image/files.h"
#include "test/image/samples.h"
#include "test/support/catch.h"

namespace mobilenet::test {
namespace {

using Samples = std::vector<int>;

Bytes DecodedPixels(const Bytes& bytes) {
  return DecodeImage(bytes, "picture", {}).pixels;
}

TEST_CASE("PNG of each depth and colour type gives its pixels on white") {
  // Four pixels in a row.
  const auto pixels = [](const Samples& samples, const PngOptions& options) {
    return DecodedPixels(EncodePng(4, 1, samples, options));
  };
  const Bytes black_to_white = {0, 0, 0, 85, 85, 85, 170, 170, 170, 255, 255, 255};
  CHECK(pixels({0, 1, 1, 0}, {.colour_type = 0, .depth_bits = 1}) ==
        Bytes{0, 0, 0, 255, 255, 255, 255, 255, 255, 0, 0, 0});
  CHECK(pixels({0, 1, 2, 3}, {.colour_type = 0, .depth_bits = 2}) == black_to_white);
  CHECK(pixels({0, 5, 10, 15}, {.colour_type = 0, .depth_bits = 4}) == black_to_white);
  CHECK(pixels({0, 85, 170, 255}, {.colour_type = 0}) == black_to_white);
  CHECK(pixels({0, 85 * 257, 170 * 257, 65535}, {.colour_type = 0, .depth_bits = 16}) == black_to_white);
  // Grey and alpha: opaque black, black at 2/3, transparent black, opaque white.
  CHECK(pixels({0, 255, 0, 170, 0, 0, 255, 255}, {.colour_type = 4}) ==
        Bytes{0, 0, 0, 85, 85, 85, 255, 255, 255, 255, 255, 255});
  CHECK(pixels({255, 0, 0, 255, 0, 255, 0, 51, 9, 9, 9, 0, 1, 2, 3, 255}, {.colour_type = 6}) ==
        Bytes{255, 0, 0, 204, 255, 204, 255, 255, 255, 1, 2, 3});
  const Bytes palette = {10, 20, 30, 40, 50, 60, 70, 80, 90};
  for (int depth_bits : {2, 4, 8}) {
    CHECK(pixels({2, 1, 0, 1}, {.colour_type = 3, .depth_bits = depth_bits, .palette = palette}) ==
          Bytes{70, 80, 90, 40, 50, 60, 10, 20, 30, 40, 50, 60});
  }
  // The palette's first colour transparent, the second at 1/5.
  CHECK(pixels({2, 1, 0, 2}, {.colour_type = 3, .palette = palette, .transparency = {0, 51}}) ==
        Bytes{70, 80, 90, 212, 214, 216, 255, 255, 255, 70, 80, 90});
  // One grey that is transparent.
  CHECK(pixels({7, 8, 9, 8}, {.colour_type = 0, .transparency = {0, 8}}) ==
        Bytes{7, 7, 7, 255, 255, 255, 9, 9, 9, 255, 255, 255});
}

TEST_CASE("an interlaced PNG is the same picture at every size") {
  for (int width = 1; width <= 10; ++width) {
    for (int height : {1, 2, 5, 9}) {
      CAPTURE(width, height);
      const Image picture = NoisyGradient(width, height);
      const Samples samples(picture.pixels.begin(), picture.pixels.end());
      CHECK(DecodedPixels(EncodePng(width, height, samples, {.is_interlaced = true})) == picture.pixels);
    }
  }
}

TEST_CASE("a PNG with a flipped bit is an error, whichever it is") {
  const Bytes whole = WritePng(NoisyGradient(9, 7));
  for (size_t bit = 64; bit < whole.size() * 8; ++bit) {
    CAPTURE(bit);
    Bytes damaged = whole;
    damaged[bit / 8] = static_cast<uint8_t>(damaged[bit / 8] ^ 1 << bit % 8);
    REQUIRE(DecodeError(damaged).find("picture: ") == 0);
  }
  Bytes damaged = whole;
  damaged[60] ^= 1;
  CHECK(DecodeError(damaged) == "picture: damaged PNG: wrong check sum");
}

TEST_CASE("a PNG's header is checked") {
  const auto error = [](const Bytes& header) {
    return DecodeError(PngSignature() + PngChunk("IHDR", header) + PngChunk("IEND", {}));
  };
  CHECK(error({0, 0, 0, 4, 0, 0, 0, 4, 4, 2, 0, 0, 0}) == "picture: damaged PNG: colour type 2 with 4 bits");
  CHECK(error({0, 0, 0, 4, 0, 0, 0, 4, 8, 2, 0, 0}) == "picture: damaged PNG: it does not begin with IHDR");
  CHECK(error({0, 0, 0, 4, 0, 0, 0, 4, 8, 2, 0, 0, 0}).find("picture: cannot decode PNG: ") ==
        0);  // no pixels
}

TEST_CASE("a PNG's chunk without pixels may be damaged or unknown") {
  const Image picture = NoisyGradient(5, 5);
  Bytes png = WritePng(picture);
  Bytes comment = PngChunk("teXt", {'h', 'i'});
  comment.back() ^= 1;
  png.insert(png.begin() + 33, comment.begin(), comment.end());
  CHECK(DecodedPixels(png) == picture.pixels);
  Bytes unknown = WritePng(picture);
  const Bytes critical = PngChunk("NEWS", {});
  unknown.insert(unknown.begin() + 33, critical.begin(), critical.end());
  CHECK(DecodeError(unknown) == "picture: cannot decode PNG: unknown chunk");
}

TEST_CASE("BMP of each depth and row order gives its pixels") {
  const Image colour = NoisyGradient(7, 5);
  for (bool is_top_down : {false, true}) {
    for (int pixel_bits : {24, 32}) {
      CAPTURE(is_top_down, pixel_bits);
      CHECK(DecodedPixels(EncodeBmp(colour, {pixel_bits, is_top_down})) == colour.pixels);
    }
  }
  Image grey = colour;
  for (size_t i = 0; i < grey.pixels.size(); ++i) grey.pixels[i] = grey.pixels[i / 3 * 3];
  CHECK(DecodedPixels(EncodeBmp(grey, {.pixel_bits = 8})) == grey.pixels);
}

TEST_CASE("a BMP that stb_image misreads is refused") {
  Bytes palette_in_header = EncodeBmp(NoisyGradient(7, 5), {.pixel_bits = 8});
  palette_in_header[10] = 20;
  palette_in_header[11] = 0;
  CHECK(DecodeError(palette_in_header) == "picture: damaged BMP: pixels at byte 20, in the header");
  Bytes run_lengths = EncodeBmp(NoisyGradient(7, 5), {.pixel_bits = 8});
  run_lengths[30] = 1;
  CHECK(DecodeError(run_lengths) == "picture: cannot decode BMP: BMP type not supported: RLE");
}

TEST_CASE("a GIF shows its first frame, transparent pixels white") {
  const Image picture = ColouredFields(24, 20);
  CHECK(DecodedPixels(EncodeGif(picture)) == picture.pixels);
  const std::array<uint8_t, 3> transparent = {picture.pixels[0], picture.pixels[1], picture.pixels[2]};
  Image on_white = picture;
  for (size_t i = 0; i < on_white.pixels.size(); i += 3) {
    if (std::equal(transparent.begin(), transparent.end(), &on_white.pixels[i])) {
      std::fill_n(&on_white.pixels[i], 3, uint8_t{255});
    }
  }
  REQUIRE(on_white.pixels != picture.pixels);
  CHECK(DecodedPixels(EncodeGif(picture, transparent)) == on_white.pixels);
}

TEST_CASE("a TGA's fourth byte is alpha, unless it is zero throughout") {
  Bytes tga = {0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0, 32, 0x28, 1, 2, 3, 0, 4, 5, 6, 0};
  CHECK(DecodedPixels(tga) == Bytes{3, 2, 1, 6, 5, 4});
  tga.back() = 255;
  CHECK(DecodedPixels(tga) == Bytes{255, 255, 255, 6, 5, 4});
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
    // Only the GIF's second frame and the like may be missing.
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
