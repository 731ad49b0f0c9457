// The headers: BITMAPFILEHEADER, BITMAPCOREHEADER (12 bytes; OS/2 1), BITMAPINFOHEADER (40) and its
// extensions up to BITMAPV5HEADER (124), OS/2 2 (16 to 64), from Microsoft's and IBM's documentation.
#include "src/image/decode_bmp.h"

#include <algorithm>
#include <array>
#include <bit>
#include <vector>

#include "src/base/error.h"
#include "src/image/byte_reader.h"
#include "src/image/on_white.h"
#include "src/image/picture_limits.h"

namespace mobilenet {
namespace {

using Colour = std::array<uint8_t, 3>;

enum class Compression { kNone, kRle8, kRle4, kMasks };

struct BmpHeader {
  int64_t width = 0;
  int64_t height = 0;
  bool is_top_down = false;
  int bits = 0;  // per pixel
  Compression compression = Compression::kNone;
  std::array<uint32_t, 4> masks = {};  // red, green, blue, alpha; 0: none
  std::array<Colour, 256> palette = {};
  size_t pixels_at = 0;
};

// The compression by its number in the header; throws with its name if we do not read it.
Compression ReadCompression(uint32_t number, uint32_t header_bytes, const std::string& name) {
  const bool is_os2 = header_bytes < 40 || header_bytes == 64;
  switch (number) {
    case 0:
      return Compression::kNone;
    case 1:
      return Compression::kRle8;
    case 2:
      return Compression::kRle4;
    case 3:
      if (is_os2) Fail(name, ": BMP with Huffman codes is not read (convert it to PNG)");
      return Compression::kMasks;
    case 4:
      Fail(name, ": BMP with ", is_os2 ? "24-bit run lengths" : "a JPEG in it",
           " is not read (convert it to PNG)");
    case 5:
      Fail(name, ": BMP with a PNG in it is not read (convert it to PNG)");
    case 6:
      return Compression::kMasks;
    default:
      Fail(name, ": damaged BMP: compression ", number);
  }
}

bool SuitsBits(Compression compression, int bits) {
  switch (compression) {
    case Compression::kNone:
      return bits == 1 || bits == 2 || bits == 4 || bits == 8 || bits == 16 || bits == 24 || bits == 32;
    case Compression::kRle8:
      return bits == 8;
    case Compression::kRle4:
      return bits == 4;
    case Compression::kMasks:
      return bits == 16 || bits == 32;
  }
  return false;
}

BmpHeader ReadBmpHeader(ByteReader& reader, const std::string& name) {
  constexpr size_t kFileHeaderBytes = 14;
  BmpHeader header;
  reader.Seek(10);
  header.pixels_at = reader.U32Little();
  const uint32_t header_bytes = reader.U32Little();
  if (header_bytes < 12) Fail(name, ": damaged BMP: a header of ", header_bytes, " bytes");
  if (header.pixels_at < kFileHeaderBytes + size_t{header_bytes}) {
    Fail(name, ": damaged BMP: pixels at byte ", header.pixels_at, ", in the header");
  }
  const bool is_short = header_bytes < 16;
  for (int64_t* side : {&header.width, &header.height}) {
    *side = is_short ? int64_t{reader.U16Little()} : int64_t{static_cast<int32_t>(reader.U32Little())};
  }
  header.is_top_down = header.height < 0;
  if (header.is_top_down) header.height = -header.height;
  reader.Skip(2);  // planes
  header.bits = static_cast<int>(reader.U16Little());

  // Fields that an OS/2 header leaves out are 0. The masks follow a header of 40 bytes, and are part of later
  // ones.
  constexpr size_t kMasksAt = kFileHeaderBytes + 40;
  size_t palette_at = kFileHeaderBytes + header_bytes;
  if (header_bytes >= 20) {
    const uint32_t number = reader.U32Little();
    header.compression = ReadCompression(number, header_bytes, name);
    if (header.compression == Compression::kMasks) {
      constexpr uint32_t kWithAlpha = 6;
      const bool has_alpha = number == kWithAlpha || header_bytes >= 56;
      reader.Seek(kMasksAt);
      for (size_t i = 0; i < (has_alpha ? 4 : 3); ++i) header.masks[i] = reader.U32Little();
      palette_at = std::max(palette_at, reader.at());
    }
  }
  if (!SuitsBits(header.compression, header.bits)) {
    Fail(name, ": damaged BMP: ", header.bits, " bits per pixel",
         header.compression == Compression::kNone ? "" : " with its compression");
  }
  if (header.compression == Compression::kNone && header.bits == 16) header.masks = {0x7c00, 0x3e0, 0x1f, 0};
  if (header.compression == Compression::kNone && header.bits == 32) {
    header.masks = {0xff0000, 0xff00, 0xff, 0};
  }
  if (header.bits > 8) return header;  // a palette is only a hint for poorer displays

  uint32_t colours = 0;
  if (header_bytes >= 36) {
    reader.Seek(kFileHeaderBytes + 32);
    colours = reader.U32Little();
  }
  const uint32_t most = 1u << header.bits;
  if (colours == 0 || colours > most) colours = most;
  const size_t colour_bytes = is_short ? 3 : 4;
  // Some writers leave out colours that no pixel uses; they are black.
  if (header.pixels_at > palette_at) {
    colours =
        static_cast<uint32_t>(std::min<size_t>(colours, (header.pixels_at - palette_at) / colour_bytes));
  }
  reader.Seek(palette_at);
  for (uint32_t i = 0; i < colours; ++i) {
    const auto bgr = reader.Take(colour_bytes);
    header.palette[i] = {bgr[2], bgr[1], bgr[0]};
  }
  return header;
}

// One channel of 16-bit or 32-bit pixels.
class Channel {
 public:
  Channel(uint32_t mask, const std::string& name) : mask_(mask) {
    if (mask == 0) return;
    shift_ = std::countr_zero(mask);
    const int bits = std::popcount(mask);
    if (static_cast<uint64_t>(mask >> shift_) + 1 != uint64_t{1} << bits) {
      Fail(name, ": damaged BMP: a colour mask with gaps");
    }
    shift_ += std::max(bits - 8, 0);
    const uint32_t most = (1u << std::min(bits, 8)) - 1;
    for (uint32_t i = 0; i <= most; ++i) values_[i] = static_cast<uint8_t>((i * 255 + most / 2) / most);
  }
  bool is_there() const { return mask_ != 0; }
  uint8_t Of(uint32_t pixel) const { return values_[(pixel & mask_) >> shift_ & 0xff]; }

