#include "test/fuzz/mjpeg_target.h"

#include <algorithm>
#include <functional>

#include "src/image/mjpeg.h"
#include "test/fuzz/target.h"
#include "test/image/samples.h"

namespace mobilenet::test {
namespace {

// `next_piece` gives the length of each piece, at least 1.
std::vector<Bytes> Frames(std::span<const uint8_t> stream, const std::function<size_t()>& next_piece) {
  MjpegSplitter splitter;
  std::vector<Bytes> frames;
  while (!stream.empty()) {
    const size_t count = std::min(next_piece(), stream.size());
    splitter.Append(stream.first(count));
    stream = stream.subspan(count);
    while (auto frame = splitter.Next()) frames.push_back(std::move(*frame));
  }
  if (auto rest = splitter.Rest()) frames.push_back(std::move(*rest));
  return frames;
}

}  // namespace

void FuzzMjpeg(std::span<const uint8_t> input) {
  if (input.empty()) return;
  uint32_t state = input[0] + 1u;
  const auto stream = input.subspan(1);
  const std::vector<Bytes> frames = Frames(stream, [&] { return stream.size(); });

  // The same frames, however the bytes come.
  Require(Frames(stream, [] { return 1; }) == frames, "bytes one by one give other frames");
  const auto random_piece = [&] {
    state = state * 1664525 + 1013904223;
    return size_t{1} + state % (state >> 16 & 1 ? 5 : 300);
  };
  Require(Frames(stream, random_piece) == frames, "random pieces give other frames");

  // Each is in the stream, after the one before it, and begins like a JPEG.
  auto at = stream.begin();
  for (const Bytes& frame : frames) {
    Require(frame.size() >= 3 && frame[0] == 0xFF && frame[1] == 0xD8 && frame[2] == 0xFF,
            "a frame without a beginning");
    const auto found = std::search(at, stream.end(), frame.begin(), frame.end());
    Require(found != stream.end(), "a frame that is not in the stream");
    // Between two frames no third one begins, except one that consists only of its beginning and fill bytes.
    for (auto byte = at; byte + 3 < found; ++byte) {
      if (!(byte[0] == 0xFF && byte[1] == 0xD8 && byte[2] == 0xFF)) continue;
      const auto after = std::find_if(byte + 2, stream.end(), [](uint8_t b) { return b != 0xFF; });
      Require(after == stream.end() || *after == 0xD8, "a frame is left out");
    }
    at = found + std::ssize(frame);
  }
}

std::vector<Bytes> MjpegSeeds() {
  const Image picture = ColouredFields(17, 11);
  Bytes thumbnail = FromText({"Exif\0\0", 6});
  thumbnail = std::move(thumbnail) + EncodeJpeg(picture, {.quality = 10});
  const Bytes plain = EncodeJpeg(picture, {.quality = 10});
  const Bytes scans = EncodeJpeg(picture, {.quality = 10, .has_scan_per_component = true});
  const Bytes nested = EncodeJpeg(picture, {.quality = 10, .app1 = thumbnail});
  const Bytes half(plain.begin(), plain.begin() + std::ssize(plain) * 9 / 10);
  const Bytes junk = {'-', '-', 0xFF, '\r', '\n', 0xFF};
  return {Bytes{1} + plain + plain, Bytes{2} + junk + nested + junk + scans, Bytes{3} + half + plain + half,
          Bytes{4, 0xFF, 0xD8, 0xFF, 0xDA, 0,    2,    1,    2,    0xFF,
                0, 0xFF, 0xD0, 3,    0xFF, 0xD9, 0xFF, 0xFF, 0xD8, 0xFF}};
}

}  // namespace mobilenet::test
