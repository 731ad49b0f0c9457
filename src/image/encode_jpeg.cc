#include "src/image/encode_jpeg.h"

#include <csetjmp>
#include <cstdio>
#include <cstdlib>

// After <cstdio>, which jpeglib.h needs.
#include <jpeglib.h>

#include "src/base/error.h"

namespace mobilenet {
namespace {

struct EncodingErrorHandler : jpeg_error_mgr {
  std::jmp_buf way_out;
};

// The longjmp of libjpeg's errors ends here: nothing in this function has a destructor. Returns success.
bool Encode(const Image& image, int quality, const std::string& comment, unsigned char** memory,
            unsigned long* bytes) {
  jpeg_compress_struct info = {};
  EncodingErrorHandler errors;
  info.err = jpeg_std_error(&errors);
  errors.error_exit = [](j_common_ptr common) {
    std::longjmp(static_cast<EncodingErrorHandler*>(common->err)->way_out, 1);
  };
  errors.output_message = [](j_common_ptr) {};
  if (setjmp(errors.way_out) != 0) {
    jpeg_destroy_compress(&info);
    return false;
  }
  jpeg_create_compress(&info);
  jpeg_mem_dest(&info, memory, bytes);
  info.image_width = static_cast<JDIMENSION>(image.width);
  info.image_height = static_cast<JDIMENSION>(image.height);
  info.input_components = 3;
  info.in_color_space = JCS_RGB;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, quality, TRUE);
  jpeg_start_compress(&info, TRUE);
  if (!comment.empty()) {
    jpeg_write_marker(&info, JPEG_COM, reinterpret_cast<const JOCTET*>(comment.data()),
                      static_cast<unsigned>(comment.size()));
  }
  const size_t row_bytes = static_cast<size_t>(image.width) * 3;
  while (info.next_scanline < info.image_height) {
    // libjpeg takes non-const pointers to data that it only reads.
    JSAMPROW rows[] = {const_cast<JSAMPROW>(image.pixels.data() + info.next_scanline * row_bytes)};
    jpeg_write_scanlines(&info, rows, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  return true;
}

}  // namespace

ByteBuffer EncodeJpeg(const Image& image, int quality, const std::string& comment) {
  unsigned char* memory = nullptr;
  unsigned long count = 0;
  const bool is_good = Encode(image, quality, comment, &memory, &count);
  ByteBuffer bytes;
  if (is_good) bytes.assign(memory, memory + count);
  std::free(memory);
  if (!is_good) Fail("cannot write a JPEG of ", image.width, " x ", image.height, " pixels");
  return bytes;
}

std::string JpegComment(std::string_view beginning) {
  // SOI, the APP0 of JFIF, for which libjpeg writes 16 bytes, COM with its length.
  constexpr size_t kHeaderBytes = 2 + 2 + 16;
  constexpr std::string_view kStart = "\xff\xd8\xff\xe0";
  constexpr std::string_view kComment = "\xff\xfe";
  if (!beginning.starts_with(kStart) || beginning.size() < kHeaderBytes + 4) return "";
  beginning.remove_prefix(kHeaderBytes);
  if (!beginning.starts_with(kComment)) return "";
  const auto byte = [&](size_t i) { return size_t{static_cast<unsigned char>(beginning[i])}; };
  const size_t bytes = byte(2) << 8 | byte(3);  // includes the length itself
  return bytes < 2 ? "" : std::string(beginning.substr(4, bytes - 2));
}

}  // namespace mobilenet
