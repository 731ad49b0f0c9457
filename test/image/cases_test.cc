// The files of ../shared/cases: pictures of other people's programs that were once read wrongly.
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
  const char* damaged = nullptr;  // with accept_damaged; an error without
};

TEST_CASE("the pictures of strangers' programs come out as they should") {
  const std::string shared = SharedFolder();
  if (shared.empty()) return;
  static constexpr char kNoEoi[] = "the end marker (EOI) is missing, no pixels are";
  constexpr Case kCases[] = {
      {"jpeg_sos_parameters/se0.jpg", "jpeg_sos_parameters/plain.jpg"},
      {"jpeg_no_eoi/eoi_then_zeros.jpg", "jpeg_no_eoi/whole.jpg"},
      {"jpeg_no_eoi/no_eoi.jpg", "jpeg_no_eoi/whole.jpg", kNoEoi},
      {"jpeg_no_eoi/no_d9.jpg", "jpeg_no_eoi/whole.jpg", kNoEoi},
      {"jpeg_no_eoi/zeros_no_eoi.jpg", "jpeg_no_eoi/whole.jpg", kNoEoi},
      {"jpeg_no_eoi/prog_no_eoi.jpg", "jpeg_no_eoi/whole.jpg", kNoEoi},
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

}  // namespace
}  // namespace mobilenet::test
