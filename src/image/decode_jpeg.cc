#include "src/image/decode_jpeg.h"

#include <csetjmp>
#include <cstdio>
#include <cstring>

// After <cstdio>, which jpeglib.h needs.
#include <jerror.h>
#include <jpeglib.h>

#include <algorithm>
#include <vector>

#include "src/base/error.h"
#include "src/image/exif.h"
#include "src/image/orientation.h"
#include "src/image/picture_size.h"
#include "src/image/sentence.h"

namespace mobilenet {
namespace {

// A scan takes time for all its pixels even where the file spends a few bytes on it, so a progressive file of
// some kilobytes could keep us busy for minutes. Encoders write about ten scans; libjpeg-turbo's own fuzzers
// stop at 500.
constexpr int kMaxScans = 500;
constexpr int64_t kMaxScannedPixels = 6'400'000'000;  // 64 scans of 100 megapixels

// libjpeg's way out is longjmp, which must not skip a destructor: the functions that run between setjmp and
// longjmp hold nothing that has one.
struct ErrorHandler : jpeg_error_mgr {
  std::jmp_buf way_out;
  char message[JMSG_LENGTH_MAX] = "";
};

[[noreturn]] void LeaveWithError(j_common_ptr common) {
  auto* handler = static_cast<ErrorHandler*>(common->err);
  handler->format_message(common, handler->message);
  std::longjmp(handler->way_out, 1);
}

// Warnings have a negative level. After most of them libjpeg goes on with invented pixels; they are errors to
// us.
void CheckWarning(j_common_ptr common, int level) {
  if (level >= 0) return;
  switch (common->err->msg_code) {
    case JWRN_EXTRANEOUS_DATA:  // padding between segments, written by some cameras
    case JWRN_ADOBE_XFORM:
    case JWRN_BOGUS_ICC:
    case JWRN_JFIF_MAJOR:
      return;
    default:
      LeaveWithError(common);
  }
}

class JpegReader {
 public:
  JpegReader(std::span<const uint8_t> bytes, const std::string& name) : bytes_(bytes), name_(name) {
    info_.err = jpeg_std_error(&errors_);
    errors_.error_exit = LeaveWithError;
    errors_.emit_message = CheckWarning;
    errors_.output_message = [](j_common_ptr) {};
  }
  ~JpegReader() { jpeg_destroy_decompress(&info_); }
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;

  void ReadHeader() {
    Run([this] {
      jpeg_create_decompress(&info_);
      info_.progress = &progress_;
      progress_.progress_monitor = CheckScans;
      jpeg_mem_src(&info_, bytes_.data(), static_cast<unsigned long>(bytes_.size()));
      jpeg_save_markers(&info_, JPEG_APP0 + 1, 0xffff);  // EXIF
      jpeg_read_header(&info_, TRUE);
    });
  }

  const jpeg_decompress_struct& info() const { return info_; }

  std::span<const uint8_t> Exif() const {
    constexpr char kMagic[] = "Exif\0";  // and the literal's own zero: six bytes
    for (jpeg_saved_marker_ptr marker = info_.marker_list; marker != nullptr; marker = marker->next) {
      if (marker->data_length >= sizeof kMagic && std::memcmp(marker->data, kMagic, sizeof kMagic) == 0) {
        return {marker->data, marker->data_length};
      }
    }
    return {};
  }

  void Start(J_COLOR_SPACE colour_space) {
    info_.out_color_space = colour_space;
    Run([this] { jpeg_start_decompress(&info_); });
  }

  void ReadRow(uint8_t* row) {
    Run([this, row] {
      JSAMPROW rows[] = {row};
      jpeg_read_scanlines(&info_, rows, 1);
    });
  }

