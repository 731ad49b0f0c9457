#include "src/image/decode_pnm.h"

#include "src/base/error.h"
#include "src/image/picture_limits.h"

namespace mobilenet {
namespace {

class PnmReader {
 public:
  PnmReader(std::span<const uint8_t> bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  // A decimal number and the one character after it; skips white space and comments before it.
  int64_t ReadNumber(int64_t max) {
    SkipSpace();
    if (!IsDigit(Peek())) Fail(name_, ": damaged PNM: a number was expected at byte ", at_);
    int64_t value = 0;
    while (at_ < bytes_.size() && IsDigit(bytes_[at_])) {
      value = 10 * value + (bytes_[at_++] - '0');
      if (value > max) Fail(name_, ": damaged PNM: a number above ", max);
    }
    return value;
  }

  // A text bitmap's digits need no space between them.
  int ReadBit() {
    SkipSpace();
    const uint8_t digit = Peek();
    if (digit != '0' && digit != '1') Fail(name_, ": damaged PNM: 0 or 1 was expected at byte ", at_);
    ++at_;
    return digit - '0';
  }

  void SkipOneSpace() {
    if (!IsSpace(Peek())) Fail(name_, ": damaged PNM: a space was expected at byte ", at_);
    ++at_;
  }

  void Skip(size_t count) { at_ += count; }
  size_t LeftBytes() const { return bytes_.size() - at_; }
  const uint8_t* Data() const { return bytes_.data() + at_; }

 private:
  static bool IsDigit(uint8_t c) { return c >= '0' && c <= '9'; }
  static bool IsSpace(uint8_t c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

  uint8_t Peek() const {
    if (at_ >= bytes_.size()) Fail(name_, ": truncated PNM: it ends before its last pixel");
    return bytes_[at_];
  }

  void SkipSpace() {
    while (IsSpace(Peek()) || Peek() == '#') {
      if (bytes_[at_] == '#') {
        while (Peek() != '\n' && Peek() != '\r') ++at_;
      } else {
        ++at_;
      }
    }
  }

  std::span<const uint8_t> bytes_;
  const std::string& name_;
  size_t at_ = 0;
};

uint8_t ToByte(int64_t value, int64_t max_value) {
  // Some writers exceed the largest value that they declare.
  return static_cast<uint8_t>(value >= max_value ? 255 : (value * 255 + max_value / 2) / max_value);
}

}  // namespace

Image DecodePnm(std::span<const uint8_t> bytes, const std::string& name, const DecodeOptions& options) {
  const int kind = bytes[1] - '0';
  const bool is_bitmap = kind == 1 || kind == 4;
  const bool is_text = kind <= 3;
  const size_t channels = kind == 3 || kind == 6 ? 3 : 1;

  PnmReader reader(bytes, name);
  reader.Skip(2);
  constexpr int64_t kMaxNumber = 0x7fffffff;
  const int64_t width = reader.ReadNumber(kMaxNumber);
  const int64_t height = reader.ReadNumber(kMaxNumber);
  const int64_t max_value = is_bitmap ? 1 : reader.ReadNumber(65535);
  if (max_value < 1) Fail(name, ": damaged PNM: largest value 0 (1 to 65535 was expected)");
  CheckPictureSize(width, height, name, options);
  reader.SkipOneSpace();

  const size_t pixel_count = static_cast<size_t>(width * height);
  const size_t sample_bytes = max_value > 255 ? 2 : 1;
  const size_t row_bytes =
      is_bitmap ? static_cast<size_t>(width + 7) / 8 : static_cast<size_t>(width) * channels * sample_bytes;
  // Text takes at least one digit per sample. Checked before memory is allocated.
  const size_t least_bytes = is_text ? pixel_count * channels : row_bytes * static_cast<size_t>(height);
  if (reader.LeftBytes() < least_bytes) Fail(name, ": truncated PNM: it ends before its last pixel");

  auto memory = TakeMemory(3 * width * height, name, options);
  Image image{static_cast<int>(width), static_cast<int>(height), {}, {}, std::move(memory)};
  image.pixels.resize(pixel_count * 3);
  uint8_t* to = image.pixels.data();
  for (int64_t y = 0; y < height; ++y) {
    const uint8_t* row = is_text ? nullptr : reader.Data();
    for (int64_t x = 0; x < width; ++x, to += 3) {
      for (size_t c = 0; c < channels; ++c) {
        const size_t i = static_cast<size_t>(x) * channels + c;
        if (is_bitmap) {  // 1 is black
          const int bit = is_text ? reader.ReadBit() : row[i / 8] >> (7 - i % 8) & 1;
          to[c] = bit ? 0 : 255;
        } else if (is_text) {
          to[c] = ToByte(reader.ReadNumber(kMaxNumber), max_value);
        } else {
          to[c] = ToByte(sample_bytes == 2 ? row[2 * i] << 8 | row[2 * i + 1] : row[i], max_value);
        }
      }
      if (channels == 1) to[1] = to[2] = to[0];
    }
    if (!is_text) reader.Skip(row_bytes);
  }
  return image;
}

}  // namespace mobilenet
