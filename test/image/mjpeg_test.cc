#include "src/image/mjpeg.h"

#include <algorithm>

#include "test/image/encoders.h"
#include "test/image/samples.h"
#include "test/support/catch.h"

namespace mobilenet::test {
namespace {

void Append(Bytes& to, const Bytes& bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
}

// The frames of a stream that comes in pieces of this many bytes.
std::vector<Bytes> Frames(const Bytes& stream, size_t piece_bytes) {
  MjpegSplitter splitter;
  std::vector<Bytes> frames;
  for (size_t at = 0; at < stream.size(); at += piece_bytes) {
    splitter.Append(std::span(stream).subspan(at, std::min(piece_bytes, stream.size() - at)));
    while (auto frame = splitter.Next()) frames.emplace_back(frame->begin(), frame->end());
  }
  if (auto rest = splitter.Rest()) frames.emplace_back(rest->begin(), rest->end());
  return frames;
}

TEST_CASE("a stream is cut into its JPEGs, however its bytes come") {
  const Image picture = NoisyGradient(40, 30);
  // A thumbnail in EXIF has its own end.
  Bytes thumbnail = {'E', 'x', 'i', 'f', 0, 0};
  Append(thumbnail, EncodeJpeg(ColouredFields(16, 16), {}));
  const std::vector<Bytes> jpegs = {EncodeJpeg(picture, {}), EncodeJpeg(picture, {.is_progressive = true}),
                                    EncodeJpeg(picture, {.app1 = thumbnail}),
                                    EncodeJpeg(picture, {.has_scan_per_component = true})};
  Bytes bare, separated;
  for (const Bytes& jpeg : jpegs) {
    Append(bare, jpeg);
    Append(separated, {'-', '-', 0xFF, '\r', '\n', 0xFF});
    Append(separated, jpeg);
  }
  for (size_t piece_bytes : {size_t{1}, size_t{2}, size_t{7}, size_t{1000}, size_t{1} << 20}) {
    CAPTURE(piece_bytes);
    CHECK(Frames(bare, piece_bytes) == jpegs);
    CHECK(Frames(separated, piece_bytes) == jpegs);
  }
}

TEST_CASE("a frame without its end gives way to the next one, and noise to nothing") {
  const Bytes jpeg = EncodeJpeg(NoisyGradient(40, 30), {});
  // Cut in its pixels.
  const Bytes half(jpeg.begin(), jpeg.begin() + static_cast<ptrdiff_t>(jpeg.size() * 9 / 10));
  Bytes stream = half;
  Append(stream, jpeg);
  Append(stream, half);
  CHECK(Frames(stream, 100) == std::vector<Bytes>{half, jpeg, half});
  CHECK(Frames(Bytes(100'000, 0xFF), 1000).empty());
  CHECK(Frames(Bytes(100'000, 0), 1000).empty());
  // Two bytes alone occur in any data.
  Bytes false_start = {0xFF, 0xD8, 0x00, 0xFF, 0xD8};
  CHECK(Frames(false_start, 1).empty());
  Append(false_start, jpeg);
  CHECK(Frames(false_start, 1) == std::vector<Bytes>{jpeg});
  // Of two beginnings, the second is not one either.
  Bytes twice = {0xFF, 0xD8, 0xFF, 0xD8, 0x00};
  Append(twice, jpeg);
  CHECK(Frames(twice, 1) == std::vector<Bytes>{jpeg});
}

}  // namespace
}  // namespace mobilenet::test
