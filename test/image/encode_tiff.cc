#include <tiffio.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "test/image/encoders.h"

namespace mobilenet::test {
namespace {

struct Sink {
  Bytes bytes;
  toff_t at = 0;
};

Sink& Of(thandle_t handle) {
  return *static_cast<Sink*>(handle);
}

tmsize_t Read(thandle_t handle, void* to, tmsize_t wanted) {
  Sink& sink = Of(handle);
  const auto left = static_cast<tmsize_t>(sink.bytes.size() - std::min<size_t>(sink.at, sink.bytes.size()));
  const tmsize_t count = std::min(wanted, left);
  std::memcpy(to, sink.bytes.data() + sink.at, static_cast<size_t>(count));
  sink.at += static_cast<toff_t>(count);
  return count;
}

tmsize_t Write(thandle_t handle, void* from, tmsize_t count) {
  Sink& sink = Of(handle);
  const size_t end = sink.at + static_cast<size_t>(count);
  if (sink.bytes.size() < end) sink.bytes.resize(end, 0);
  std::memcpy(sink.bytes.data() + sink.at, from, static_cast<size_t>(count));
  sink.at = end;
  return count;
}

toff_t Seek(thandle_t handle, toff_t offset, int whence) {
  Sink& sink = Of(handle);
  sink.at = offset + (whence == SEEK_CUR ? sink.at : whence == SEEK_END ? sink.bytes.size() : 0);
  return sink.at;
}

}  // namespace

Bytes EncodeTiff(const TiffOptions& options, const Bytes& samples) {
  Sink sink;
  TIFF* const tiff = TIFFClientOpen(
      "tiff", options.is_big_endian ? "wb" : "wl", &sink, Read, Write, Seek, [](thandle_t) { return 0; },
      [](thandle_t handle) { return toff_t{Of(handle).bytes.size()}; }, nullptr, nullptr);
  const auto width = static_cast<uint32_t>(options.width), height = static_cast<uint32_t>(options.height);
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, width);
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, height);
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, options.bits);
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, options.channels);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, options.photometric);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, options.compression);
  TIFFSetField(tiff, TIFFTAG_ORIENTATION, options.orientation);
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, options.is_planar ? PLANARCONFIG_SEPARATE : PLANARCONFIG_CONTIG);
  TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, options.is_float ? SAMPLEFORMAT_IEEEFP : SAMPLEFORMAT_UINT);
  if (options.alpha != 0) {
    const auto kind = static_cast<uint16_t>(options.alpha);
    TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, &kind);
  }
  if (options.photometric == PHOTOMETRIC_PALETTE) {
    uint16_t values[256];
    for (int i = 0; i < 256; ++i) values[i] = static_cast<uint16_t>(257 * (255 - i));
    TIFFSetField(tiff, TIFFTAG_COLORMAP, values, values, values);
  }
  const size_t planes = options.is_planar ? static_cast<size_t>(options.channels) : 1;
  const size_t pixel_bits =
      static_cast<size_t>(options.bits) * (options.is_planar ? 1 : static_cast<size_t>(options.channels));
  const size_t row_bytes = (width * pixel_bits + 7) / 8;
  // Writing takes non-const pointers to its input, and changes it to the other byte order.
  Bytes copy = samples;
  if (options.tile_side > 0) {
    const auto side = static_cast<uint32_t>(options.tile_side);
    TIFFSetField(tiff, TIFFTAG_TILEWIDTH, side);
    TIFFSetField(tiff, TIFFTAG_TILELENGTH, side);
    const size_t tile_row_bytes = side * pixel_bits / 8;
    for (size_t plane = 0; plane < planes; ++plane) {
      for (uint32_t top = 0; top < height; top += side) {
        for (uint32_t left = 0; left < width; left += side) {
          Bytes tile(tile_row_bytes * side, 0);
          for (uint32_t y = top; y < std::min(top + side, height); ++y) {
            const size_t from = (plane * height + y) * row_bytes + left * pixel_bits / 8;
            const size_t count = std::min(tile_row_bytes, row_bytes - left * pixel_bits / 8);
            std::copy_n(copy.begin() + static_cast<ptrdiff_t>(from), count,
                        tile.begin() + static_cast<ptrdiff_t>((y - top) * tile_row_bytes));
          }
          TIFFWriteTile(tiff, tile.data(), left, top, 0, static_cast<uint16_t>(plane));
        }
      }
    }
  } else {
    TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, static_cast<uint32_t>(options.rows_per_strip));
    for (size_t plane = 0; plane < planes; ++plane) {
      for (uint32_t y = 0; y < height; ++y) {
        TIFFWriteScanline(tiff, copy.data() + (plane * height + y) * row_bytes, y,
                          static_cast<uint16_t>(plane));
      }
    }
  }
  TIFFClose(tiff);
  return sink.bytes;
}

}  // namespace mobilenet::test
