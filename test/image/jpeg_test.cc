#include <algorithm>

#include "src/image/image.h"
#include "test/image/files.h"
#include "test/image/samples.h"
#include "test/support/catch.h"

namespace mobilenet::test {
namespace {

using Colour = JpegOptions::Colour;

Image Decode(const Bytes& bytes) {
  return DecodeImage(bytes, "picture", {});
}

// Where the segment with this marker begins (at its 0xff), looking from `from` on.
size_t FindMarker(const Bytes& jpeg, uint8_t marker, size_t from = 0) {
  const uint8_t pair[] = {0xff, marker};
  const auto found = std::search(jpeg.begin() + static_cast<ptrdiff_t>(from), jpeg.end(), pair, pair + 2);
  REQUIRE(found != jpeg.end());
  return static_cast<size_t>(found - jpeg.begin());
}

TEST_CASE("a progressive JPEG gives the baseline one's pixels") {
  const Image picture = NoisyGradient(75, 61);
  const Bytes baseline = EncodeJpeg(picture, {});
  const Bytes progressive = EncodeJpeg(picture, {.is_progressive = true});
  REQUIRE(baseline != progressive);
  CHECK(LargestDifference(Decode(baseline), Decode(progressive)) == 0);
  CHECK(LargestDifference(Decode(baseline), picture) < 60);
}

TEST_CASE("a grey JPEG has equal channels") {
  const Image picture = ColouredFields(64, 64);
  const Image decoded = Decode(EncodeJpeg(picture, {.colour = Colour::kGrey}));
  REQUIRE(decoded.pixels.size() == picture.pixels.size());
  int largest = 0;
  for (size_t i = 0; i < picture.pixels.size(); i += 3) {
    largest = std::max(largest, std::abs(decoded.pixels[i] - picture.pixels[i]));
    if (decoded.pixels[i] != decoded.pixels[i + 1] || decoded.pixels[i] != decoded.pixels[i + 2])
      largest = 256;
  }
  CHECK(largest <= 4);
}

TEST_CASE("CMYK, YCCK and RGB JPEGs show the colours that went in") {
  const Image picture = ColouredFields(64, 64);  // fields of 16 x 16, whole blocks
  for (Colour colour : {Colour::kCmyk, Colour::kYcck, Colour::kRgb, Colour::kYcc}) {
    CAPTURE(static_cast<int>(colour));
    const Bytes jpeg = EncodeJpeg(picture, {.colour = colour, .quality = 100, .is_subsampled = false});
    CHECK(LargestDifference(Decode(jpeg), picture) <= 6);
  }
}

TEST_CASE("a truncated JPEG is an error at every length") {
  for (bool is_progressive : {false, true}) {
    const Bytes whole = EncodeJpeg(NoisyGradient(40, 32), {.is_progressive = is_progressive});
    for (size_t size = 3; size < whole.size(); ++size) {
      CAPTURE(is_progressive, size, whole.size());
      const std::string error =
          DecodeError(Bytes(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size)));
      REQUIRE(error.find("picture: ") == 0);
    }
    const Bytes half(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(whole.size() / 2));
    CHECK(DecodeError(half) == "picture: truncated JPEG: premature end of JPEG file");
  }
}

TEST_CASE("damaged entropy-coded data are an error, bytes between the segments are not") {
  const Bytes whole = EncodeJpeg(NoisyGradient(80, 64), {});
  const size_t scan = FindMarker(whole, 0xda);
  // A marker in the middle of the data ends them.
  Bytes cut_short = whole;
  cut_short[scan + 600] = 0xff;
  cut_short[scan + 601] = 0xd9;
  CHECK(DecodeError(cut_short).find("picture: cannot decode JPEG: corrupt JPEG data") == 0);

  Bytes padded = whole;
  const Bytes padding(5, 0);
  padded.insert(padded.begin() + static_cast<ptrdiff_t>(FindMarker(whole, 0xdb)), padding.begin(),
                padding.end());
  CHECK(LargestDifference(Decode(padded), Decode(whole)) == 0);
  CHECK(LargestDifference(Decode(whole + padding), Decode(whole)) == 0);
}

TEST_CASE("what libjpeg-turbo does not read is an error with its reason") {
  const Bytes whole = EncodeJpeg(NoisyGradient(16, 16), {});
  const size_t frame = FindMarker(whole, 0xc0);
  Bytes twelve_bits = whole;
  twelve_bits[frame + 4] = 12;
  CHECK(DecodeError(twelve_bits).find("picture: cannot decode JPEG: unsupported JPEG data precision 12") ==
        0);
  Bytes lossless = whole;
  lossless[frame + 1] = 0xc3;
  CHECK(DecodeError(lossless).find("picture: cannot decode JPEG: ") == 0);
  Bytes without_rows = whole;
  without_rows[frame + 5] = without_rows[frame + 6] = 0;
  CHECK(DecodeError(without_rows).find("picture: cannot decode JPEG: ") == 0);
  const Bytes two_components = {0xff, 0xd8, 0xff, 0xc0, 0, 14, 8, 0, 8, 0, 8,  2, 1, 0x11, 0, 2, 0x11, 0,
                                0xff, 0xda, 0,    10,   2, 1,  0, 2, 0, 0, 63, 0, 0, 0,    0, 0, 0,    0};
  CHECK(DecodeError(two_components) ==
        "picture: cannot decode JPEG: 2 colour components (1, 3 and 4 are read)");
}

TEST_CASE("an arithmetic-coded JPEG is read, where libjpeg-turbo has it, or refused") {
  const Image picture = NoisyGradient(40, 40);
  const Bytes jpeg = EncodeJpeg(picture, {.is_arithmetic = true});
  const std::string error = DecodeError(jpeg);
  if (error.empty()) {
    CHECK(LargestDifference(Decode(jpeg), Decode(EncodeJpeg(picture, {}))) == 0);
  } else {
    CHECK(error.find("picture: cannot decode JPEG: ") == 0);
  }
}

TEST_CASE("a JPEG of very many scans is refused") {
  const Bytes whole = EncodeJpeg(ColouredFields(32, 32), {.has_scan_per_component = true});
  const size_t first = FindMarker(whole, 0xda);
  const size_t second = FindMarker(whole, 0xda, first + 2);
  const Bytes scan(whole.begin() + static_cast<ptrdiff_t>(first),
                   whole.begin() + static_cast<ptrdiff_t>(second));
  const auto with_scans = [&](int count) {
    Bytes jpeg(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(first));
    for (int i = 0; i < count; ++i) jpeg = std::move(jpeg) + scan;
    return std::move(jpeg) + Bytes(whole.begin() + static_cast<ptrdiff_t>(first), whole.end());
  };
  CHECK(DecodeError(with_scans(400)) == "");
  CHECK(DecodeError(with_scans(600)) == "picture: cannot decode JPEG: more than 500 scans");

  DecodeOptions options;
  options.max_pixels = 32 * 32;
  CHECK(DecodeError(with_scans(60), options) == "");
  CHECK(DecodeError(with_scans(70), options) ==
        "picture: cannot decode JPEG: more than 64 scans of so many pixels (--max-pixels raises it)");
}

}  // namespace
}  // namespace mobilenet::test
