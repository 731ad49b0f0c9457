#include "src/image/decode_tiff.h"

#include <tiffio.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>

#include "src/base/error.h"
#include "src/image/lazy_library.h"
#include "src/image/on_white.h"
#include "src/image/orientation.h"
#include "src/image/picture_limits.h"
#include "src/image/sentence.h"

namespace mobilenet {
namespace {

struct Library {
  LazyLibrary library{MOBILENET_TIFF_LIBRARY};
#define MOBILENET_FUNCTION(name) decltype(::name)* const name = library.Function<decltype(::name)>(#name)
  MOBILENET_FUNCTION(TIFFClientOpenExt);
  MOBILENET_FUNCTION(TIFFClose);
  MOBILENET_FUNCTION(TIFFGetField);
  MOBILENET_FUNCTION(TIFFGetFieldDefaulted);
  MOBILENET_FUNCTION(TIFFIsTiled);
  MOBILENET_FUNCTION(TIFFOpenOptionsAlloc);
  MOBILENET_FUNCTION(TIFFOpenOptionsFree);
  MOBILENET_FUNCTION(TIFFOpenOptionsSetErrorHandlerExtR);
  MOBILENET_FUNCTION(TIFFOpenOptionsSetMaxSingleMemAlloc);
  MOBILENET_FUNCTION(TIFFOpenOptionsSetWarningHandlerExtR);
  MOBILENET_FUNCTION(TIFFRGBAImageBegin);
  MOBILENET_FUNCTION(TIFFRGBAImageEnd);
  MOBILENET_FUNCTION(TIFFRGBAImageGet);
  MOBILENET_FUNCTION(TIFFRGBAImageOK);
  MOBILENET_FUNCTION(TIFFStripSize64);
  MOBILENET_FUNCTION(TIFFTileSize64);
#undef MOBILENET_FUNCTION
};

const Library& LoadLibrary(const std::string& name) {
  static const Library library;
  if (!library.library.is_complete()) {
    Fail(name, ": TIFF is not read without " MOBILENET_TIFF_LIBRARY " (apt-get install libtiff6 brings it)");
  }
  return library;
}

struct TiffSource {
  std::span<const uint8_t> bytes;
  uint64_t at = 0;
  char message[1024] = "";  // libtiff's first error
  bool lacks_palette = false;
};

tmsize_t ReadSource(thandle_t handle, void* to, tmsize_t wanted) {
  auto* source = static_cast<TiffSource*>(handle);
  const uint64_t left = source->bytes.size() - std::min<uint64_t>(source->at, source->bytes.size());
  const uint64_t count = std::min(static_cast<uint64_t>(std::max<tmsize_t>(wanted, 0)), left);
  if (count > 0) std::memcpy(to, source->bytes.data() + source->at, static_cast<size_t>(count));
  source->at += count;
  return static_cast<tmsize_t>(count);
}

toff_t SeekSource(thandle_t handle, toff_t offset, int whence) {
  auto* source = static_cast<TiffSource*>(handle);
  source->at = offset + (whence == SEEK_CUR ? source->at : whence == SEEK_END ? source->bytes.size() : 0);
  return source->at;
}

// libtiff reads from our memory. (If it reads by calls, version 4.5 refuses uncompressed tiles whose size is
// not a multiple of 1024.)
int MapSource(thandle_t handle, void** start, toff_t* size) {
  const auto* source = static_cast<TiffSource*>(handle);
  *start = const_cast<uint8_t*>(source->bytes.data());
  *size = source->bytes.size();
  return 1;
}

int KeepError(TIFF*, void* user_data, const char*, const char* format, va_list arguments) {
  auto* source = static_cast<TiffSource*>(user_data);
  if (source->message[0] == '\0') {
    std::vsnprintf(source->message, sizeof source->message, format, arguments);
  }
  return 1;  // and nothing is printed
}

// Warnings are about tags that are left out. Only one of them concerns the pixels: without its palette,
// libtiff shows the indices as greys.
int NotePalette(TIFF*, void* user_data, const char*, const char* format, va_list arguments) {
  char message[1024] = "";
  std::vsnprintf(message, sizeof message, format, arguments);
  if (std::strstr(message, "\"ColorMap\"") != nullptr)
    static_cast<TiffSource*>(user_data)->lacks_palette = true;
  return 1;
}

class TiffReader {
 public:
  TiffReader(std::span<const uint8_t> bytes, const std::string& name)
      : library_(LoadLibrary(name)), source_{.bytes = bytes}, name_(name) {}
  ~TiffReader() {
    if (has_picture_) library_.TIFFRGBAImageEnd(&picture_);
    if (tiff_ != nullptr) library_.TIFFClose(tiff_);
  }
  TiffReader(const TiffReader&) = delete;
  TiffReader& operator=(const TiffReader&) = delete;

