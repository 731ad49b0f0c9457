#include "src/image/decode_jpeg.h"

#include <csetjmp>
#include <cstdio>
#include <cstring>

// After <cstdio>, which jpeglib.h needs.
#include <jpeglib.h>
// After jpeglib.h: some of its codes, and the numbers of those after them, depend on jconfig.h.
#include <jerror.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "src/base/error.h"
#include "src/image/exif.h"
#include "src/image/orientation.h"
#include "src/image/picture_limits.h"
#include "src/image/resample.h"
#include "src/image/sentence.h"

namespace mobilenet {
namespace {

// A scan takes time for all its pixels even if the file spends only a few bytes on it, so a progressive file
// of some kilobytes could keep us busy for minutes. Encoders write about ten scans: a picture with as many
// pixels as are allowed may have 64, a smaller one more. libjpeg-turbo's own fuzzers stop at 500.
constexpr int kMaxScans = 500;
constexpr int kMaxScansOfLargest = 64;

// What libjpeg warns of before it goes on.
enum class Harm {
  kNone,     // every pixel comes from the file
  kMissing,  // the file ends early, and libjpeg fills in the rest
  kDamage,   // pixels may be anything
};

struct Warning {
  int code;
  Harm harm;
};

// Warnings that are not listed here, such as those of a later libjpeg, count as damage.
constexpr Warning kWarnings[] = {
    // A sequential scan does not use these parameters: phones and IP cameras write what they like there.
    {JWRN_NOT_SEQUENTIAL, Harm::kNone},
    // Bytes between segments, which cameras write as padding. Within a scan they come with another warning.
    {JWRN_EXTRANEOUS_DATA, Harm::kNone},
    // Only what such numbers say about the colours or the file is unknown, and a default is used.
    {JWRN_ADOBE_XFORM, Harm::kNone},
    {JWRN_JFIF_MAJOR, Harm::kNone},
    // The colour profile is not used.
    {JWRN_BOGUS_ICC, Harm::kNone},
    // The file ends without EOI: the next two tell whether pixels are missing.
    {JWRN_JPEG_EOF, Harm::kMissing},
    // A marker before the scan's last pixel; the rest becomes grey. At an EOI the file merely ends
    // early; at any other marker something in the middle has been lost: CheckWarning tells them
    // apart.
    {JWRN_HIT_MARKER, Harm::kMissing},
    {JWRN_MUST_RESYNC, Harm::kMissing},
    // Data that mean nothing, or not what they should: pixels that nobody photographed.
    {JWRN_HUFF_BAD_CODE, Harm::kDamage},
    {JWRN_ARITH_BAD_CODE, Harm::kDamage},
    {JWRN_BOGUS_PROGRESSION, Harm::kDamage},
};

Harm HarmOf(int warning_code) {
  for (const Warning& warning : kWarnings) {
    if (warning.code == warning_code) return warning.harm;
  }
  return Harm::kDamage;
}

// How much of a picture there is if its file ends early.
struct Ending {
  bool is_early = false;
  bool has_all_pixels = true;
  int64_t row_count = 0;  // complete rows of the file, for a picture of one scan
  int scan = 0;           // the one with missing data, counted from 1
};

// libjpeg reports errors by longjmp, which must not skip a destructor: the functions that run between setjmp
// and longjmp hold nothing that has one.
struct ErrorHandler : jpeg_error_mgr {
  std::jmp_buf way_out;
  bool accepts_early_end = false;
  Ending ending;
  bool is_out_of_time = false;
  char message[JMSG_LENGTH_MAX] = "";
  DecodeClock clock{0};
  int64_t max_scanned_pixels = 0;  // of all scans together
};

[[noreturn]] void LeaveWithError(j_common_ptr common) {
  auto* handler = static_cast<ErrorHandler*>(common->err);
  handler->format_message(common, handler->message);
  std::longjmp(handler->way_out, 1);
}

// Warnings have a negative level.
void CheckWarning(j_common_ptr common, int level) {
  if (level >= 0) return;
  auto* handler = static_cast<ErrorHandler*>(common->err);
  const Harm harm = HarmOf(handler->msg_code);
  if (harm == Harm::kNone) return;
  const auto* info = reinterpret_cast<const jpeg_decompress_struct*>(common);
  const bool is_at_end = handler->msg_code == JWRN_JPEG_EOF || info->unread_marker == JPEG_EOI;
  if (harm != Harm::kMissing || !is_at_end || !handler->accepts_early_end) LeaveWithError(common);
  Ending& ending = handler->ending;
  ending.is_early = true;
  if (handler->msg_code == JWRN_JPEG_EOF || !ending.has_all_pixels) return;
  ending.has_all_pixels = false;
  ending.row_count = int64_t{info->input_iMCU_row} * info->max_v_samp_factor * DCTSIZE;
  ending.scan = info->input_scan_number;
}

class JpegReader {
 public:
  JpegReader(std::span<const uint8_t> bytes, const std::string& name, const DecodeOptions& options)
      : bytes_(bytes), name_(name) {
    info_.err = jpeg_std_error(&errors_);
    errors_.clock = DecodeClock(options.max_decode_ms);
    errors_.max_scanned_pixels =
        std::min(options.max_pixels, INT64_MAX / kMaxScansOfLargest) * kMaxScansOfLargest;
    errors_.accepts_early_end = options.accept_damaged;
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
      progress_.progress_monitor = CheckLimits;
      jpeg_mem_src(&info_, bytes_.data(), static_cast<unsigned long>(bytes_.size()));
      jpeg_save_markers(&info_, JPEG_APP0 + 1, 0xffff);  // EXIF
      jpeg_read_header(&info_, TRUE);
      has_several_scans_ = jpeg_has_multiple_scans(&info_);
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

  // With several scans, libjpeg keeps the coefficients of the whole picture until the last one.
  int64_t CoefficientBytes() const {
    if (!has_several_scans_) return 0;
    int64_t blocks = 0;
    for (int i = 0; i < info_.num_components; ++i) {
      blocks += int64_t{info_.comp_info[i].width_in_blocks} * info_.comp_info[i].height_in_blocks;
    }
    return blocks * DCTSIZE2 * static_cast<int64_t>(sizeof(JCOEF));
  }

  // The picture's own size has `eighths` 8.
  void Start(J_COLOR_SPACE colour_space, int eighths) {
    info_.out_color_space = colour_space;
    info_.scale_num = static_cast<unsigned>(eighths);
    info_.scale_denom = 8;
    Run([this] { jpeg_start_decompress(&info_); });
  }

  // Whether blocks are smoothed using their neighbours: libjpeg does that if a progressive file has no more
  // than their mean and a few coefficients (jdcoefct.c, smoothing_ok).
  bool IsSmoothed() const {
    constexpr int kSmoothedCoefficients = 10;
    if (!info_.progressive_mode || info_.coef_bits == nullptr) return false;
    for (int i = 0; i < info_.num_components; ++i) {
      const int* bits = info_.coef_bits[i];
      if (std::any_of(bits + 1, bits + kSmoothedCoefficients, [](int unknown) { return unknown != 0; }))
        return true;
    }
    return false;
  }

  // Keeps these columns of every row, and a few more to where blocks begin.
  void KeepColumns(JDIMENSION* first, JDIMENSION* count) {
    Run([this, first, count] { jpeg_crop_scanline(&info_, first, count); });
  }

  void SkipRows(JDIMENSION count) {
    if (count > 0) Run([this, count] { jpeg_skip_scanlines(&info_, count); });
  }

  void ReadRow(uint8_t* row) {
    Run([this, row] {
      JSAMPROW rows[] = {row};
      jpeg_read_scanlines(&info_, rows, 1);
    });
  }

  // The next rows, each `row_bytes` long.
  void ReadRows(uint8_t* first_row, size_t row_bytes, JDIMENSION row_count) {
    Run([this, first_row, row_bytes, row_count] {
      uint8_t* next_row = first_row;
      const JDIMENSION end = info_.output_scanline + row_count;
      while (info_.output_scanline < end) {
        // Several rows per call, since libjpeg makes them a block at a time.
        constexpr JDIMENSION kRows = 16;
        JSAMPROW rows[kRows];
        const JDIMENSION count = std::min(kRows, end - info_.output_scanline);
        for (JDIMENSION i = 0; i < count; ++i) rows[i] = next_row + i * row_bytes;
        next_row += jpeg_read_scanlines(&info_, rows, count) * row_bytes;
      }
    });
  }

  // Reads the remaining rows without keeping them. All of their data are read, which jpeg_skip_scanlines does
  // not do when it gets to the last row.
  void PassRows() {
    const JDIMENSION left = info_.output_height - info_.output_scanline;
    if (left == 0) return;
    SkipRows(left - 1);
    std::vector<uint8_t> row(static_cast<size_t>(info_.output_width) *
                             static_cast<size_t>(info_.output_components));
    ReadRow(row.data());
  }

  // Reads to the end of the file, to find out whether it is complete. None if it is, else what is missing.
  std::optional<std::string> Finish() {
    Run([this] { jpeg_finish_decompress(&info_); });
    const Ending& ending = errors_.ending;
    if (!ending.is_early) return std::nullopt;
    if (ending.has_all_pixels) return "the end marker (EOI) is missing, but no pixels";
    if (ending.scan == 1 && ending.row_count == 0)
      Fail(name_, ": truncated JPEG: not one row of it is whole");
    if (has_several_scans_) return StrCat("truncated in scan ", ending.scan);
    return StrCat("truncated after ", ending.row_count, " of ", info_.image_height, " rows");
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
    if (errors_.is_out_of_time) Fail(name_, ": cannot decode JPEG: ", errors_.clock.Reason());
    const std::string message = InSentence(errors_.message);
    switch (errors_.msg_code) {
      case JERR_OUT_OF_MEMORY:
        throw std::bad_alloc();
      case JERR_INPUT_EOF:
        Fail(name_, ": truncated JPEG: ", message);
      case JWRN_JPEG_EOF:
      case JWRN_HIT_MARKER:
      case JWRN_MUST_RESYNC:
        if (errors_.msg_code != JWRN_JPEG_EOF && info_.unread_marker != JPEG_EOI) break;
        Fail(name_, ": truncated JPEG: ", message, " (--accept-damaged takes what is there)");
    }
    Fail(name_, ": cannot decode JPEG: ", message);
  }

  static void CheckLimits(j_common_ptr common) {
    auto* info = reinterpret_cast<jpeg_decompress_struct*>(common);
    auto* handler = static_cast<ErrorHandler*>(common->err);
    const int64_t pixels = int64_t{info->image_width} * info->image_height;
    const int scans = info->input_scan_number;
    if (scans > kMaxScans) {
      std::snprintf(handler->message, sizeof handler->message, "more than %d scans", kMaxScans);
    } else if (scans * pixels > handler->max_scanned_pixels) {
      std::snprintf(handler->message, sizeof handler->message,
                    "more than %d scans of so many pixels (--max-pixels raises it)", scans - 1);
    } else if (handler->clock.IsOver()) {
      handler->is_out_of_time = true;
    } else {
      return;
    }
    handler->msg_code = 0;
    std::longjmp(handler->way_out, 1);
  }

  std::span<const uint8_t> bytes_;
  const std::string& name_;
  ErrorHandler errors_;
  jpeg_progress_mgr progress_ = {};
  jpeg_decompress_struct info_ = {};
  bool has_several_scans_ = false;
};

// `cmyk` as Adobe's programs and, following them, all others write it: inverted (255 is no ink).
void InvertedCmykToRgb(const uint8_t* cmyk, uint8_t* rgb, int pixel_count) {
  for (int i = 0; i < pixel_count; ++i) {
    const int key = cmyk[4 * i + 3];
    for (int c = 0; c < 3; ++c) rgb[3 * i + c] = static_cast<uint8_t>((cmyk[4 * i + c] * key + 127) / 255);
  }
}

// The part of a picture that is decoded: its scale, and columns and rows of the scaled picture.
struct Part {
  int eighths = 8;
  JDIMENSION first_column = 0;
  JDIMENSION column_count = 0;
  JDIMENSION first_row = 0;
  JDIMENSION row_count = 0;
};

// The side in pixels that has to be at least the target's resolution.
double SideNeeded(const DecodeTarget& target, double width, double height) {
  switch (target.resize) {
    case ResizeMode::kCrop:
      return target.crop_fraction * std::min(width, height);
    case ResizeMode::kSquash:
      return std::min(width, height);
    case ResizeMode::kFit:
      break;
  }
  return std::max(width, height);
}

// Those of the scales M/8 that have vector code: the ones between them take longer than the next larger of
// these (libjpeg-turbo 2.1.5, a picture of 500 x 332: 3/8 0.63 ms and 4/8 0.56; 5/8 0.88 ms and 8/8 0.68). A
// third more pixels than the network sees leave some work to the resize's own filter: with only a 40th more,
// V1 0.5 160 had 67 of 100 ImageNet photographs right instead of 72.
int ChooseEighths(const DecodeTarget& target, double width, double height) {
  constexpr double kSpare = 4.0 / 3;
  for (const int eighths : {1, 2, 4}) {
    if (SideNeeded(target, width, height) * eighths / 8 >= kSpare * target.resolution) return eighths;
  }
  return 8;
}

// The samples of one axis, `size` long, that make up the central `side`, with the reach of the resize's
// filter and of the chroma's upsampling, which differs at the border of what is decoded.
void ChooseRange(const DecodeTarget& target, double size, double side, double scale, JDIMENSION scaled_size,
                 JDIMENSION& first, JDIMENSION& count) {
  constexpr double kUpsampling = 4;
  const double filter_scale = std::max(1.0, side * scale / target.resolution);
  const double reach = FilterReach(target.interpolation) * filter_scale + kUpsampling;
  const double begin = std::max(0.0, std::floor((size - side) / 2 * scale - reach));
  const double end = std::min(static_cast<double>(scaled_size), std::ceil((size + side) / 2 * scale + reach));
  first = static_cast<JDIMENSION>(begin);
  count = static_cast<JDIMENSION>(end - begin);
}

}  // namespace

Image DecodeJpeg(std::span<const uint8_t> bytes, const std::string& name, const DecodeOptions& options) {
  JpegReader reader(bytes, name, options);
  reader.ReadHeader();
  const jpeg_decompress_struct& info = reader.info();
  CheckPictureSize(info.image_width, info.image_height, name, options);
  const int components = info.num_components;
  if (components != 1 && components != 3 && components != 4) {
    Fail(name, ": cannot decode JPEG: ", components, " colour components (1, 3 and 4 are read)");
  }

  Part part;
  const double width = info.image_width, height = info.image_height;
  if (options.target) part.eighths = ChooseEighths(*options.target, width, height);
  const double scaled_pixels = width * height * part.eighths * part.eighths / 64;
  // In addition, libjpeg keeps some rows: less than 64 samples per column.
  const int64_t pixel_bytes = 3 * static_cast<int64_t>(scaled_pixels);
  const int orientation = ExifOrientation(reader.Exif());
  auto memory = TakeMemory(pixel_bytes + TurnBytes(pixel_bytes, orientation) + reader.CoefficientBytes() +
                               int64_t{64} * info.image_width + (256 << 10),
                           name, options);
  reader.Start(components == 4 ? JCS_CMYK : JCS_RGB, part.eighths);
  part.column_count = info.output_width;
  part.row_count = info.output_height;
  const double scale = part.eighths / 8.0;
  // The smoothing depends on blocks beside the part.
  if (options.target && options.target->resize == ResizeMode::kCrop && !reader.IsSmoothed()) {
    const double side = SideNeeded(*options.target, width, height);
    ChooseRange(*options.target, width, side, scale, info.output_width, part.first_column, part.column_count);
    ChooseRange(*options.target, height, side, scale, info.output_height, part.first_row, part.row_count);
    if (part.column_count < info.output_width) reader.KeepColumns(&part.first_column, &part.column_count);
  }

  Image image{static_cast<int>(part.column_count), static_cast<int>(part.row_count), {}};
  const size_t row_bytes = static_cast<size_t>(image.width) * 3;
  image.pixels.resize(row_bytes * static_cast<size_t>(image.height));
  reader.SkipRows(part.first_row);
  if (components == 4) {
    std::vector<uint8_t> row(static_cast<size_t>(image.width) * 4);
    for (int y = 0; y < image.height; ++y) {
      reader.ReadRow(row.data());
      InvertedCmykToRgb(row.data(), image.pixels.data() + static_cast<size_t>(y) * row_bytes, image.width);
    }
  } else {
    reader.ReadRows(image.pixels.data(), row_bytes, part.row_count);
  }
  reader.PassRows();
  std::optional<std::string> damaged = reader.Finish();
  if (options.target) {
    image.placement =
        Placement{static_cast<int>(info.image_width), static_cast<int>(info.image_height), scale,
                  static_cast<double>(part.first_column), static_cast<double>(part.first_row)};
  }
  Image upright = TurnUpright(std::move(image), orientation);
  upright.memory = std::move(memory);
  upright.damaged = std::move(damaged);
  return upright;
}

}  // namespace mobilenet
