// The files of ../shared/cases: pictures of other programs that were once read wrongly.
#include <algorithm>
#include <cstdlib>

#include "src/image/image.h"
#include "test/image/files.h"
#include "test/image/samples.h"
#include "test/support/catch.h"
#include "test/support/skip.h"

namespace mobilenet::test {
namespace {

struct Case {
  const char* file;
  const char* right;
  const char* damaged = nullptr;  // with accept_damaged; an error without it
};

TEST_CASE("the pictures of strangers' programs come out as they should") {
  const std::string shared = SharedFolder();
  if (shared.empty()) return;
  static constexpr char kNoEoi[] = "the end marker (EOI) is missing, but no pixels";
  constexpr Case kCases[] = {
      {"jpeg_sos_parameters/se0.jpg", "jpeg_sos_parameters/plain.jpg"},
      {"jpeg_no_eoi/eoi_then_zeros.jpg", "jpeg_no_eoi/whole.jpg"},
      {"jpeg_no_eoi/no_eoi.jpg", "jpeg_no_eoi/whole.jpg", kNoEoi},
      {"jpeg_no_eoi/no_d9.jpg", "jpeg_no_eoi/whole.jpg", kNoEoi},
      {"jpeg_no_eoi/zeros_no_eoi.jpg", "jpeg_no_eoi/whole.jpg", kNoEoi},
      {"jpeg_no_eoi/prog_no_eoi.jpg", "jpeg_no_eoi/whole.jpg", kNoEoi},
      {"bmp_24bit_with_palette/with_palette.bmp", "bmp_24bit_with_palette/plain.bmp"},
      {"bmp_24bit_with_palette/with_palette.bmp", "bmp_24bit_with_palette/right.png"},
      {"bmp_32bit_unused_byte/unused_byte.bmp", "bmp_32bit_unused_byte/right.png"},
      {"bmp_gap_before_pixels/gap2_24bit.bmp", "bmp_gap_before_pixels/right.png"},
      {"bmp_gap_before_pixels/v5_masks_twice.bmp", "bmp_gap_before_pixels/right.png"},
      {"bmp_gap_before_pixels/v5_no_gap.bmp", "bmp_gap_before_pixels/right.png"},
      {"bmp_rle8_and_os2/os2.bmp", "bmp_rle8_and_os2/right.png"},
      {"bmp_rle8_and_os2/rle8.bmp", "bmp_rle8_and_os2/right.png"},
      {"gif_deferred_clear/deferred.gif", "gif_deferred_clear/right.png"},
      {"gif_frame_beyond_canvas/frame_larger.gif", "gif_frame_beyond_canvas/right.png"},
      {"png_exif/orientation6.png", "png_exif/right.png"},
      {"psd_saved_selection/flat.psd", "psd_saved_selection/right.png"},
      {"psd_saved_selection/flat_with_alpha_channel.psd", "psd_saved_selection/right.png"},
      {"tga_no_attribute_bits/alpha_to_be_ignored.tga", "tga_no_attribute_bits/right.png"},
  };
  for (const Case& one : kCases) {
    CAPTURE(one.file);
    const Bytes bytes = ReadBytes(shared + "cases/" + one.file);
    DecodeOptions options;
    if (one.damaged != nullptr) {
      CHECK(DecodeError(bytes).find("picture: truncated JPEG: ") == 0);
      options.accept_damaged = true;
    }
    const Image image = DecodeImage(bytes, "picture", options);
    CHECK(image.damaged.value_or("") == (one.damaged == nullptr ? "" : one.damaged));
    const Image right = DecodeImage(ReadBytes(shared + "cases/" + one.right), "right", {});
    CHECK(LargestDifference(image, right) == 0);
  }
}

TEST_CASE("a BMP of greys with a gap before its pixels shows the greys of its picture") {
  const std::string shared = SharedFolder();
  if (shared.empty()) return;
  const std::string folder = shared + "cases/bmp_gap_before_pixels/";
  const Image grey = DecodeImage(ReadBytes(folder + "gap_8bit.bmp"), "picture", {});
  const Image right = DecodeImage(ReadBytes(folder + "right.png"), "right", {});
  REQUIRE(grey.pixels.size() == right.pixels.size());
  int largest = 0;
  for (size_t i = 0; i < grey.pixels.size(); i += 3) {
    const int luma =
        (299 * right.pixels[i] + 587 * right.pixels[i + 1] + 114 * right.pixels[i + 2] + 500) / 1000;
    largest = std::max(largest, std::abs(grey.pixels[i] - luma));
  }
  CHECK(largest <= 1);
}

}  // namespace
}  // namespace mobilenet::test
