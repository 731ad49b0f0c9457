// WebP, TIFF, HEIF and AVIF beyond what decode_test.cc covers.
#include <algorithm>

#include "src/image/image.h"
#include "src/image/orientation.h"
#include "test/image/files.h"
#include "test/image/heif_files.h"
#include "test/image/samples.h"
#include "test/support/catch.h"
#include "test/support/skip.h"

namespace mobilenet::test {
namespace {

Image Decode(const Bytes& bytes) {
  return DecodeImage(bytes, "picture", {});
}

void PutLittle(Bytes& bytes, uint32_t value, int count) {
  for (int i = 0; i < count; ++i) bytes.push_back(static_cast<uint8_t>(value >> 8 * i));
}

// A chunk of RIFF, with a zero byte after odd lengths.
Bytes Chunk(const std::string& type, const Bytes& data) {
  Bytes chunk = FromText(type);
  PutLittle(chunk, static_cast<uint32_t>(data.size()), 4);
  chunk = chunk + data;
  if (data.size() % 2 != 0) chunk.push_back(0);
  return chunk;
}

Bytes Riff(const Bytes& chunks) {
  return Chunk("RIFF", FromText("WEBP") + chunks);
}

// The chunk with the pixels of a plain WebP.
Bytes PixelChunk(const Bytes& webp) {
  return Bytes(webp.begin() + 12, webp.end());
}

// A WebP of the extended kind.
Bytes ExtendedWebp(int flags, int width, int height, const Bytes& chunks) {
  Bytes header = {static_cast<uint8_t>(flags), 0, 0, 0};
  PutLittle(header, static_cast<uint32_t>(width - 1), 3);
  PutLittle(header, static_cast<uint32_t>(height - 1), 3);
  return Riff(Chunk("VP8X", header) + chunks);
}

TEST_CASE("a WebP is shown on white, and turned as its EXIF says") {
  const Bytes two = EncodeWebp(2, 1, {255, 0, 0, 51, 10, 20, 30, 255}, true);
  CHECK(Decode(two).pixels == Bytes{255, 204, 204, 10, 20, 30});

  const Image stored = NoisyGradient(9, 5);
  const Bytes pixels = PixelChunk(EncodeWebp(9, 5, WithAlpha(stored.pixels, 255), true));
  for (int orientation = 1; orientation <= 8; ++orientation) {
    for (const bool has_magic : {false, true}) {
      CAPTURE(orientation, has_magic);
      Bytes exif = ExifWithOrientation(orientation);
      if (!has_magic) exif.erase(exif.begin(), exif.begin() + 6);
      constexpr int kExifFlag = 0x08;
      const Bytes webp = ExtendedWebp(kExifFlag, 9, 5, pixels + Chunk("EXIF", exif));
      CHECK(LargestDifference(Decode(webp), TurnUpright(stored, orientation)) == 0);
    }
  }
}

TEST_CASE("of an animated WebP the first frame is shown on its canvas") {
  const Image picture = NoisyGradient(8, 6);
  const Bytes pixels = PixelChunk(EncodeWebp(8, 6, WithAlpha(picture.pixels, 255), true));
  Bytes frame;  // left / 2, top / 2, width - 1, height - 1, duration, flags
  for (const uint32_t value : {2u, 1u, 7u, 5u, 100u}) PutLittle(frame, value, 3);
  frame.push_back(0);
  constexpr int kAnimationFlag = 0x02;
  const Bytes webp =
      ExtendedWebp(kAnimationFlag, 20, 10, Chunk("ANIM", Bytes(6, 0)) + Chunk("ANMF", frame + pixels));
  const Image shown = Decode(webp);
  REQUIRE(shown.width == 20);
  REQUIRE(shown.height == 10);
  for (int y = 0; y < 10; ++y) {
    for (int x = 0; x < 20; ++x) {
      const bool is_inside = x >= 4 && x < 12 && y >= 2 && y < 8;
      const uint8_t right = is_inside ? picture.pixels[static_cast<size_t>(3 * ((y - 2) * 8 + x - 4))] : 255;
      REQUIRE(shown.pixels[static_cast<size_t>(3 * (y * 20 + x))] == right);
    }
  }
}

TEST_CASE("a damaged or endless WebP is an error") {
  const Bytes webp = EncodeWebp(40, 30, WithAlpha(NoisyGradient(40, 30).pixels, 255), true);
  Bytes damaged = webp;
  std::fill(damaged.begin() + 40, damaged.begin() + 60, uint8_t{0xff});
  CHECK(DecodeError(damaged).find("picture: ") == 0);
  CHECK(DecodeError(Bytes(webp.begin(), webp.begin() + 100)) ==
        "picture: truncated WebP: it ends before its last pixel");
  DecodeOptions options;
  options.max_decode_ms = 0.0001;
  CHECK(DecodeError(webp, options).find("picture: cannot decode WebP: takes more than ") == 0);
}

TEST_CASE("TIFF of each layout and compression gives its pixels") {
  constexpr int kWidth = 37, kHeight = 21;
  const Image picture = NoisyGradient(kWidth, kHeight);
  Bytes planar;
  for (size_t c = 0; c < 3; ++c) {
    for (size_t i = c; i < picture.pixels.size(); i += 3) planar.push_back(picture.pixels[i]);
  }
  constexpr int kNone = 1, kLzw = 5, kDeflate = 8, kPackBits = 32773;
  for (const int compression : {kNone, kLzw, kDeflate, kPackBits}) {
    for (const int tile_side : {0, 16}) {
      for (const int rows_per_strip : {1, 8, 21}) {
        for (const bool is_planar : {false, true}) {
          for (const bool is_big_endian : {false, true}) {
            CAPTURE(compression, tile_side, rows_per_strip, is_planar, is_big_endian);
            const TiffOptions options{.width = kWidth,
                                      .height = kHeight,
                                      .compression = compression,
                                      .rows_per_strip = rows_per_strip,
                                      .tile_side = tile_side,
                                      .is_planar = is_planar,
                                      .is_big_endian = is_big_endian};
            const Bytes tiff = EncodeTiff(options, is_planar ? planar : picture.pixels);
            CHECK(LargestDifference(Decode(tiff), picture) == 0);
          }
        }
      }
    }
  }
}

TEST_CASE("TIFF of each kind of colours gives its pixels on white") {
  // Two pixels.
  const auto pixels = [](TiffOptions options, const Bytes& samples) {
    options.width = 2;
    options.height = 1;
    return Decode(EncodeTiff(options, samples)).pixels;
  };
  constexpr int kBlackIsZero = 1, kWhiteIsZero = 0, kPalette = 3, kCmyk = 5;
  CHECK(pixels({.channels = 1, .photometric = kBlackIsZero}, {10, 200}) == Bytes{10, 10, 10, 200, 200, 200});
  CHECK(pixels({.channels = 1, .photometric = kWhiteIsZero}, {10, 200}) == Bytes{245, 245, 245, 55, 55, 55});
  CHECK(pixels({.channels = 1, .bits = 1, .photometric = kBlackIsZero}, {0x40}) ==
        Bytes{0, 0, 0, 255, 255, 255});
  CHECK(pixels({.channels = 1, .photometric = kPalette}, {10, 200}) == Bytes{245, 245, 245, 55, 55, 55});
  CHECK(pixels({.bits = 16}, {0, 0, 255, 255, 0, 0, 255, 255, 0, 0, 255, 255}) ==
        Bytes{0, 255, 0, 255, 0, 255});
  CHECK(pixels({.channels = 4, .photometric = kCmyk}, {255, 0, 0, 0, 0, 0, 0, 255}) ==
        Bytes{0, 255, 255, 0, 0, 0});
  constexpr int kAssociated = 1, kUnassociated = 2;
  CHECK(pixels({.channels = 4, .alpha = kAssociated}, {51, 0, 0, 51, 0, 0, 0, 0}) ==
        Bytes{255, 204, 204, 255, 255, 255});
  CHECK(pixels({.channels = 4, .alpha = kUnassociated}, {255, 0, 0, 51, 9, 9, 9, 0}) ==
        Bytes{255, 204, 204, 255, 255, 255});
  const Bytes floats = EncodeTiff({.width = 1, .height = 1, .bits = 32, .is_float = true}, Bytes(12, 0));
  CHECK(DecodeError(floats).find("picture: TIFF of this kind is not read: ") == 0);
}

TEST_CASE("a TIFF that is cut off is an error, unless its picture is whole") {
  const Bytes samples(19 * 13 * 3, 100);
  // Without its palette, libtiff shows the indices as greys.
  for (const TiffOptions& options : std::initializer_list<TiffOptions>{
           {.width = 19, .height = 13, .channels = 1, .photometric = 3},
           {.width = 19, .height = 13, .compression = 5},
           {.width = 19, .height = 13, .tile_side = 16, .is_big_endian = true},
       }) {
    const Bytes tiff = EncodeTiff(options, samples);
    const Image whole = Decode(tiff);
    for (size_t length = 1; length < tiff.size(); ++length) {
      CAPTURE(options.photometric, length, tiff.size());
      const Bytes cut(tiff.begin(), tiff.begin() + static_cast<ptrdiff_t>(length));
      if (!DecodeError(cut).empty()) continue;
      CHECK(LargestDifference(Decode(cut), whole) == 0);
    }
  }
}

TEST_CASE("a TIFF is turned as its orientation says") {
  const Image stored = NoisyGradient(9, 5);
  for (int orientation = 1; orientation <= 8; ++orientation) {
    CAPTURE(orientation);
    const Bytes tiff =
        EncodeTiff({.width = 9, .height = 5, .orientation = orientation, .rows_per_strip = 2}, stored.pixels);
    CHECK(LargestDifference(Decode(tiff), TurnUpright(stored, orientation)) == 0);
  }
}

// Whether the program was built with libheif, and it is installed with its decoders.
bool ReadsHeif() {
  const std::string error = DecodeError(FromBase64(kPlainHeic)) + DecodeError(FromBase64(kAlphaAvif));
  if (error.empty()) return true;
  Skip(error);
  return false;
}

// Whether the pixel in the middle of this quarter (of four: left to right, top to bottom) is about this
// colour.
bool HasColour(const Image& image, int quarter, const Bytes& colour) {
  const int x = image.width * (quarter % 2 * 2 + 1) / 4, y = image.height * (quarter / 2 * 2 + 1) / 4;
  for (size_t c = 0; c < 3; ++c) {
    const int value = image.pixels[static_cast<size_t>(3 * (y * image.width + x)) + c];
    if (std::abs(value - colour[c]) > 8) return false;
  }
  return true;
}

TEST_CASE("HEIC and AVIF are shown upright and on white") {
  if (!ReadsHeif()) return;
  const Bytes red = {220, 40, 30}, green = {40, 200, 60}, blue = {30, 60, 210}, grey = {128, 128, 128};
  const Image plain = Decode(FromBase64(kPlainHeic));
  REQUIRE(plain.width == 64);
  REQUIRE(plain.height == 48);
  CHECK((HasColour(plain, 0, red) && HasColour(plain, 1, green) && HasColour(plain, 2, blue) &&
         HasColour(plain, 3, grey)));
  const Image turned = Decode(FromBase64(kTurnedHeic));
  REQUIRE(turned.width == 48);
  CHECK((HasColour(turned, 0, blue) && HasColour(turned, 1, red) && HasColour(turned, 2, grey) &&
         HasColour(turned, 3, green)));
  const Image on_white = Decode(FromBase64(kAlphaAvif));
  CHECK((HasColour(on_white, 0, red) && HasColour(on_white, 1, green) && HasColour(on_white, 2, blue) &&
         HasColour(on_white, 3, {255, 255, 255})));
}

TEST_CASE("a truncated or damaged HEIC is an error") {
  if (!ReadsHeif()) return;
  const Bytes whole = FromBase64(kPlainHeic);
  for (size_t size = 12; size < whole.size(); size += 7) {
    CAPTURE(size);
    CHECK(DecodeError(Bytes(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size))).find("picture: ") ==
          0);
  }
  // The grid of tiles claims to be larger than the picture: refused before memory is allocated for it.
  const Bytes size = {0, 64, 0, 48};
  Bytes larger = whole;
  const auto grid = std::search(larger.begin(), larger.end(), size.begin(), size.end());
  REQUIRE(grid != larger.end());
  grid[0] = grid[2] = 0x70;
  const std::string error = DecodeError(larger);
  CHECK(error.starts_with("picture: cannot decode HEIF"));
  CHECK(error.find("another size") == std::string::npos);
}

}  // namespace
}  // namespace mobilenet::test