  void ReadHeader(int64_t max_allocation_bytes) {
    TIFFOpenOptions* const options = library_.TIFFOpenOptionsAlloc();
    if (options == nullptr) throw std::bad_alloc();
    library_.TIFFOpenOptionsSetErrorHandlerExtR(options, KeepError, &source_);
    library_.TIFFOpenOptionsSetWarningHandlerExtR(options, NotePalette, &source_);
    library_.TIFFOpenOptionsSetMaxSingleMemAlloc(options, static_cast<tmsize_t>(max_allocation_bytes));
    tiff_ = library_.TIFFClientOpenExt(
        "", "r", &source_, ReadSource, [](thandle_t, void*, tmsize_t) { return tmsize_t{0}; }, SeekSource,
        [](thandle_t) { return 0; },
        [](thandle_t handle) { return toff_t{static_cast<TiffSource*>(handle)->bytes.size()}; }, MapSource,
        [](thandle_t, void*, toff_t) {}, options);
    library_.TIFFOpenOptionsFree(options);
    if (tiff_ == nullptr) FailWithReason();
    if (source_.lacks_palette) Fail(name_, ": damaged TIFF: its palette is not whole (truncated?)");
    RefuseCameraFiles();
    library_.TIFFGetField(tiff_, TIFFTAG_IMAGEWIDTH, &width_);
    library_.TIFFGetField(tiff_, TIFFTAG_IMAGELENGTH, &height_);
  }

  uint32_t width() const { return width_; }
  uint32_t height() const { return height_; }

  // How many rows are decoded together.
  uint32_t ChunkRows() const {
    uint32_t rows = 0;
    if (library_.TIFFIsTiled(tiff_) != 0) {
      library_.TIFFGetField(tiff_, TIFFTAG_TILELENGTH, &rows);
    } else {
      library_.TIFFGetFieldDefaulted(tiff_, TIFFTAG_ROWSPERSTRIP, &rows);
    }
    return std::clamp<uint32_t>(rows, 1, height_);
  }

  // What libtiff keeps of a strip or tile: as it is in the file, and decoded, for each channel if they are
  // stored separately.
  int64_t WorkBytes() const {
    const bool is_tiled = library_.TIFFIsTiled(tiff_) != 0;
    const uint64_t bytes = is_tiled ? library_.TIFFTileSize64(tiff_) : library_.TIFFStripSize64(tiff_);
    uint16_t is_planar = PLANARCONFIG_CONTIG, samples = 1;
    library_.TIFFGetFieldDefaulted(tiff_, TIFFTAG_PLANARCONFIG, &is_planar);
    library_.TIFFGetFieldDefaulted(tiff_, TIFFTAG_SAMPLESPERPIXEL, &samples);
    const uint64_t all = is_planar == PLANARCONFIG_SEPARATE ? bytes * std::min<uint64_t>(samples, 4) : bytes;
    return static_cast<int64_t>(std::min<uint64_t>(all, INT64_MAX / 4)) + std::ssize(source_.bytes);
  }

  void Begin() {
    char message[1024] = "";
    if (library_.TIFFRGBAImageOK(tiff_, message) == 0) {
      Fail(name_, ": TIFF of this kind is not read: ", InSentence(message), " (convert it to PNG)");
    }
    constexpr int kStopAtErrors = 1;
    if (library_.TIFFRGBAImageBegin(&picture_, tiff_, kStopAtErrors, message) == 0) {
      if (source_.message[0] == '\0') std::snprintf(source_.message, sizeof source_.message, "%s", message);
      FailWithReason();
    }
    has_picture_ = true;
    // As they are stored.
    picture_.req_orientation = picture_.orientation;
  }

  int orientation() const { return picture_.orientation; }

  // R, G, B, A, with the colours multiplied by A: one pixel in each number, from the lowest byte up.
  void ReadRows(uint32_t first_row, uint32_t row_count, uint32_t* to) {
    picture_.row_offset = static_cast<int>(first_row);
    if (library_.TIFFRGBAImageGet(&picture_, to, width_, row_count) == 0) FailWithReason();
  }

