// stb_image is compiled into this file rather than linked as Debian's libstb: the board needs one library
// less, sanitizers see into it, and only so can we give it what it lacks against hostile files.
//
// At the end of a file its reader goes on with zeros, so that truncated files of most formats come back with
// a grey part, and some never come back: our reader throws there. And memory comes from an arena with a
// limit, so that a small file cannot ask for much (a PNG's zlib stream may be a thousand times as large as
// the file), nothing leaks when something throws, and all of it begins as zeros.
#include "src/image/decode_stb.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "src/base/error.h"
#include "src/image/picture_size.h"
#include "src/image/png_check.h"
#include "src/image/sentence.h"

namespace mobilenet {
namespace {

class Arena;

// stb_image's hooks take no context of ours.
thread_local Arena* current_arena = nullptr;

// The memory that stb_image has in this thread while the arena lives, freed at its end.
class Arena {
 public:
  explicit Arena(size_t limit_bytes) : limit_bytes_(limit_bytes) { current_arena = this; }
  ~Arena() {
    current_arena = nullptr;
    for (const Block& block : blocks_) std::free(block.start);
  }
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // Zeros; null beyond the limit.
  void* Allocate(size_t size_bytes) {
    if (size_bytes > limit_bytes_ - used_bytes_) return nullptr;
    blocks_.reserve(blocks_.size() + 1);
    void* start = std::calloc(std::max<size_t>(size_bytes, 1), 1);
    if (start == nullptr) return nullptr;
    blocks_.push_back({start, size_bytes});
    used_bytes_ += size_bytes;
    return start;
  }

  void* Reallocate(void* old, size_t size_bytes) {
    if (old == nullptr) return Allocate(size_bytes);
    const auto block = Find(old);
    if (block == blocks_.end()) return nullptr;
    const size_t old_bytes = block->size_bytes;
    if (size_bytes > old_bytes && size_bytes - old_bytes > limit_bytes_ - used_bytes_) return nullptr;
    auto* start = static_cast<char*>(std::realloc(old, std::max<size_t>(size_bytes, 1)));
    if (start == nullptr) return nullptr;
    if (size_bytes > old_bytes) std::memset(start + old_bytes, 0, size_bytes - old_bytes);
    *block = {start, size_bytes};
    used_bytes_ += size_bytes - old_bytes;  // modulo 2^n when it shrinks
    return start;
  }

  // A block that is not ours, such as one freed before, is left alone.
  void Free(void* start) {
    const auto block = Find(start);
    if (block == blocks_.end()) return;
    used_bytes_ -= block->size_bytes;
    blocks_.erase(block);
    std::free(start);
  }

 private:
  struct Block {
    void* start;
    size_t size_bytes;
  };
  std::vector<Block>::iterator Find(void* start) {
    return std::find_if(blocks_.begin(), blocks_.end(), [start](const Block& b) { return b.start == start; });
  }

  size_t limit_bytes_;
  size_t used_bytes_ = 0;
  std::vector<Block> blocks_;  // seldom more than five
};

struct StbAssertionFailed {};
[[noreturn]] void FailStbAssertion() {
  throw StbAssertionFailed();
}

}  // namespace
}  // namespace mobilenet

#define STBI_MALLOC(size_bytes) mobilenet::current_arena->Allocate(size_bytes)
#define STBI_REALLOC(old, size_bytes) mobilenet::current_arena->Reallocate(old, size_bytes)
#define STBI_FREE(start) mobilenet::current_arena->Free(start)
#define STBI_ASSERT(condition) ((condition) ? void() : mobilenet::FailStbAssertion())
#define STBI_MAX_DIMENSIONS (1 << 20)  // as CheckPictureSize
#define STBI_FAILURE_USERMSG
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STBI_NO_JPEG  // decode_jpeg.cc
#define STBI_NO_PNM   // decode_pnm.cc
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
// The casts around our hooks count as ours.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"
#include <stb/stb_image.h>
#pragma GCC diagnostic pop

