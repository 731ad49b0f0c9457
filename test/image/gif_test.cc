// GIF beyond what decode_test.cc covers.
#include <algorithm>
#include <map>

#include "src/image/image.h"
#include "test/image/decoded_pixels.h"
#include "test/image/files.h"
#include "test/image/samples.h"
#include "test/support/catch.h"

namespace mobilenet::test {
namespace {

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

void PutU16(Bytes& bytes, int value) {
  bytes.push_back(static_cast<uint8_t>(value));
  bytes.push_back(static_cast<uint8_t>(value >> 8));
}

// LZW as in GIF (GIF89a, appendix F). With `is_deferred`, no clear code follows a full table.
Bytes Lzw(const Bytes& indices, int code_bits, bool is_deferred) {
  constexpr int kMostCodes = 4096;
  const int clear = 1 << code_bits, end = clear + 1;
  Bytes packed;
  unsigned held = 0;
  int held_bits = 0, bits = code_bits + 1, next = end + 1;
  std::map<std::pair<int, uint8_t>, int> table;
  const auto put = [&](int code) {
    held |= static_cast<unsigned>(code) << held_bits;
    for (held_bits += bits; held_bits >= 8; held_bits -= 8, held >>= 8) {
      packed.push_back(static_cast<uint8_t>(held));
    }
  };
  put(clear);
  int prefix = indices[0];
  for (size_t i = 1; i < indices.size(); ++i) {
    const auto found = table.find({prefix, indices[i]});
    if (found != table.end()) {
      prefix = found->second;
      continue;
    }
    put(prefix);
    if (next < kMostCodes) {
      table[{prefix, indices[i]}] = next;
      if (next == 1 << bits) ++bits;
      ++next;
    } else if (!is_deferred) {
      put(clear);
      table.clear();
      bits = code_bits + 1;
      next = end + 1;
    }
    prefix = indices[i];
  }
  put(prefix);
  put(end);
  if (held_bits > 0) packed.push_back(static_cast<uint8_t>(held));

  Bytes blocks = {static_cast<uint8_t>(code_bits)};
  for (size_t at = 0; at < packed.size(); at += 255) {
    const size_t count = std::min<size_t>(255, packed.size() - at);
    blocks.push_back(static_cast<uint8_t>(count));
    blocks.insert(blocks.end(), packed.begin() + static_cast<ptrdiff_t>(at),
                  packed.begin() + static_cast<ptrdiff_t>(at + count));
  }
  blocks.push_back(0);
  return blocks;
}

struct Frame {
  int canvas_width = 0, canvas_height = 0;
  int left = 0, top = 0, width = 0, height = 0;
  bool is_interlaced = false;
  bool has_local_palette = false;
  bool is_deferred = false;
};

// Index i is the grey 2 * i; `indices` are those of the frame's rows from the top, below 128.
Bytes OneFrame(const Frame& frame, const Bytes& indices) {
  Bytes palette;
  for (int i = 0; i < 128; ++i) palette = palette + Bytes(3, static_cast<uint8_t>(2 * i));
  Bytes gif = FromText("GIF89a");
  PutU16(gif, frame.canvas_width);
  PutU16(gif, frame.canvas_height);
  // A black background, which no browser shows.
  gif = gif + (frame.has_local_palette ? Bytes{0, 0, 0} : Bytes{0x86, 0, 0} + palette);
  gif.push_back(0x2c);
  for (const int value : {frame.left, frame.top, frame.width, frame.height}) PutU16(gif, value);
  gif.push_back(
      static_cast<uint8_t>((frame.has_local_palette ? 0x86 : 0) | (frame.is_interlaced ? 0x40 : 0)));
  if (frame.has_local_palette) gif = gif + palette;
  Bytes stored;
  const auto put_rows = [&](int first, int step) {
    for (int y = first; y < frame.height; y += step) {
      const auto row = indices.begin() + y * frame.width;
      stored.insert(stored.end(), row, row + frame.width);
    }
  };
  if (frame.is_interlaced) {
    for (const auto& [first, step] : {std::pair{0, 8}, {4, 8}, {2, 4}, {1, 2}}) put_rows(first, step);
  } else {
    put_rows(0, 1);
  }
  return gif + Lzw(stored, 7, frame.is_deferred) + Bytes{0x3b};
}

Bytes RandomIndices(int count) {
  const Image noise = NoisyGradient(count, 1, 99);
  Bytes indices;
  for (int i = 0; i < count; ++i) {
    indices.push_back(static_cast<uint8_t>((noise.pixels[static_cast<size_t>(3 * i)] * 7 + i) % 128));
  }
  return indices;
}

TEST_CASE("a frame is shown at its place on the canvas, which grows with it") {
  const Frame kFrames[] = {
      {20, 10, 0, 0, 20, 10},
      {20, 10, 0, 0, 25, 14},  // larger
      {20, 10, 0, 0, 25, 4},   // wider
      {20, 10, 3, 2, 20, 10},  // beyond the right and bottom borders
      {20, 10, 5, 2, 7, 3},    // smaller
      {20, 10, 30, 20, 7, 3},  // beside it
      {0, 0, 0, 0, 9, 9},      // a canvas of no size
      {20, 17, 0, 0, 20, 17, true},
      {20, 17, 2, 1, 9, 5, true, true},
      {80, 90, 0, 0, 80, 90, false, false, true},
      {80, 90, 0, 0, 80, 90, true, true, true},
      {80, 90, 0, 0, 80, 90},
  };
  for (const Frame& frame : kFrames) {
    CAPTURE(frame.canvas_width, frame.left, frame.width, frame.is_interlaced, frame.is_deferred);
    const Bytes indices = RandomIndices(frame.width * frame.height);
    const int width = std::max(frame.canvas_width, frame.left + frame.width);
    const int height = std::max(frame.canvas_height, frame.top + frame.height);
    Image right{width, height, Bytes(static_cast<size_t>(3 * width * height), 255)};
    for (int y = 0; y < frame.height; ++y) {
      for (int x = 0; x < frame.width; ++x) {
        const uint8_t index = indices[static_cast<size_t>(y * frame.width + x)];
        std::fill_n(right.pixels.begin() + 3 * ((frame.top + y) * width + frame.left + x), 3,
                    static_cast<uint8_t>(2 * index));
      }
    }
    CHECK(LargestDifference(DecodeImage(OneFrame(frame, indices), "picture", {}), right) == 0);
  }
}

TEST_CASE("a GIF without a palette, or without a frame, is an error") {
  Bytes bare = OneFrame({4, 4, 0, 0, 4, 4, false, true}, RandomIndices(16));
  bare[22] = 0;  // no local palette: its colours become data
  CHECK(DecodeError(bare) == "picture: cannot decode GIF: no palette");
  CHECK(DecodeError(FromText("GIF89a") + Bytes{4, 0, 4, 0, 0, 0, 0, 0x3b}) ==
        "picture: cannot decode GIF: no picture in it");
}

}  // namespace
}  // namespace mobilenet::test