 private:
  // The first picture of these is a thumbnail.
  void RefuseCameraFiles() const {
    const void* data = nullptr;
    uint16_t count = 0;
    uint32_t kind = 0;
    library_.TIFFGetFieldDefaulted(tiff_, TIFFTAG_SUBFILETYPE, &kind);
    const bool has_others = library_.TIFFGetField(tiff_, TIFFTAG_SUBIFD, &count, &data) != 0;
    if (library_.TIFFGetField(tiff_, TIFFTAG_DNGVERSION, &data) != 0 ||
        ((kind & FILETYPE_REDUCEDIMAGE) != 0 && has_others)) {
      Fail(name_, ": camera RAW is not read (convert it, for instance with dcraw)");
    }
  }

  // Where the first directory is; in most files it is at the end.
  uint64_t DirectoryAt() const {
    const std::span<const uint8_t> bytes = source_.bytes;
    const bool is_big_endian = bytes[0] == 'M';
    const bool is_big_tiff = bytes[is_big_endian ? 3 : 2] == '+';
    const size_t at = is_big_tiff ? 8 : 4, count = is_big_tiff ? 8 : 4;
    if (bytes.size() < at + count) return UINT64_MAX;
    uint64_t offset = 0;
    for (size_t i = 0; i < count; ++i) offset = offset << 8 | bytes[at + (is_big_endian ? i : count - 1 - i)];
    return offset;
  }

  [[noreturn]] void FailWithReason() const {
    const std::string_view message = source_.message;
    if (DirectoryAt() >= source_.bytes.size() || message.find("Read error") != message.npos ||
        message.find("Can not read") != message.npos) {
      Fail(name_, ": truncated TIFF: it ends before its last pixel");
    }
    if (message.find("memory") != message.npos || message.find("No space") != message.npos) {
      throw std::bad_alloc();
    }
    Fail(name_,
         ": cannot decode TIFF: ", message.empty() ? "no picture in it" : InSentence(std::string(message)));
  }

  const Library& library_;
  TiffSource source_;
  const std::string& name_;
  TIFF* tiff_ = nullptr;
  uint32_t width_ = 0;
  uint32_t height_ = 0;
  TIFFRGBAImage picture_ = {};
  bool has_picture_ = false;
};

}  // namespace

Image DecodeTiff(std::span<const uint8_t> bytes, const std::string& name, const DecodeOptions& options) {
  const DecodeClock clock(options.max_decode_ms);
  TiffReader reader(bytes, name);
  // A strip or tile holds no more than the picture, plus what lies beyond its borders, with 16 bits per
  // sample.
  constexpr int64_t kLeastBytes = 16 << 20;
  const int64_t max_pixels = std::min<int64_t>(options.max_pixels, PTRDIFF_MAX / 32);
  reader.ReadHeader(kLeastBytes + 2 * std::ssize(bytes) + 16 * max_pixels);
  CheckPictureSize(reader.width(), reader.height(), name, options);
  const int64_t width = reader.width(), height = reader.height();
  const uint32_t chunk_rows = reader.ChunkRows();
  auto memory = TakeMemory(3 * width * height + 4 * width * chunk_rows + reader.WorkBytes(), name, options);
  reader.Begin();
  Image image{static_cast<int>(width), static_cast<int>(height), {}};
  image.pixels.resize(static_cast<size_t>(3 * width * height));
  std::vector<uint32_t, BufferAllocator<uint32_t>> rows(static_cast<size_t>(width * chunk_rows));
  uint8_t* to = image.pixels.data();
  for (uint32_t y = 0; y < reader.height(); y += chunk_rows) {
    const uint32_t count = std::min(chunk_rows, reader.height() - y);
    reader.ReadRows(y, count, rows.data());
    clock.Check(name, "TIFF");
    for (size_t i = 0; i < static_cast<size_t>(width) * count; ++i, to += 3) {
      const uint32_t rgba = rows[i];
      const int alpha = TIFFGetA(rgba);
      to[0] = PremultipliedOnWhite(TIFFGetR(rgba), alpha);
      to[1] = PremultipliedOnWhite(TIFFGetG(rgba), alpha);
      to[2] = PremultipliedOnWhite(TIFFGetB(rgba), alpha);
    }
  }
  Image upright = TurnUpright(std::move(image), reader.orientation());
  upright.memory = std::move(memory);
  return upright;
}

}  // namespace mobilenet
