// Small encoders for every format that the program reads, so that the tests need no files.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/image/image.h"
#include "test/image/bytes.h"

namespace mobilenet::test {

struct JpegOptions {
  enum class Colour { kYcc, kGrey, kRgb, kCmyk, kYcck };
  Colour colour = Colour::kYcc;
  int quality = 95;
  bool is_subsampled = true;  // chroma at half the width and height
  bool is_progressive = false;
  bool is_arithmetic = false;
  bool has_scan_per_component = false;
  Bytes app1 = {};  // contents of an APP1 segment, as made by ExifWithOrientation
};
Bytes EncodeJpeg(const Image& image, const JpegOptions& options);

// "Exif\0\0" and a TIFF structure with one entry.
Bytes ExifWithOrientation(int orientation, bool is_big_endian = false);

// A PNG from samples in PNG's form: rows of `samples_per_pixel` values of `depth_bits`, most significant byte
// first, packed below 8 bits. Stored, not compressed.
struct PngOptions {
  int colour_type = 2;  // 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGB and alpha
  int depth_bits = 8;
  bool is_interlaced = false;
  Bytes palette = {};       // PLTE, unless empty
  Bytes transparency = {};  // tRNS, unless empty
};
// `samples` [height, width, channels of the colour type], each at most 2^depth_bits - 1.
Bytes EncodePng(int width, int height, const std::vector<int>& samples, const PngOptions& options);
Bytes PngSignature();
Bytes PngChunk(const std::string& type, const Bytes& data);
// `count` zeros in about count / 158 bytes.
Bytes ZlibOfZeros(size_t count);

// By stb_image_write: real compression, filters and run lengths.
Bytes WritePng(const Image& image);
Bytes WriteTga(const Image& image, bool is_run_length_encoded);
Bytes WriteHdr(const Image& image);

struct BmpOptions {
  int pixel_bits = 24;  // 8: palette of greys, for grey pictures; 24; 32: BGRA, alpha 0 everywhere
  bool is_top_down = false;
};
Bytes EncodeBmp(const Image& image, const BmpOptions& options);
// Two frames, of which the first is the picture; at most 128 colours. `transparent` pixels are transparent.
Bytes EncodeGif(const Image& image, std::optional<std::array<uint8_t, 3>> transparent = {});
Bytes EncodePsd(const Image& image, bool is_run_length_encoded);
Bytes EncodePic(const Image& image);
Bytes EncodePpm(const Image& image);

// R, G, B, A.
Bytes EncodeWebp(int width, int height, const Bytes& rgba, bool is_lossless);
Bytes WithAlpha(const Bytes& rgb, uint8_t alpha);

struct TiffOptions {
  int width = 1;
  int height = 1;
  int channels = 3;
  int bits = 8;  // per sample
  int photometric =
      2;          // 0 white is zero, 1 black is zero, 2 RGB, 3 palette (of index i the grey 255 - i), 5 CMYK
  int alpha = 0;  // of the last channel: 1 associated, 2 unassociated
  int compression = 1;
  int orientation = 1;
  int rows_per_strip = 8;
  int tile_side = 0;  // 0: strips
  bool is_planar = false;
  bool is_float = false;
  bool is_big_endian = false;
};
// `samples` are the file's rows; with `is_planar`, one channel after another.
Bytes EncodeTiff(const TiffOptions& options, const Bytes& samples);

}  // namespace mobilenet::test