 private:
  uint32_t mask_;
  int shift_ = 0;
  std::array<uint8_t, 256> values_ = {};
};

// Converts a row of stored pixels to RGB. With alpha, `to` gets four samples per pixel.
class BmpRowReader {
 public:
  BmpRowReader(const BmpHeader& header, const std::string& name)
      : header_(header),
        channels_{Channel(header.masks[0], name), Channel(header.masks[1], name),
                  Channel(header.masks[2], name), Channel(header.masks[3], name)} {}

  bool has_alpha() const { return channels_[3].is_there(); }

  void Read(std::span<const uint8_t> row, uint8_t* to) const {
    const auto width = static_cast<size_t>(header_.width);
    if (header_.bits == 24) {
      for (size_t x = 0; x < width; ++x, to += 3) {
        for (size_t c = 0; c < 3; ++c) to[c] = row[3 * x + 2 - c];
      }
    } else if (header_.bits > 8) {
      const size_t count = has_alpha() ? 4 : 3;
      const auto pixel_bytes = static_cast<size_t>(header_.bits / 8);
      for (size_t x = 0; x < width; ++x, to += count) {
        uint32_t pixel = 0;
        for (size_t i = pixel_bytes; i > 0; --i) pixel = pixel << 8 | row[x * pixel_bytes + i - 1];
        for (size_t c = 0; c < count; ++c) to[c] = channels_[c].Of(pixel);
      }
    } else {
      const auto bits = static_cast<size_t>(header_.bits);
      for (size_t x = 0; x < width; ++x) {
        const unsigned in_byte = row[x * bits / 8] >> (8 - bits - x * bits % 8);
        to = std::copy_n(header_.palette[in_byte & ((1u << bits) - 1)].begin(), 3, to);
      }
    }
  }

 private:
  const BmpHeader& header_;
  std::array<Channel, 4> channels_;
};

// Run lengths (BI_RLE8, BI_RLE4): writes row by row from the bottom.
class RunLengths {
 public:
  RunLengths(ByteReader& reader, const BmpHeader& header, Image& image)
      : reader_(reader), header_(header), image_(image) {}

