// BMP: every kind of header, depth and order, and run lengths.
#include <algorithm>

#include "src/image/image.h"
#include "test/image/files.h"
#include "test/image/samples.h"
#include "test/support/catch.h"

namespace mobilenet::test {
namespace {

void Put(Bytes& bytes, uint64_t value, int count) {
  for (int i = 0; i < count; ++i) bytes.push_back(static_cast<uint8_t>(value >> 8 * i));
}

struct File {
  uint32_t header_bytes = 40;
  int bits = 24;
  uint32_t compression = 0;
  bool is_top_down = false;
  uint32_t gap_bytes = 0;        // between headers and pixels
  uint32_t advised_colours = 0;  // a palette that 16 bits and more do not need
  Bytes masks = {};              // as they stand in the file
  Bytes pixels = {};             // instead of those of the picture
};

// What a pixel with so few bits can hold, and as what.
uint8_t Level(uint8_t value, int bits) {
  return static_cast<uint8_t>(value >> (8 - bits));
}
uint8_t ValueOf(int level, int bits) {
  const int most = (1 << bits) - 1;
  return static_cast<uint8_t>((level * 255 + most / 2) / most);
}

bool HasPalette(const File& file) {
  return file.bits <= 8;
}

// Grey pictures with a palette have one of greys; with 16 bits, 5 per channel; the fourth byte of 32 is 7.
Bytes Encode(const Image& image, const File& file) {
  const bool is_short = file.header_bytes == 12;
  const uint32_t colours = HasPalette(file) ? 1u << file.bits : file.advised_colours;
  const uint32_t palette_bytes = colours * (is_short ? 3 : 4);
  const auto masks_bytes = static_cast<uint32_t>(file.header_bytes == 40 ? file.masks.size() : 0);
  const auto height = static_cast<uint32_t>(file.is_top_down ? -image.height : image.height);
  Bytes header;
  Put(header, file.header_bytes, 4);
  Put(header, static_cast<uint32_t>(image.width), is_short ? 2 : 4);
  Put(header, height, is_short ? 2 : 4);
  Put(header, 1, 2);
  Put(header, static_cast<uint32_t>(file.bits), 2);
  if (header.size() < file.header_bytes) Put(header, file.compression, 4);
  if (header.size() < file.header_bytes) {
    for (const uint32_t value : {0u, 2835u, 2835u, HasPalette(file) ? 0 : colours, 0u}) Put(header, value, 4);
  }
  header.resize(std::min<size_t>(header.size(), file.header_bytes));
  header = header + file.masks;
  header.resize(file.header_bytes + masks_bytes, 0);
  for (uint32_t i = 0; i < colours; ++i) {
    header = header + Bytes(3, ValueOf(static_cast<int>(i), std::min(file.bits, 8)));
    if (!is_short) header.push_back(0);
  }
  header.resize(file.header_bytes + masks_bytes + palette_bytes + file.gap_bytes, 0xee);
  Bytes bytes = FromText("BM");
  Put(bytes, 0, 8);  // sizes are often wrong
  Put(bytes, static_cast<uint32_t>(14 + header.size()), 4);
  bytes = bytes + header;
  if (!file.pixels.empty()) return bytes + file.pixels;
  for (int i = 0; i < image.height; ++i) {
    const int y = file.is_top_down ? i : image.height - 1 - i;
    Bytes row;
    unsigned held = 0;
    int held_bits = 0;
    for (int x = 0; x < image.width; ++x) {
      const uint8_t* rgb = image.pixels.data() + 3 * (y * image.width + x);
      if (file.bits <= 8) {
        held = held << file.bits | Level(rgb[0], file.bits);
        held_bits += file.bits;
        if (held_bits == 8 || x == image.width - 1) {
          row.push_back(static_cast<uint8_t>(held << (8 - held_bits)));
          held = 0;
          held_bits = 0;
        }
      } else if (file.bits == 16) {
        Put(row, static_cast<uint32_t>(Level(rgb[0], 5) << 10 | Level(rgb[1], 5) << 5 | Level(rgb[2], 5)), 2);
      } else {
        row = row + Bytes{rgb[2], rgb[1], rgb[0]};
        if (file.bits == 32) row.push_back(7);
      }
    }
    row.resize((row.size() + 3) / 4 * 4, 0);
    bytes = bytes + row;
  }
  return bytes;
}

// The picture that such a file can show.
Image Shown(Image image, int bits) {
  const int kept = bits <= 8 ? bits : bits == 16 ? 5 : 8;
  for (size_t i = 0; i < image.pixels.size(); ++i) {
    const uint8_t value = image.pixels[bits <= 8 ? i / 3 * 3 : i];
    image.pixels[i] = ValueOf(Level(value, kept), kept);
  }
  return image;
}

TEST_CASE("BMP of each header, depth, gap and row order gives its pixels") {
  const Image picture = NoisyGradient(11, 5);
  for (const uint32_t header_bytes : {12u, 16u, 40u, 52u, 56u, 64u, 108u, 124u}) {
    for (const int bits : {1, 2, 4, 8, 16, 24, 32}) {
      for (const uint32_t gap_bytes : {0u, 2u, 12u, 1000u}) {
        for (const bool is_top_down : {false, true}) {
          if (is_top_down && header_bytes == 12) continue;  // its height has no sign
          CAPTURE(header_bytes, bits, gap_bytes, is_top_down);
          const Bytes bmp = Encode(picture, {.header_bytes = header_bytes,
                                             .bits = bits,
                                             .is_top_down = is_top_down,
                                             .gap_bytes = gap_bytes});
          CHECK(LargestDifference(DecodeImage(bmp, "picture", {}), Shown(picture, bits)) == 0);
        }
      }
    }
  }
}

TEST_CASE("a palette that a BMP needs no more than advice is passed over") {
  const Image picture = NoisyGradient(7, 5);
  for (const uint32_t colours : {1u, 216u, 256u, 300u}) {
    for (const int bits : {16, 24, 32}) {
      const Bytes bmp = Encode(picture, {.bits = bits, .advised_colours = colours});
      CHECK(LargestDifference(DecodeImage(bmp, "picture", {}), Shown(picture, bits)) == 0);
    }
  }
}

TEST_CASE("a BMP's masks say which bits are colours, and whether there is alpha") {
  const auto masks = [](std::initializer_list<uint32_t> values) {
    Bytes bytes;
    for (const uint32_t value : values) Put(bytes, value, 4);
    return bytes;
  };
  // Two pixels of 16 or 32 bits.
  const auto pixels = [](File file, uint32_t first, uint32_t second) {
    const int count = file.bits / 8;
    Put(file.pixels, first, count);
    Put(file.pixels, second, count);
    const Image two{2, 1, Bytes(6)};
    return DecodeImage(Encode(two, file), "picture", {}).pixels;
  };
  const Bytes rgb565 = masks({0xf800, 0x07e0, 0x001f});
  for (const uint32_t header_bytes : {40u, 52u, 56u, 108u}) {
    CAPTURE(header_bytes);
    CHECK(pixels({.header_bytes = header_bytes, .bits = 16, .compression = 3, .masks = rgb565}, 0xf81f,
                 0x07e0) == Bytes{255, 0, 255, 0, 255, 0});
  }
  // 10 bits per channel: the upper 8.
  const Bytes deep = masks({0x3ff00000, 0x000ffc00, 0x000003ff});
  CHECK(pixels({.bits = 32, .compression = 3, .masks = deep}, 0x200u << 20 | 0x3ff, 0x3ff << 10) ==
        Bytes{128, 0, 255, 0, 255, 0});
  const Bytes with_alpha = masks({0xff0000, 0xff00, 0xff, 0xff000000});
  const File v5{.header_bytes = 124, .bits = 32, .compression = 3, .masks = with_alpha};
  CHECK(pixels(v5, 0x33ff0000, 0x00102030) == Bytes{255, 204, 204, 255, 255, 255});
  // All of it is transparent: then it is not alpha.
  CHECK(pixels(v5, 0x00ff0000, 0x00102030) == Bytes{255, 0, 0, 16, 32, 48});
  // BI_ALPHABITFIELDS: four masks after a header of 40 bytes.
  CHECK(pixels({.bits = 32, .compression = 6, .masks = with_alpha}, 0x33ff0000, 0xff102030) ==
        Bytes{255, 204, 204, 16, 32, 48});
  // Without BI_BITFIELDS, masks do not count.
  CHECK(pixels({.header_bytes = 124, .bits = 32, .masks = with_alpha}, 0x33ff0000, 0x00102030) ==
        Bytes{255, 0, 0, 16, 32, 48});
  const Image two{2, 1, Bytes(6)};
  CHECK(DecodeError(Encode(two, {.bits = 16, .compression = 3, .masks = masks({0xf00f, 0, 0})})) ==
        "picture: damaged BMP: a colour mask with gaps");
}

TEST_CASE("run lengths give the pixels that they stand for") {
  // 5 x 3 pixels; of indices the greys 255 / 15 * i (4 bits) and i (8 bits).
  const auto shown = [](int bits, const Bytes& runs) {
    const Image blank{5, 3, Bytes(45)};
    const File file{.bits = bits, .compression = bits == 8 ? 1u : 2u, .pixels = runs};
    const Image image = DecodeImage(Encode(blank, file), "picture", {});
    Bytes greys;
    for (size_t i = 0; i < image.pixels.size(); i += 3) greys.push_back(image.pixels[i]);
    return greys;
  };
  // From the bottom: a run; a literal of three and a fill byte, a run; two runs.
  const Bytes all = {5, 9, 0, 0, 0, 3, 1, 2, 3, 0, 2, 4, 0, 0, 1, 7, 4, 8, 0, 1};
  CHECK(shown(8, all) == Bytes{7, 8, 8, 8, 8, 1, 2, 3, 4, 4, 9, 9, 9, 9, 9});
  // A step over two pixels and a row, and an early end: what is left out is white.
  CHECK(shown(8, {1, 1, 0, 2, 2, 1, 1, 5, 0, 1}) ==
        Bytes{255, 255, 255, 255, 255, 255, 255, 255, 5, 255, 1, 255, 255, 255, 255});
  // Pixels beyond the row are dropped.
  CHECK(shown(8, {9, 1, 0, 0, 5, 2, 0, 0, 5, 3, 0, 0, 5, 4, 0, 1}) ==
        Bytes{3, 3, 3, 3, 3, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1});
  // Two indices alternate; a literal of five in three bytes and a fill byte.
  CHECK(shown(4, {5, 0x1f, 0, 0, 0, 5, 0x12, 0x34, 0x50, 0, 0, 0, 5, 0, 0, 1}) ==
        Bytes{0, 0, 0, 0, 0, 17, 34, 51, 68, 85, 17, 255, 17, 255, 17});
  // The end mark may be missing, pixels may not.
  const Bytes unmarked(all.begin(), all.end() - 2);
  CHECK(shown(8, unmarked) == shown(8, all));
  // Data after the last pixel do not matter, complete or not: a literal of 200.
  CHECK(shown(8, unmarked + Bytes{0, 200, 1}) == shown(8, all));
  const Image blank{5, 3, Bytes(45)};
  for (size_t size = 1; size < unmarked.size(); ++size) {
    const Bytes cut(unmarked.begin(), unmarked.begin() + static_cast<ptrdiff_t>(size));
    CHECK(DecodeError(Encode(blank, {.bits = 8, .compression = 1, .pixels = cut})) ==
          "picture: truncated BMP: it ends before its last pixel");
  }
}

TEST_CASE("what BMP may hold besides is refused by its name") {
  const Image picture = NoisyGradient(7, 5);
  const auto error = [&](const File& file) { return DecodeError(Encode(picture, file)); };
  CHECK(error({.compression = 4}) == "picture: BMP with a JPEG in it is not read (convert it to PNG)");
  CHECK(error({.compression = 5}) == "picture: BMP with a PNG in it is not read (convert it to PNG)");
  CHECK(error({.header_bytes = 64, .bits = 1, .compression = 3}) ==
        "picture: BMP with Huffman codes is not read (convert it to PNG)");
  CHECK(error({.header_bytes = 64, .compression = 4}) ==
        "picture: BMP with 24-bit run lengths is not read (convert it to PNG)");
  CHECK(error({.compression = 11}) == "picture: damaged BMP: compression 11");
  CHECK(error({.bits = 24, .compression = 1}) ==
        "picture: damaged BMP: 24 bits per pixel with its compression");
  Bytes in_header = Encode(picture, {.bits = 8});
  in_header[10] = 20;
  in_header[11] = 0;
  CHECK(DecodeError(in_header) == "picture: damaged BMP: pixels at byte 20, in the header");
  Bytes odd = Encode(picture, {});
  odd[28] = 7;
  CHECK(DecodeError(odd) == "picture: damaged BMP: 7 bits per pixel");
}

}  // namespace
}  // namespace mobilenet::test
