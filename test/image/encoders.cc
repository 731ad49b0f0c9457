#include "test/image/encoders.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb/stb_image_write.h>

namespace mobilenet::test {
namespace {

void Append(void* bytes, void* data, int count) {
  const auto* from = static_cast<const uint8_t*>(data);
  auto* to = static_cast<Bytes*>(bytes);
  *to = std::move(*to) + Bytes(from, from + count);
}

void PutLittle(Bytes& bytes, unsigned value, int count) {
  for (int i = 0; i < count; ++i) bytes.push_back(static_cast<uint8_t>(value >> 8 * i));
}

void PutBig(Bytes& bytes, unsigned value, int count) {
  for (int i = count - 1; i >= 0; --i) bytes.push_back(static_cast<uint8_t>(value >> 8 * i));
}

const uint8_t* PixelAt(const Image& image, int x, int y) {
  return image.pixels.data() +
         (static_cast<size_t>(y) * static_cast<size_t>(image.width) + static_cast<size_t>(x)) * 3;
}

using PaletteColour = std::array<uint8_t, 3>;

}  // namespace

Bytes WritePng(const Image& image) {
  Bytes bytes;
  stbi_write_png_to_func(Append, &bytes, image.width, image.height, 3, image.pixels.data(), 0);
  return bytes;
}

Bytes WriteTga(const Image& image, bool is_run_length_encoded) {
  Bytes bytes;
  stbi_write_tga_with_rle = is_run_length_encoded;
  stbi_write_tga_to_func(Append, &bytes, image.width, image.height, 3, image.pixels.data());
  return bytes;
}

Bytes WriteHdr(const Image& image) {
  std::vector<float> linear;
  for (uint8_t value : image.pixels) linear.push_back(std::pow(static_cast<float>(value) / 255.0f, 2.2f));
  Bytes bytes;
  stbi_write_hdr_to_func(Append, &bytes, image.width, image.height, 3, linear.data());
  return bytes;
}

Bytes EncodeBmp(const Image& image, const BmpOptions& options) {
  const int palette_size = options.pixel_bits == 8 ? 256 : 0;
  const int row_bytes = (image.width * options.pixel_bits / 8 + 3) / 4 * 4;
  const unsigned offset_bytes = static_cast<unsigned>(14 + 40 + 4 * palette_size);
  Bytes bytes = FromText("BM");
  PutLittle(bytes, offset_bytes + static_cast<unsigned>(row_bytes * image.height), 4);
  PutLittle(bytes, 0, 4);
  PutLittle(bytes, offset_bytes, 4);
  PutLittle(bytes, 40, 4);
  PutLittle(bytes, static_cast<unsigned>(image.width), 4);
  PutLittle(bytes, static_cast<unsigned>(options.is_top_down ? -image.height : image.height), 4);
  PutLittle(bytes, 1, 2);
  PutLittle(bytes, static_cast<unsigned>(options.pixel_bits), 2);
  for (int i = 0; i < 6; ++i) PutLittle(bytes, 0, 4);  // not compressed; sizes not said
  for (int i = 0; i < palette_size; ++i) {
    const auto grey = static_cast<uint8_t>(i);
    bytes = bytes + Bytes{grey, grey, grey, 0};
  }
  for (int i = 0; i < image.height; ++i) {
    Bytes row;
    for (int x = 0; x < image.width; ++x) {
      const uint8_t* rgb = PixelAt(image, x, options.is_top_down ? i : image.height - 1 - i);
      if (options.pixel_bits == 8) {
        row.push_back(rgb[0]);
      } else {
        row = std::move(row) + Bytes{rgb[2], rgb[1], rgb[0]};
        if (options.pixel_bits == 32) row.push_back(0);
      }
    }
    row.resize(static_cast<size_t>(row_bytes), 0);
    bytes = std::move(bytes) + row;
  }
  return bytes;
}

Bytes EncodeGif(const Image& image, std::optional<PaletteColour> transparent) {
  std::vector<PaletteColour> palette;
  const auto index_of = [&](const uint8_t* rgb) {
    const PaletteColour colour = {rgb[0], rgb[1], rgb[2]};
    const auto found = std::find(palette.begin(), palette.end(), colour);
    if (found != palette.end()) return static_cast<uint8_t>(found - palette.begin());
    palette.push_back(colour);
    assert(palette.size() <= 128);
    return static_cast<uint8_t>(palette.size() - 1);
  };
  Bytes indices;
  for (size_t i = 0; i < image.pixels.size(); i += 3) indices.push_back(index_of(&image.pixels[i]));
  const unsigned transparent_index = transparent ? index_of(transparent->data()) : 0;
  palette.resize(128);

  Bytes bytes = FromText("GIF89a");
  PutLittle(bytes, static_cast<unsigned>(image.width), 2);
  PutLittle(bytes, static_cast<unsigned>(image.height), 2);
  bytes = bytes + Bytes{0x86, 0, 0};  // a palette of 2^(6 + 1) colours
  for (const PaletteColour& colour : palette) bytes.insert(bytes.end(), colour.begin(), colour.end());
  for (int frame = 0; frame < 2; ++frame) {
    bytes = bytes + Bytes{0x21,
                          0xf9,
                          4,
                          static_cast<uint8_t>(transparent ? 1 : 0),
                          0,
                          0,
                          static_cast<uint8_t>(transparent_index),
                          0};
    bytes.push_back(0x2c);
    PutLittle(bytes, 0, 4);  // at the top left
    PutLittle(bytes, static_cast<unsigned>(image.width), 2);
    PutLittle(bytes, static_cast<unsigned>(image.height), 2);
    bytes.push_back(0);
    // LZW with codes of 8 bits throughout: the dictionary is cleared before it needs a ninth.
    constexpr uint8_t kCodeBits = 7, kClear = 128, kEnd = 129;
    bytes.push_back(kCodeBits);
    constexpr size_t kBlock = 100;
    for (size_t at = 0; at < indices.size(); at += kBlock) {
      const size_t count = std::min(kBlock, indices.size() - at);
      bytes.push_back(static_cast<uint8_t>(count + 1));
      bytes.push_back(kClear);
      for (size_t i = at; i < at + count; ++i) {
        // The second frame has one colour, to be distinguishable from the first.
        bytes.push_back(frame == 0 ? indices[i] : uint8_t{0});
      }
    }
    bytes = bytes + Bytes{1, kEnd, 0};
  }
  bytes.push_back(0x3b);
  return bytes;
}

Bytes EncodePsd(const Image& image, bool is_run_length_encoded) {
  Bytes bytes = FromText("8BPS");
  PutBig(bytes, 1, 2);  // version
  PutBig(bytes, 0, 4);
  PutBig(bytes, 0, 2);
  PutBig(bytes, 3, 2);  // channels
  PutBig(bytes, static_cast<unsigned>(image.height), 4);
  PutBig(bytes, static_cast<unsigned>(image.width), 4);
  PutBig(bytes, 8, 2);  // bits
  PutBig(bytes, 3, 2);  // RGB
  for (int i = 0; i < 3; ++i) PutBig(bytes, 0, 4);
  PutBig(bytes, is_run_length_encoded ? 1 : 0, 2);
  assert(image.width <= 128);
  if (is_run_length_encoded) {
    for (int i = 0; i < 3 * image.height; ++i) PutBig(bytes, static_cast<unsigned>(image.width + 1), 2);
  }
  for (int c = 0; c < 3; ++c) {
    for (int y = 0; y < image.height; ++y) {
      if (is_run_length_encoded)
        bytes.push_back(static_cast<uint8_t>(image.width - 1));  // as many as there are
      for (int x = 0; x < image.width; ++x) bytes.push_back(PixelAt(image, x, y)[c]);
    }
  }
  return bytes;
}

Bytes EncodePic(const Image& image) {
  Bytes bytes = FromText("\x53\x80\xf6\x34");
  bytes.resize(88, 0);  // version and comment
  bytes = std::move(bytes) + FromText("PICT");
  PutBig(bytes, static_cast<unsigned>(image.width), 2);
  PutBig(bytes, static_cast<unsigned>(image.height), 2);
  PutBig(bytes, 0, 4);
  PutBig(bytes, 0, 4);
  bytes = bytes + Bytes{0, 8, 2, 0xe0};  // the last packet: 8 bits of R, G, B, mixed run lengths
  assert(image.width <= 128);
  for (int y = 0; y < image.height; ++y) {
    bytes.push_back(static_cast<uint8_t>(image.width - 1));  // as many as there are
    for (int x = 0; x < image.width; ++x) {
      const uint8_t* rgb = PixelAt(image, x, y);
      bytes = std::move(bytes) + Bytes{rgb[0], rgb[1], rgb[2]};
    }
  }
  return bytes;
}

Bytes EncodePpm(const Image& image) {
  const std::string header =
      "P6\n" + std::to_string(image.width) + " " + std::to_string(image.height) + "\n255\n";
  return FromText(header) + image.pixels;
}

}  // namespace mobilenet::test