  // Reads up to the end of the bitmap, or to its last pixel, after which nothing can be written.
  void Read() {
    while (y_ < header_.height - 1 || (y_ == header_.height - 1 && x_ < header_.width)) {
      const uint8_t count = reader_.U8(), value = reader_.U8();
      if (count > 0) {
        for (int i = 0; i < count; ++i) Put(Index(value, i));
      } else if (value == 0) {
        x_ = 0;
        ++y_;
      } else if (value == 1) {
        return;
      } else if (value == 2) {
        x_ += reader_.U8();
        y_ += reader_.U8();
      } else {
        ReadLiteral(value);
      }
    }
  }

 private:
  bool HasNibbles() const { return header_.compression == Compression::kRle4; }
  int Index(uint8_t byte, int i) const {
    if (!HasNibbles()) return byte;
    return i % 2 == 0 ? byte >> 4 : byte & 15;
  }

  // Pixel by pixel, padded to 16 bits.
  void ReadLiteral(int count) {
    const int byte_count = HasNibbles() ? (count + 1) / 2 : count;
    const auto bytes = reader_.Take(static_cast<size_t>(byte_count + byte_count % 2));
    for (int i = 0; i < count; ++i) Put(Index(bytes[static_cast<size_t>(HasNibbles() ? i / 2 : i)], i));
  }

  // Pixels beyond the row or the picture are dropped.
  void Put(int index) {
    if (x_ < header_.width && y_ < header_.height) {
      const int64_t row = header_.is_top_down ? y_ : header_.height - 1 - y_;
      std::copy_n(header_.palette[static_cast<size_t>(index)].begin(), 3,
                  image_.pixels.data() + 3 * (row * header_.width + x_));
    }
    ++x_;
  }

  ByteReader& reader_;
  const BmpHeader& header_;
  Image& image_;
  int64_t x_ = 0;
  int64_t y_ = 0;
};

// If a picture would be transparent throughout, that byte is unused; browsers see it that way, too.
bool IsTransparentThroughout(const ByteBuffer& rgba) {
  for (size_t i = 3; i < rgba.size(); i += 4) {
    if (rgba[i] != 0) return false;
  }
  return true;
}

}  // namespace

Image DecodeBmp(std::span<const uint8_t> bytes, const std::string& name, const DecodeOptions& options) {
  const DecodeClock clock(options.max_decode_ms);
  ByteReader reader(bytes, "BMP", name);
  const BmpHeader header = ReadBmpHeader(reader, name);
  CheckPictureSize(header.width, header.height, name, options);
  const BmpRowReader rows(header, name);
  const int channels = rows.has_alpha() ? 4 : 3;
  const int64_t row_bytes = (header.width * header.bits + 31) / 32 * 4;
  const int64_t last_row_bytes = (header.width * header.bits + 7) / 8;  // it may lack its padding
  const bool has_runs = header.compression == Compression::kRle8 || header.compression == Compression::kRle4;
  reader.Seek(header.pixels_at);
  // Before memory is allocated.
  if (!has_runs) {
    reader.Skip(static_cast<uint64_t>(row_bytes * (header.height - 1) + last_row_bytes));
    reader.Seek(header.pixels_at);
  }

  auto memory = TakeMemory(channels * header.width * header.height, name, options);
  Image image{static_cast<int>(header.width), static_cast<int>(header.height), {}, {}, std::move(memory)};
  const auto pixel_count = static_cast<size_t>(header.width * header.height);
  if (has_runs) {
    image.pixels.resize(3 * pixel_count, 255);
    RunLengths(reader, header, image).Read();
    clock.Check(name, "BMP");
    return image;
  }
  image.pixels.resize(static_cast<size_t>(channels) * pixel_count);
  for (int64_t i = 0; i < header.height; ++i) {
    const bool is_last = i == header.height - 1;
    const int64_t y = header.is_top_down ? i : header.height - 1 - i;
    rows.Read(reader.Take(static_cast<size_t>(is_last ? last_row_bytes : row_bytes)),
              image.pixels.data() + y * header.width * channels);
    clock.Check(name, "BMP");
  }
  if (channels == 4) {
    if (IsTransparentThroughout(image.pixels)) {
      for (size_t i = 3; i < image.pixels.size(); i += 4) image.pixels[i] = 255;
    }
    RgbaOnWhite(image.pixels.data(), image.pixels.data(), pixel_count);
    image.pixels.resize(3 * pixel_count);
  }
  return image;
}

}  // namespace mobilenet
