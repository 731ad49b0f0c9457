#include "src/image/decode_png.h"

#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <cstdlib>
#include <cstring>
#include <new>

#include "src/base/error.h"
#include "src/image/exif.h"
#include "src/image/orientation.h"
#include "src/image/picture_limits.h"
#include "src/image/sentence.h"

namespace mobilenet {
namespace {

// libpng reports errors by longjmp, which must not skip a destructor: the functions that run between setjmp
// and longjmp hold nothing that has one.
class PngReader {
 public:
  PngReader(std::span<const uint8_t> bytes, const std::string& name, double max_decode_ms)
      : bytes_(bytes), name_(name), clock_(max_decode_ms) {}
  ~PngReader() { png_destroy_read_struct(&png_, &info_, nullptr); }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;

  void ReadHeader() {
    Run([this] {
      png_ = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, this, LeaveWithError, CheckWarning, this,
                                      Allocate, Free);
      info_ = png_ == nullptr ? nullptr : png_create_info_struct(png_);
      if (info_ == nullptr) {
        is_out_of_memory_ = true;
        std::longjmp(way_out_, 1);
      }
      png_set_read_fn(png_, this, Read);
      png_set_user_limits(png_, PNG_UINT_31_MAX, PNG_UINT_31_MAX);  // ours are in CheckPictureSize
      png_set_crc_action(png_, PNG_CRC_ERROR_QUIT, PNG_CRC_WARN_DISCARD);
      // The colours as they are stored: with a gamma value, libpng would blend transparency in linear light.
      png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_NEVER,
                                  reinterpret_cast<const uint8_t*>("gAMA\0cHRM\0sRGB\0iCCP"), 4);
      png_read_info(png_, info_);
      most_bytes_ = std::max(most_bytes_, static_cast<size_t>(WorkBytes()));
    });
  }

  uint32_t width() const { return png_get_image_width(png_, info_); }
  uint32_t height() const { return png_get_image_height(png_, info_); }
  // For a stored row, with everything that libpng keeps beside the rows it gives.
  int64_t WorkBytes() const { return int64_t{3} * 8 * width() + (256 << 10); }

  // RGB [height, width, 3].
  void ReadPixels(uint8_t* pixels) {
    Run([this, pixels] {
      const png_color_16 white = {.index = 0, .red = 255, .green = 255, .blue = 255, .gray = 255};
      png_set_expand(png_);
      png_set_strip_16(png_);
      png_set_gray_to_rgb(png_);
      png_set_background(png_, &white, PNG_BACKGROUND_GAMMA_SCREEN, 0, 1);
      const int passes = png_set_interlace_handling(png_);
      png_read_update_info(png_, info_);
      const size_t row_bytes = size_t{3} * width();
      if (png_get_rowbytes(png_, info_) != row_bytes) png_error(png_, "rows of another size");
      for (int pass = 0; pass < passes; ++pass) {
        for (uint32_t y = 0; y < height(); ++y) {
          png_read_row(png_, pixels + y * row_bytes, nullptr);
          if (clock_.IsOver()) std::longjmp(way_out_, 1);
        }
      }
    });
  }

  // Reads to the end of the file, to find out whether it is complete.
  void Finish() {
    Run([this] { png_read_end(png_, info_); });
  }

  int Orientation() const {
    png_bytep exif = nullptr;
    png_uint_32 count = 0;
    if (png_get_eXIf_1(png_, info_, &count, &exif) == 0) return 1;
    return ExifOrientation({exif, count});
  }

 private:
  // Every call of libpng that may fail goes through here. Throws Error.
  template <typename Step>
  void Run(const Step& step) {
    if (setjmp(way_out_) == 0) {
      step();
      return;
    }
    FailWithReason();
  }

  [[noreturn]] void FailWithReason() const {
    if (is_out_of_memory_) throw std::bad_alloc();
    if (is_truncated_) Fail(name_, ": truncated PNG: it ends before its last chunk (IEND)");
    clock_.Check(name_, "PNG");
    Fail(name_, ": cannot decode PNG: ", InSentence(message_));
  }

  [[noreturn]] static void LeaveWithError(png_structp png, png_const_charp message) {
    auto* reader = static_cast<PngReader*>(png_get_error_ptr(png));
    std::strncpy(reader->message_, message, sizeof reader->message_ - 1);
    std::longjmp(reader->way_out_, 1);
  }

  // Of the warnings after which libpng goes on, only those about transparency concern the picture.
  static void CheckWarning(png_structp png, png_const_charp message) {
    if (std::strncmp(message, "tRNS", 4) == 0) LeaveWithError(png, message);
  }

  static void Read(png_structp png, png_bytep to, size_t count) {
    auto* reader = static_cast<PngReader*>(png_get_io_ptr(png));
    if (count > reader->bytes_.size() - reader->at_) {
      reader->is_truncated_ = true;
      std::longjmp(reader->way_out_, 1);
    }
    std::memcpy(to, reader->bytes_.data() + reader->at_, count);
    reader->at_ += count;
    // Checked here too, since after the last row there may be much left to inflate.
    if (reader->clock_.IsOver()) std::longjmp(reader->way_out_, 1);
  }

  // Before it reads a chunk, libpng allocates the memory that the chunk's length asks for, and skips the
  // chunk if there is none.
  static png_voidp Allocate(png_structp png, png_alloc_size_t size) {
    auto* reader = static_cast<PngReader*>(png_get_mem_ptr(png));
    if (size > reader->most_bytes_) return nullptr;
    void* const memory = std::malloc(size);
    if (memory == nullptr) reader->is_out_of_memory_ = true;
    return memory;
  }
  static void Free(png_structp, png_voidp memory) { std::free(memory); }

  std::span<const uint8_t> bytes_;
  const std::string& name_;
  DecodeClock clock_;
  size_t at_ = 0;  // how much of bytes_ has been read
  std::jmp_buf way_out_;
  char message_[200] = "";
  bool is_truncated_ = false;
  bool is_out_of_memory_ = false;
  size_t most_bytes_ = bytes_.size() + (1 << 16);  // at once: as much as a chunk of the file can hold
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
};

}  // namespace

Image DecodePng(std::span<const uint8_t> bytes, const std::string& name, const DecodeOptions& options) {
  PngReader reader(bytes, name, options.max_decode_ms);
  reader.ReadHeader();
  CheckPictureSize(reader.width(), reader.height(), name, options);
  const int64_t pixel_bytes = int64_t{3} * reader.width() * reader.height();
  auto memory = TakeMemory(pixel_bytes + reader.WorkBytes() + TurnBytes(pixel_bytes, reader.Orientation()),
                           name, options);
  Image image{static_cast<int>(reader.width()), static_cast<int>(reader.height()), {}};
  image.pixels.resize(static_cast<size_t>(pixel_bytes));
  reader.ReadPixels(image.pixels.data());
  reader.Finish();
  Image upright = TurnUpright(std::move(image), reader.Orientation());
  upright.memory = std::move(memory);
  return upright;
}

}  // namespace mobilenet
