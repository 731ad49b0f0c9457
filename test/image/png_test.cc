// PNG beyond what decode_test.cc covers.
#include <algorithm>
#include <string_view>

#include "src/image/image.h"
#include "src/image/orientation.h"
#include "test/image/decoded_pixels.h"
#include "test/image/files.h"
#include "test/image/samples.h"
#include "test/support/catch.h"

namespace mobilenet::test {
namespace {

using Samples = std::vector<int>;

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
  // The last four bytes, the check sum of an empty chunk after all pixels, Debian 13's libpng does not look
  // at.
  for (size_t bit = 64; bit < (whole.size() - 4) * 8; ++bit) {
    CAPTURE(bit);
    Bytes damaged = whole;
    damaged[bit / 8] = static_cast<uint8_t>(damaged[bit / 8] ^ 1 << bit % 8);
    REQUIRE(DecodeError(damaged).find("picture: ") == 0);
  }
  Bytes damaged = whole;
  damaged[60] ^= 1;
  CHECK(DecodeError(damaged).find("picture: cannot decode PNG: IDAT: ") == 0);
}

TEST_CASE("a PNG's header is checked") {
  const auto error = [](const Bytes& header) {
    return DecodeError(PngSignature() + PngChunk("IHDR", header) + PngChunk("IEND", {}));
  };
  CHECK(error({0, 0, 0, 4, 0, 0, 0, 4, 4, 2, 0, 0, 0}) == "picture: cannot decode PNG: invalid IHDR data");
  // "invalid"; Debian 13's libpng: "too short"
  CHECK(error({0, 0, 0, 4, 0, 0, 0, 4, 8, 2, 0, 0}).find("picture: cannot decode PNG: IHDR: ") == 0);
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
  CHECK(DecodeError(unknown) == "picture: cannot decode PNG: NEWS: unhandled critical chunk");
}

// The chunk after the one of this type.
Bytes WithChunkAfter(const Bytes& png, std::string_view type, const Bytes& chunk) {
  const auto found = std::search(png.begin(), png.end(), type.begin(), type.end());
  REQUIRE(found != png.end());
  size_t count = 0;
  for (int i = -4; i < 0; ++i) count = count << 8 | found[i];
  const auto end = found + static_cast<ptrdiff_t>(4 + count + 4);
  return Bytes(png.begin(), end) + chunk + Bytes(end, png.end());
}

TEST_CASE("a PNG is turned as its eXIf says, whether that comes before its pixels or after them") {
  const Image stored = NoisyGradient(9, 5);
  for (int orientation = 1; orientation <= 8; ++orientation) {
    for (const bool is_big_endian : {false, true}) {
      for (const char* const place : {"IHDR", "IDAT"}) {
        CAPTURE(orientation, is_big_endian, place);
        const Bytes app1 = ExifWithOrientation(orientation, is_big_endian);
        const Bytes exif = PngChunk("eXIf", Bytes(app1.begin() + 6, app1.end()));
        const Image decoded = DecodeImage(WithChunkAfter(WritePng(stored), place, exif), "picture", {});
        CHECK(LargestDifference(decoded, TurnUpright(stored, orientation)) == 0);
      }
    }
  }
}

TEST_CASE("a PNG's colours are those that are stored, whatever gamma it names") {
  const Bytes plain = EncodePng(2, 1, {100, 100, 100, 128, 200, 10, 60, 64}, {.colour_type = 6});
  const Bytes gamma = PngChunk("gAMA", {0, 0, 0xb1, 0x8f}), profile = PngChunk("sRGB", {0});
  CHECK(DecodedPixels(WithChunkAfter(plain, "IHDR", gamma + profile)) == DecodedPixels(plain));
  CHECK(DecodedPixels(plain) == Bytes{177, 177, 177, 241, 194, 206});
}

TEST_CASE("a PNG's transparency is part of its picture") {
  const Bytes png =
      EncodePng(2, 1, {0, 1}, {.colour_type = 3, .palette = {1, 2, 3, 4, 5, 6}, .transparency = {0}});
  CHECK(DecodedPixels(png) == Bytes{255, 255, 255, 4, 5, 6});
  Bytes damaged = png;
  constexpr std::string_view kChunk = "tRNS";
  const auto found = std::search(damaged.begin(), damaged.end(), kChunk.begin(), kChunk.end());
  found[4] ^= 1;
  CHECK(DecodeError(damaged) == "picture: cannot decode PNG: tRNS: CRC error");
}

TEST_CASE("decoding a PNG ends when its time is over") {
  DecodeOptions options;
  options.max_decode_ms = 0.001;
  CHECK(DecodeError(WritePng(NoisyGradient(400, 300)), options) ==
        "picture: cannot decode PNG: takes more than 0.001 ms (--max-decode-ms raises it)");
}

}  // namespace
}  // namespace mobilenet::test