namespace mobilenet {
namespace {

// Hands the file to stb_image and throws when it wants more than there is.
class Reader {
 public:
  Reader(std::span<const uint8_t> bytes, ImageFormat format, const std::string& name)
      : bytes_(bytes), format_(format), name_(name) {}

  // Throws Error.
  int Read(char* to, int wanted_bytes) {
    // stb_image fills its own small buffer with what there is, first of all at the start; any other
    // destination is a row of pixels or the like, which has to be whole.
    if (refill_to_ == nullptr) refill_to_ = to;
    const size_t left_bytes = bytes_.size() - std::min(at_, bytes_.size());
    size_t count = static_cast<size_t>(std::max(wanted_bytes, 0));
    if (count > left_bytes && (to != refill_to_ || left_bytes == 0)) {
      Fail(name_, ": truncated ", ImageFormatName(format_), ": it ends before its last pixel");
    }
    count = std::min(count, left_bytes);
    std::memcpy(to, bytes_.data() + at_, count);
    at_ += count;
    return static_cast<int>(count);
  }

  // Past the end too: what is skipped may be padding. The next Read finds out.
  void Skip(int count) { at_ += static_cast<size_t>(std::max(count, 0)); }
  bool IsAtEnd() const { return at_ >= bytes_.size(); }

