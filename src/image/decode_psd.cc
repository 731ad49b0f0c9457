#include "src/image/decode_psd.h"

#include <algorithm>
#include <vector>

#include "src/base/error.h"
#include "src/image/byte_reader.h"
#include "src/image/picture_limits.h"

namespace mobilenet {
namespace {

enum class Mode { kBitmap = 0, kGrey = 1, kIndexed = 2, kRgb = 3, kCmyk = 4, kDuotone = 8 };

struct PsdHeader {
  size_t channels = 0;
  int64_t width = 0;
  int64_t height = 0;
  size_t bits = 0;  // per sample
  Mode mode = Mode::kRgb;
  std::span<const uint8_t> palette;  // 256 reds, greens, blues
  bool has_transparency = false;
  bool has_runs = false;
};

size_t ColourChannels(Mode mode) {
  return mode == Mode::kRgb ? 3 : mode == Mode::kCmyk ? 4 : 1;
}

Mode ReadMode(uint32_t number, const std::string& name) {
  const auto refuse = [&](const char* mode) {
    Fail(name, ": PSD in ", mode, " is not read (save it as RGB)");
  };
  if (number == 7) refuse("multichannel mode");
  if (number == 9) refuse("Lab colours");
  if (number > 4 && number != 8) Fail(name, ": damaged PSD: colour mode ", number);
  return static_cast<Mode>(number);
}

PsdHeader ReadPsdHeader(ByteReader& reader, const std::string& name) {
  PsdHeader header;
  reader.Skip(4);  // "8BPS"
  const uint32_t version = reader.U16Big();
  if (version == 2) Fail(name, ": PSB (large document) is not read (save it as PSD or JPEG)");
  if (version != 1) Fail(name, ": damaged PSD: version ", version);
  reader.Skip(6);
  header.channels = reader.U16Big();
  header.height = reader.U32Big();
  header.width = reader.U32Big();
  header.bits = reader.U16Big();
  header.mode = ReadMode(reader.U16Big(), name);
  if (header.bits == 32) Fail(name, ": PSD with 32 bits per sample is not read (save it with 8 or 16)");
  const bool is_bitmap = header.mode == Mode::kBitmap;
  if (is_bitmap ? header.bits != 1 : header.bits != 8 && header.bits != 16) {
    Fail(name, ": damaged PSD: ", header.bits, " bits per sample");
  }
  constexpr size_t kMaxChannels = 56;
  if (header.channels < ColourChannels(header.mode) || header.channels > kMaxChannels) {
    Fail(name, ": damaged PSD: ", header.channels, " channels");
  }

  const std::span<const uint8_t> colours = reader.Take(reader.U32Big());
  if (header.mode == Mode::kIndexed) {
    if (header.bits != 8 || colours.size() < 768) Fail(name, ": damaged PSD: no palette");
    header.palette = colours;
  }
  reader.Skip(reader.U32Big());  // resources, such as thumbnails
  const size_t layers_bytes = reader.U32Big();
  const size_t layers_at = reader.at();
  if (layers_bytes >= 6 && reader.U32Big() >= 2) {
    // "If it is a negative number, its absolute value is the number of layers and the first alpha channel
    // contains the transparency data for the merged result."
    const bool is_negative = (reader.U16Big() & 0x8000) != 0;
    header.has_transparency = is_negative && header.channels > ColourChannels(header.mode);
  }
  reader.Seek(layers_at);
  reader.Skip(layers_bytes);

  const uint32_t compression = reader.U16Big();
  if (compression > 3) Fail(name, ": damaged PSD: compression ", compression);
  if (compression > 1) Fail(name, ": PSD with ZIP compression is not read (save it as PNG or JPEG)");
  header.has_runs = compression == 1;
  return header;
}

// The rows of the channels, which are stored one channel after another.
class PsdRowReader {
 public:
  PsdRowReader(ByteReader& reader, const PsdHeader& header, size_t channels_read, const std::string& name)
      : reader_(reader),
        height_(static_cast<size_t>(header.height)),
        row_bytes_((static_cast<size_t>(header.width) * header.bits + 7) / 8),
        has_runs_(header.has_runs),
        name_(name) {
    if (has_runs_) {
      // The packed lengths of all rows, before the first of them.
      const auto lengths = reader.Take(2 * header.channels * height_);
      size_t at = reader.at();
      for (size_t i = 0; i < channels_read * height_; ++i) {
        starts_.push_back(at);
        at += size_t{lengths[2 * i]} << 8 | lengths[2 * i + 1];
      }
      starts_.push_back(at);
      reader.Seek(at);
    } else {
      first_at_ = reader.at();
      reader.Skip(uint64_t{channels_read} * height_ * row_bytes_);
    }
  }

