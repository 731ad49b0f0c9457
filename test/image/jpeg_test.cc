#include <algorithm>

#include "src/image/image.h"
#include "test/image/files.h"
#include "test/image/samples.h"
#include "test/support/catch.h"

namespace mobilenet::test {
namespace {

using JpegColour = JpegOptions::Colour;

Image Decode(const Bytes& bytes) {
  return DecodeImage(bytes, "picture", {});
}

// Where the segment with this marker begins (at its 0xff), searching from `from` on.
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
  const Image decoded = Decode(EncodeJpeg(picture, {.colour = JpegColour::kGrey}));
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
  for (JpegColour colour : {JpegColour::kCmyk, JpegColour::kYcck, JpegColour::kRgb, JpegColour::kYcc}) {
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
    CHECK(DecodeError(half) ==
          "picture: truncated JPEG: premature end of JPEG file (--accept-damaged takes what is there)");
  }
}

TEST_CASE("damaged entropy-coded data are an error, bytes between the segments are not") {
  const Bytes whole = EncodeJpeg(NoisyGradient(80, 64), {});
  const size_t scan = FindMarker(whole, 0xda);
  // A marker in the middle of the data ends them.
  Bytes cut_short = whole;
  cut_short[scan + 600] = 0xff;
  cut_short[scan + 601] = 0xd9;
  CHECK(DecodeError(cut_short) ==
        "picture: truncated JPEG: corrupt JPEG data: premature end of data segment (--accept-damaged takes "
        "what is there)");

  Bytes padded = whole;
  const Bytes padding(5, 0);
  padded.insert(padded.begin() + static_cast<ptrdiff_t>(FindMarker(whole, 0xdb)), padding.begin(),
                padding.end());
  CHECK(LargestDifference(Decode(padded), Decode(whole)) == 0);
  CHECK(LargestDifference(Decode(whole + padding), Decode(whole)) == 0);
}

// Every SOS of the file with these three bytes at its end: the spectral range, and the bits of approximation.
Bytes WithScanParameters(Bytes jpeg, const Bytes& parameters) {
  for (size_t at = 0; at + 2 < jpeg.size(); ++at) {
    if (jpeg[at] != 0xff || jpeg[at + 1] != 0xda) continue;
    std::copy(parameters.begin(), parameters.end(),
              jpeg.begin() + static_cast<ptrdiff_t>(at + size_t{2} + jpeg[at + 3] - 3));
  }
  return jpeg;
}

TEST_CASE("what a sequential scan has no use for is not looked at") {
  const Image picture = NoisyGradient(40, 32);
  const std::vector<JpegOptions> cameras = {{},
                                            {.is_subsampled = false},
                                            {.colour = JpegColour::kGrey},
                                            {.has_scan_per_component = true},
                                            {.app1 = ExifWithOrientation(6)}};
  for (const JpegOptions& camera : cameras) {
    const Bytes jpeg = EncodeJpeg(picture, camera);
    for (const Bytes& parameters : {Bytes{0, 0, 0}, Bytes{0, 63, 1}, Bytes{1, 63, 0}, Bytes{63, 63, 0x11}}) {
      CAPTURE(int{parameters[0]}, int{parameters[1]}, int{parameters[2]});
      CHECK(LargestDifference(Decode(WithScanParameters(jpeg, parameters)), Decode(jpeg)) == 0);
    }
  }
}

TEST_CASE("a JPEG whose end is missing is an error, or gives what there is with the reason") {
  constexpr int kHeight = 160;
  const Image picture = NoisyGradient(64, kHeight);
  DecodeOptions accepting;
  accepting.accept_damaged = true;
  const Bytes whole = EncodeJpeg(picture, {});
  const Image right = Decode(whole);
  CHECK(!DecodeImage(whole, "picture", accepting).damaged);
  const auto first = [](const Bytes& bytes, size_t count) {
    return Bytes(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(count));
  };

  const std::string no_eoi = "the end marker (EOI) is missing, but no pixels";
  for (const Bytes& end : {Bytes{}, Bytes{0xff}, Bytes(512, 0)}) {
    const Bytes cut = first(whole, whole.size() - 2) + end;
    CHECK(DecodeError(cut).find("picture: truncated JPEG: ") == 0);
    const Image decoded = DecodeImage(cut, "picture", accepting);
    CHECK(decoded.damaged == no_eoi);
    CHECK(LargestDifference(decoded, right) == 0);
  }

  // Without its last rows, with and without an EOI after the rest, as a whole and as the network needs
  // it.
  for (const Bytes& end : {Bytes{}, Bytes{0xff, 0xd9}}) {
    const Bytes cut = first(whole, whole.size() / 2) + end;
    CHECK(DecodeError(cut).find("picture: truncated JPEG: ") == 0);
    const Image decoded = DecodeImage(cut, "picture", accepting);
    CHECK(decoded.damaged == "truncated after 64 of 160 rows");
    REQUIRE(decoded.height == kHeight);
    // The row before the cut gets some chroma from the one after it.
    const auto end_of_whole = static_cast<ptrdiff_t>(decoded.pixels.size() * 63 / kHeight);
    CHECK(std::equal(decoded.pixels.begin(), decoded.pixels.begin() + end_of_whole, right.pixels.begin()));
    accepting.target = DecodeTarget{.resolution = 32};
    CHECK(DecodeImage(cut, "picture", accepting).damaged == "truncated after 64 of 160 rows");
    accepting.target.reset();
  }

  const Bytes progressive = EncodeJpeg(picture, {.is_progressive = true});
  const Image coarse = DecodeImage(first(progressive, progressive.size() * 2 / 3), "picture", accepting);
  CHECK(coarse.damaged->find("truncated in scan ") == 0);
  CHECK(LargestDifference(coarse, right) < 100);
}

TEST_CASE("no option accepts a file that is damaged in the middle or has no complete row") {
  DecodeOptions accepting;
  accepting.accept_damaged = true;
  const Bytes whole = EncodeJpeg(NoisyGradient(64, 160), {});
  const size_t data = FindMarker(whole, 0xda) + 14;
  Bytes lost = whole;
  lost[data + 600] = 0xff;
  lost[data + 601] = 0xd3;  // a restart where none belongs
  CHECK(DecodeError(lost, accepting).find("picture: cannot decode JPEG: corrupt JPEG data") == 0);
  for (const size_t size : {data, data + 20}) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size));
    CHECK(DecodeError(cut, accepting) == "picture: truncated JPEG: not one row of it is whole");
  }
  const Bytes header(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(data - 20));
  CHECK(DecodeError(header, accepting).find("picture: cannot decode JPEG: ") == 0);
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