 private:
  std::span<const uint8_t> bytes_;
  ImageFormat format_;
  const std::string& name_;
  size_t at_ = 0;
  const char* refill_to_ = nullptr;
};

constexpr stbi_io_callbacks kReaderCallbacks = {
    [](void* reader, char* to, int wanted_bytes) {
      return static_cast<Reader*>(reader)->Read(to, wanted_bytes);
    },
    [](void* reader, int count) { static_cast<Reader*>(reader)->Skip(count); },
    [](void* reader) { return static_cast<Reader*>(reader)->IsAtEnd() ? 1 : 0; },
};

// A BMP header that stb_image would misread: it finds the palette of OS/2's short header four colours too
// short, and takes any colours when the palette would begin inside the header.
void CheckBmp(std::span<const uint8_t> bytes, const std::string& name) {
  const auto u16 = [&](size_t at) { return bytes[at] | bytes[at + 1] << 8; };
  const auto u32 = [&](size_t at) {
    return static_cast<uint32_t>(u16(at)) | static_cast<uint32_t>(u16(at + 2)) << 16;
  };
  if (bytes.size() < 30) Fail(name, ": truncated BMP: it ends in its header");
  const uint32_t offset_bytes = u32(10), header_bytes = u32(14);
  const int pixel_bits = header_bytes == 12 ? u16(24) : u16(28);
  if (header_bytes == 12 && pixel_bits < 16)
    Fail(name, ": cannot decode BMP: OS/2 palette (24 bits are read)");
  if (offset_bytes < 14 + header_bytes)
    Fail(name, ": damaged BMP: pixels at byte ", offset_bytes, ", in the header");
}

uint8_t OnWhite(int value, int alpha) {
  const int sum = value * alpha + 255 * (255 - alpha) + 127;
  return static_cast<uint8_t>(sum / 255);
}

// Grey, grey + alpha, RGB or RGBA samples as RGB on white.
Image ToRgb(const uint8_t* samples, int width, int height, int channels, bool is_opaque) {
  Image image{width, height, {}};
  const size_t pixel_count = static_cast<size_t>(width) * static_cast<size_t>(height);
  image.pixels.resize(pixel_count * 3);
  uint8_t* to = image.pixels.data();
  if (channels == 3) {
    std::memcpy(to, samples, pixel_count * 3);
    return image;
  }
  const bool is_grey = channels <= 2;
  const bool has_alpha = !is_opaque && (channels == 2 || channels == 4);
  for (size_t i = 0; i < pixel_count; ++i) {
    const int alpha = has_alpha ? samples[channels - 1] : 255;
    for (int c = 0; c < 3; ++c) to[c] = OnWhite(samples[is_grey ? 0 : c], alpha);
    samples += channels;
    to += 3;
  }
  return image;
}

// A 32-bit TGA whose alpha is zero everywhere has an unused byte there; stb_image treats BMP so, but not TGA.
bool IsAlphaUnused(ImageFormat format, const uint8_t* samples, int width, int height, int channels) {
  if (format != ImageFormat::kTga || channels != 4) return false;
  const size_t pixel_count = static_cast<size_t>(width) * static_cast<size_t>(height);
  for (size_t i = 0; i < pixel_count; ++i) {
    if (samples[4 * i + 3] != 0) return false;
  }
  return true;
}

// What the header says, where stb_image refuses large numbers itself, without naming them.
void CheckSizeInHeader(std::span<const uint8_t> bytes, ImageFormat format, const std::string& name,
                       const DecodeOptions& options) {
  const auto u16 = [&](size_t at) { return int64_t{bytes[at]} << 8 | bytes[at + 1]; };
  if (format == ImageFormat::kPng) {  // IHDR, of which CheckPng made sure
    CheckPictureSize(u16(16) << 16 | u16(18), u16(20) << 16 | u16(22), name, options);
  } else if (format == ImageFormat::kPic && bytes.size() >= 96) {
    CheckPictureSize(u16(92), u16(94), name, options);
  }
}

[[noreturn]] void FailWithReason(ImageFormat format, const std::string& name) {
  const char* message = stbi_failure_reason();
  const std::string reason =
      message != nullptr && *message != '\0' ? InSentence(message) : "no picture in it";
  if (reason.find("too short") != std::string::npos) {
    Fail(name, ": truncated ", ImageFormatName(format), ": it ends before its last pixel");
  }
  Fail(name, ": cannot decode ", ImageFormatName(format), ": ", reason);
}

}  // namespace

Image DecodeStb(std::span<const uint8_t> bytes, ImageFormat format, const std::string& name,
                const DecodeOptions& options) {
  if (format == ImageFormat::kPng) CheckPng(bytes, name);
  if (format == ImageFormat::kBmp) CheckBmp(bytes, name);
  CheckSizeInHeader(bytes, format, name, options);
  // For a damaged PIC stb_image converts the picture that it does not have, except when asked for four
  // channels.
  const int wanted_channels = format == ImageFormat::kPic ? 4 : 0;

  int width = 0, height = 0, channels = 0;
  const auto load = [&]() -> const uint8_t* {
    Reader reader(bytes, format, name);
    return stbi_load_from_callbacks(&kReaderCallbacks, &reader, &width, &height, &channels, wanted_channels);
  };
  constexpr size_t kHeaderBytes = 1 << 20;  // what the decoders need besides the pixels, with room
  try {
    {
      const Arena arena(kHeaderBytes);
      Reader reader(bytes, format, name);
      if (!stbi_info_from_callbacks(&kReaderCallbacks, &reader, &width, &height, &channels)) {
        load();  // knows the reason better; whatever it may find in so little memory
        FailWithReason(format, name);
      }
    }
    // A BMP of negative height is stored from top to bottom.
    const int64_t row_count = format == ImageFormat::kBmp && height < 0 ? -int64_t{height} : height;
    CheckPictureSize(width, row_count, name, options);

    // The most that decoding may hold at once: a 16-bit RGBA PNG as zlib stream (up to twice the file),
    // inflated, unfiltered, and as 8 bits.
    const size_t pixel_count = static_cast<size_t>(width) * static_cast<size_t>(row_count);
    const Arena arena(kHeaderBytes + 2 * bytes.size() + 24 * pixel_count);
    // What it holds at once as a rule: 8-bit samples of four channels twice, and then as RGB.
    auto memory = std::make_shared<MemoryBudget::Share>(
        options.memory, 2 * std::ssize(bytes) + 12 * int64_t{width} * row_count);
    const uint8_t* samples = load();
    if (samples == nullptr) FailWithReason(format, name);
    if (wanted_channels != 0) channels = wanted_channels;
    CheckPictureSize(width, height, name, options);
    Image image =
        ToRgb(samples, width, height, channels, IsAlphaUnused(format, samples, width, height, channels));
    image.memory = std::move(memory);
    return image;
  } catch (const StbAssertionFailed&) {
    Fail(name, ": damaged ", ImageFormatName(format));
  }
}

}  // namespace mobilenet