  // The rows of the whole picture, each `row_bytes` long.
  void ReadRows(uint8_t* first_row, size_t row_bytes) {
    Run([this, first_row, row_bytes] {
      while (info_.output_scanline < info_.output_height) {
        // Several rows a call, since libjpeg makes them by the block.
        constexpr JDIMENSION kRows = 16;
        JSAMPROW rows[kRows];
        const JDIMENSION count = std::min(kRows, info_.output_height - info_.output_scanline);
        for (JDIMENSION i = 0; i < count; ++i) rows[i] = first_row + (info_.output_scanline + i) * row_bytes;
        jpeg_read_scanlines(&info_, rows, count);
      }
    });
  }

  // Reads to the end of the file, which tells whether it is all there.
  void Finish() {
    Run([this] { jpeg_finish_decompress(&info_); });
  }

 private:
  // Every call of libjpeg goes through here. Throws Error.
  template <typename Step>
  void Run(const Step& step) {
    if (setjmp(errors_.way_out) == 0) {
      step();
      return;
    }
    FailWithMessage();
  }

  [[noreturn]] void FailWithMessage() const {
    const std::string message = InSentence(errors_.message);
    switch (errors_.msg_code) {
      case JERR_OUT_OF_MEMORY:
        throw std::bad_alloc();
      case JERR_INPUT_EOF:
      case JWRN_JPEG_EOF:
        Fail(name_, ": truncated JPEG: ", message);
      default:
        Fail(name_, ": cannot decode JPEG: ", message);
    }
  }

  static void CheckScans(j_common_ptr common) {
    auto* info = reinterpret_cast<jpeg_decompress_struct*>(common);
    const int64_t pixels = int64_t{info->image_width} * info->image_height;
    if (info->input_scan_number <= kMaxScans && info->input_scan_number * pixels <= kMaxScannedPixels) return;
    auto* handler = static_cast<ErrorHandler*>(common->err);
    std::snprintf(handler->message, sizeof handler->message, "more than %d scans",
                  info->input_scan_number - 1);
    handler->msg_code = 0;
    std::longjmp(handler->way_out, 1);
  }

  std::span<const uint8_t> bytes_;
  const std::string& name_;
  ErrorHandler errors_;
  jpeg_progress_mgr progress_ = {};
  jpeg_decompress_struct info_ = {};
};

// `cmyk` as Adobe's programs write it, inverted (255 is no ink), and as all others write it after them.
void InvertedCmykToRgb(const uint8_t* cmyk, uint8_t* rgb, int pixel_count) {
  for (int i = 0; i < pixel_count; ++i) {
    const int key = cmyk[4 * i + 3];
    for (int c = 0; c < 3; ++c) rgb[3 * i + c] = static_cast<uint8_t>((cmyk[4 * i + c] * key + 127) / 255);
  }
}

}  // namespace

Image DecodeJpeg(std::span<const uint8_t> bytes, const std::string& name, const DecodeOptions& options) {
  JpegReader reader(bytes, name);
  reader.ReadHeader();
  const jpeg_decompress_struct& info = reader.info();
  CheckPictureSize(info.image_width, info.image_height, name, options);
  const int components = info.num_components;
  if (components != 1 && components != 3 && components != 4) {
    Fail(name, ": cannot decode JPEG: ", components, " colour components (1, 3 and 4 are read)");
  }

  reader.Start(components == 4 ? JCS_CMYK : JCS_RGB);
  Image image{static_cast<int>(info.output_width), static_cast<int>(info.output_height), {}};
  const size_t row_bytes = static_cast<size_t>(image.width) * 3;
  image.pixels.resize(row_bytes * static_cast<size_t>(image.height));
  if (components == 4) {
    std::vector<uint8_t> row(static_cast<size_t>(image.width) * 4);
    for (int y = 0; y < image.height; ++y) {
      reader.ReadRow(row.data());
      InvertedCmykToRgb(row.data(), image.pixels.data() + static_cast<size_t>(y) * row_bytes, image.width);
    }
  } else {
    reader.ReadRows(image.pixels.data(), row_bytes);
  }
  const int orientation = ExifOrientation(reader.Exif());
  reader.Finish();
  return TurnUpright(std::move(image), orientation);
}

}  // namespace mobilenet
