// stb_image is compiled into this file rather than linked as Debian's libstb: the board needs one library
// less, sanitizers see into it, and only in this way can we add what it lacks against hostile files.
//
// At the end of a file, its reader goes on with zeros, so that truncated files of most formats come back
// with a grey part, and some never come back: our reader throws there. Memory comes from an arena with a
// limit, so that a small file cannot ask for much, nothing leaks when something throws, and all memory
// begins as zeros.
#include "src/image/decode_stb.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <vector>

#include "src/base/error.h"
#include "src/image/on_white.h"
#include "src/image/orientation.h"
#include "src/image/picture_limits.h"
#include "src/image/sentence.h"

namespace mobilenet {
namespace {

class Arena;

// stb_image's hooks cannot pass a context of ours.
thread_local Arena* current_arena = nullptr;

// The memory that stb_image allocates in this thread while the arena lives, freed at its end.
class Arena {
 public:
  explicit Arena(size_t limit_bytes) : limit_bytes_(limit_bytes) { current_arena = this; }
  ~Arena() {
    current_arena = nullptr;
    for (const Block& block : blocks_) std::free(block.start);
  }
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // Zeroed; null beyond the limit. Throws std::bad_alloc if the machine has no more.
  void* Allocate(size_t size_bytes) {
    if (size_bytes > limit_bytes_ - used_bytes_) return nullptr;
    blocks_.reserve(blocks_.size() + 1);
    void* start = std::calloc(std::max<size_t>(size_bytes, 1), 1);
    if (start == nullptr) throw std::bad_alloc();
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
    if (start == nullptr) throw std::bad_alloc();
    if (size_bytes > old_bytes) std::memset(start + old_bytes, 0, size_bytes - old_bytes);
    *block = {start, size_bytes};
    used_bytes_ += size_bytes - old_bytes;  // modulo 2^n when it shrinks
    return start;
  }

  // A block that is not ours, such as one freed earlier, is left alone.
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
#define STBI_MAX_DIMENSIONS (1 << 20)  // as in CheckPictureSize
#define STBI_FAILURE_USERMSG
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STBI_ONLY_HDR
#define STBI_ONLY_PIC
#define STBI_ONLY_TGA
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
// The compiler counts the casts around our hooks as ours.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"
#include <stb/stb_image.h>
#pragma GCC diagnostic pop

namespace mobilenet {
namespace {

// Hands the file to stb_image, and throws when it asks for more than there is.
class Reader {
 public:
  Reader(std::span<const uint8_t> bytes, ImageFormat format, const std::string& name)
      : bytes_(bytes), format_(format), name_(name) {}

  // Throws Error.
  int Read(char* to, int wanted_bytes) {
    // stb_image fills its own small buffer with what there is, also at the very start; any other destination
    // is a row of pixels or the like, which has to be complete.
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

  // This may lead past the end: what is skipped may be padding. The next Read finds out.
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

// The last byte of a TGA's header (Truevision TGA 2.0, page 9).
uint8_t TgaDescriptor(std::span<const uint8_t> bytes) {
  return bytes[17];
}

// A TGA's alpha counts if its header says how many bits it has. If it is zero throughout, it is an unused
// byte after all.
bool IsAlphaUnused(std::span<const uint8_t> bytes, const uint8_t* samples, size_t pixel_count, int channels) {
  constexpr uint8_t kAlphaBits = 0x0f;
  if ((TgaDescriptor(bytes) & kAlphaBits) == 0) return true;
  for (size_t i = 1; i <= pixel_count; ++i) {
    if (samples[i * static_cast<size_t>(channels) - 1] != 0) return false;
  }
  return true;
}

// How a TGA's rows lie; stb_image has already put the last one first where necessary.
int TgaOrientation(std::span<const uint8_t> bytes) {
  constexpr uint8_t kFromTheRight = 0x10;
  return (TgaDescriptor(bytes) & kFromTheRight) != 0 ? 2 : 1;
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
  // The only header whose large numbers stb_image refuses itself, without naming them.
  if (format == ImageFormat::kPic && bytes.size() >= 96) {
    CheckPictureSize(bytes[92] << 8 | bytes[93], bytes[94] << 8 | bytes[95], name, options);
  }
  const DecodeClock clock(options.max_decode_ms);
  // For a damaged PIC, stb_image converts a picture that it does not have, unless it is asked for four
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
        load();  // gives a better reason, whatever it finds in so little memory
        FailWithReason(format, name);
      }
    }
    CheckPictureSize(width, height, name, options);

    // What decoding holds at once: for HDR, floats and 8-bit samples; for the others, samples of up to four
    // channels; and then RGB.
    const size_t pixel_count = static_cast<size_t>(width) * static_cast<size_t>(height);
    const size_t pixel_bytes = format == ImageFormat::kHdr ? 3 * sizeof(float) + 3 : 4;
    const Arena arena(kHeaderBytes + pixel_bytes * pixel_count);
    auto memory = TakeMemory(static_cast<int64_t>((pixel_bytes + 3) * pixel_count), name, options);
    const uint8_t* samples = load();
    if (samples == nullptr) FailWithReason(format, name);
    if (wanted_channels != 0) channels = wanted_channels;
    CheckPictureSize(width, height, name, options);
    clock.Check(name, std::string(ImageFormatName(format)).c_str());
    const bool is_tga = format == ImageFormat::kTga;
    const bool is_opaque = is_tga && IsAlphaUnused(bytes, samples, pixel_count, channels);
    Image image = ToRgb(samples, width, height, channels, is_opaque);
    if (is_tga) image = TurnUpright(std::move(image), TgaOrientation(bytes));
    image.memory = std::move(memory);
    return image;
  } catch (const StbAssertionFailed&) {
    Fail(name, ": damaged ", ImageFormatName(format));
  }
}

}  // namespace mobilenet
