#include <cstdio>
#include <cstdlib>
#include <stdexcept>

// After <cstdio>, which jpeglib.h needs.
#include <jpeglib.h>

#include <algorithm>

#include "test/image/encoders.h"

namespace mobilenet::test {
namespace {

// libjpeg's default is to exit; these throw through it, which is acceptable in a test that is failing anyway.
[[noreturn]] void Throw(j_common_ptr common) {
  char message[JMSG_LENGTH_MAX];
  common->err->format_message(common, message);
  throw std::runtime_error(message);
}

// Inverted, with as much black as possible: r = cyan * key / 255.
Bytes CmykRow(const uint8_t* rgb, int width) {
  Bytes row;
  for (int x = 0; x < width; ++x, rgb += 3) {
    const int key = std::max({rgb[0], rgb[1], rgb[2], uint8_t{1}});
    for (int c = 0; c < 3; ++c) row.push_back(static_cast<uint8_t>(rgb[c] * 255 / key));
    row.push_back(static_cast<uint8_t>(key));
  }
  return row;
}

Bytes GreyRow(const uint8_t* rgb, int width) {
  Bytes row;
  for (int x = 0; x < width; ++x) row.push_back(rgb[3 * x]);
  return row;
}

}  // namespace

Bytes EncodeJpeg(const Image& image, const JpegOptions& options) {
  using Colour = JpegOptions::Colour;
  jpeg_compress_struct info = {};
  jpeg_error_mgr errors = {};
  info.err = jpeg_std_error(&errors);
  errors.error_exit = Throw;
  jpeg_create_compress(&info);
  unsigned char* memory = nullptr;
  unsigned long memory_bytes = 0;
  jpeg_mem_dest(&info, &memory, &memory_bytes);

  const bool is_cmyk = options.colour == Colour::kCmyk || options.colour == Colour::kYcck;
  const bool is_grey = options.colour == Colour::kGrey;
  info.image_width = static_cast<JDIMENSION>(image.width);
  info.image_height = static_cast<JDIMENSION>(image.height);
  info.input_components = is_cmyk ? 4 : is_grey ? 1 : 3;
  info.in_color_space = is_cmyk ? JCS_CMYK : is_grey ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&info);
  jpeg_set_colorspace(&info, options.colour == Colour::kYcck   ? JCS_YCCK
                             : options.colour == Colour::kCmyk ? JCS_CMYK
                             : options.colour == Colour::kRgb  ? JCS_RGB
                             : is_grey                         ? JCS_GRAYSCALE
                                                               : JCS_YCbCr);
  jpeg_set_quality(&info, options.quality, TRUE);
  if (!options.is_subsampled) {
    for (int c = 0; c < info.num_components; ++c)
      info.comp_info[c].h_samp_factor = info.comp_info[c].v_samp_factor = 1;
  }
  info.arith_code = options.is_arithmetic ? TRUE : FALSE;
  if (options.is_progressive) jpeg_simple_progression(&info);
  jpeg_scan_info scans[4] = {};
  if (options.has_scan_per_component) {
    for (int c = 0; c < info.num_components; ++c) {
      scans[c].comps_in_scan = 1;
      scans[c].component_index[0] = c;
      scans[c].Se = 63;
    }
    info.scan_info = scans;
    info.num_scans = info.num_components;
  }

  jpeg_start_compress(&info, TRUE);
  if (!options.app1.empty()) {
    jpeg_write_marker(&info, JPEG_APP0 + 1, options.app1.data(), static_cast<unsigned>(options.app1.size()));
  }
  for (int y = 0; y < image.height; ++y) {
    const uint8_t* rgb = image.pixels.data() + ptrdiff_t{3} * y * image.width;
    Bytes row = is_cmyk   ? CmykRow(rgb, image.width)
                : is_grey ? GreyRow(rgb, image.width)
                          : Bytes(rgb, rgb + ptrdiff_t{3} * image.width);
    JSAMPROW rows[] = {row.data()};
    jpeg_write_scanlines(&info, rows, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  const Bytes bytes(memory, memory + memory_bytes);
  std::free(memory);
  return bytes;
}

Bytes ExifWithOrientation(int orientation, bool is_big_endian) {
  Bytes bytes = {'E', 'x', 'i', 'f', 0, 0};
  const auto put = [&](unsigned value, int count) {
    for (int i = 0; i < count; ++i) {
      bytes.push_back(static_cast<uint8_t>(value >> 8 * (is_big_endian ? count - 1 - i : i)));
    }
  };
  bytes.push_back(is_big_endian ? 'M' : 'I');
  bytes.push_back(bytes.back());
  put(42, 2);
  put(8, 4);       // the first directory's place
  put(1, 2);       // its entries
  put(0x0112, 2);  // orientation
  put(3, 2);       // of type SHORT
  put(1, 4);
  put(static_cast<unsigned>(orientation), 2);
  put(0, 2);
  put(0, 4);  // no further directory
  return bytes;
}

}  // namespace mobilenet::test