  size_t row_bytes() const { return row_bytes_; }

  void Read(size_t channel, size_t y, uint8_t* to) {
    const size_t row = channel * height_ + y;
    if (!has_runs_) {
      reader_.Seek(first_at_ + row * row_bytes_);
      std::copy_n(reader_.Take(row_bytes_).begin(), row_bytes_, to);
    } else {
      reader_.Seek(starts_[row]);
      Unpack(reader_.Take(starts_[row + 1] - starts_[row]), to);
    }
  }

 private:
  // PackBits: a byte n of 0 to 127 and n + 1 bytes, or one of 129 to 255 and one byte 257 - n times.
  void Unpack(std::span<const uint8_t> packed, uint8_t* to) const {
    uint8_t* const end = to + row_bytes_;
    for (size_t i = 0; i < packed.size() && to < end;) {
      const size_t n = packed[i++];
      if (n == 128) continue;
      const size_t count = n < 128 ? n + 1 : 257 - n;
      const size_t stored = n < 128 ? count : 1;
      if (stored > packed.size() - i || count > static_cast<size_t>(end - to)) break;
      if (n < 128) {
        std::copy_n(packed.data() + i, count, to);
      } else {
        std::fill_n(to, count, packed[i]);
      }
      to += count;
      i += stored;
    }
    if (to != end) Fail(name_, ": damaged PSD: a row of the wrong length");
  }

  ByteReader& reader_;
  size_t height_;
  size_t row_bytes_;
  bool has_runs_;
  const std::string& name_;
  size_t first_at_ = 0;
  std::vector<size_t> starts_;
};

}  // namespace

Image DecodePsd(std::span<const uint8_t> bytes, const std::string& name, const DecodeOptions& options) {
  const DecodeClock clock(options.max_decode_ms);
  ByteReader reader(bytes, "PSD", name);
  const PsdHeader header = ReadPsdHeader(reader, name);
  CheckPictureSize(header.width, header.height, name, options);
  const size_t colours = ColourChannels(header.mode);
  const size_t channels = colours + (header.has_transparency ? 1 : 0);
  PsdRowReader rows(reader, header, channels, name);

  const int64_t pixel_count = header.width * header.height;
  const int64_t row_starts_bytes = static_cast<int64_t>(channels * 2 * sizeof(size_t)) * header.height;
  auto memory = TakeMemory(3 * pixel_count + row_starts_bytes, name, options);
  Image image{static_cast<int>(header.width), static_cast<int>(header.height), {}, {}, std::move(memory)};
  image.pixels.resize(static_cast<size_t>(3 * pixel_count));
  std::vector<uint8_t> samples(channels * rows.row_bytes());  // of a row, [channel, width]
  uint8_t* to = image.pixels.data();
  for (size_t y = 0; y < static_cast<size_t>(header.height); ++y) {
    for (size_t c = 0; c < channels; ++c) rows.Read(c, y, samples.data() + c * rows.row_bytes());
    clock.Check(name, "PSD");
    for (size_t x = 0; x < static_cast<size_t>(header.width); ++x, to += 3) {
      // The upper ones of 16 bits.
      const auto sample = [&](size_t c) { return int{samples[c * rows.row_bytes() + x * header.bits / 8]}; };
      for (size_t c = 0; c < 3; ++c) {
        int value = 0;
        switch (header.mode) {
          case Mode::kBitmap:  // 1 is black
            value = (sample(0) >> (7 - x % 8) & 1) != 0 ? 0 : 255;
            break;
          case Mode::kGrey:
          case Mode::kDuotone:
            value = sample(0);
            break;
          case Mode::kIndexed:
            value = header.palette[256 * c + static_cast<size_t>(sample(0))];
            break;
          case Mode::kRgb:
            value = sample(c);
            break;
          case Mode::kCmyk:  // inverted: 255 is no ink
            value = (sample(c) * sample(3) + 127) / 255;
            break;
        }
        // The merged picture has already been laid on white; where it is empty, some programs leave colours.
        if (header.has_transparency) value = std::max(value, 255 - sample(colours));
        to[c] = static_cast<uint8_t>(value);
      }
    }
  }
  return image;
}

}  // namespace mobilenet
