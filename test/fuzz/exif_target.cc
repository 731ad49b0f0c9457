#include "test/fuzz/exif_target.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "src/image/exif.h"
#include "test/fuzz/target.h"
#include "test/image/encoders.h"

namespace mobilenet::test {
namespace {

constexpr std::string_view kMagic{"Exif\0\0", 6};

// What TIFF 6.0 prescribes: a header, a directory, entries of twelve bytes.
class Tiff {
 public:
  explicit Tiff(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  bool IsOne() const {
    if (bytes_.size() < 8) return false;
    return (Order() == "II" || Order() == "MM") && U16(2) == 42;
  }

  // Every entry of the first directory, as far as the bytes go, that is an orientation of type SHORT.
  std::vector<int> Orientations() const {
    std::vector<int> found;
    const size_t directory = U32(4);
    if (directory > bytes_.size() || bytes_.size() - directory < 2) return found;
    const auto count = static_cast<size_t>(U16(directory));
    for (size_t i = 0, at = directory + 2; i < count && bytes_.size() - at >= 12; ++i, at += 12) {
      if (U16(at) == 0x112 && U16(at + 2) == 3 && U32(at + 4) >= 1) {
        // Two of them fit into the entry; for more, it says where they are.
        const size_t value = U32(at + 4) <= 2 ? at + 8 : U32(at + 8);
        if (value <= bytes_.size() - 2) found.push_back(U16(value));
      }
    }
    return found;
  }

 private:
  std::string_view Order() const { return {reinterpret_cast<const char*>(bytes_.data()), 2}; }
  int U16(size_t at) const {
    const int first = bytes_[at], second = bytes_[at + 1];
    return Order() == "II" ? first | second << 8 : first << 8 | second;
  }
  uint32_t U32(size_t at) const {
    const auto first = static_cast<uint32_t>(U16(at)), second = static_cast<uint32_t>(U16(at + 2));
    return Order() == "II" ? first | second << 16 : first << 16 | second;
  }

  std::span<const uint8_t> bytes_;
};

}  // namespace

void FuzzExif(std::span<const uint8_t> input) {
  const int orientation = ExifOrientation(input);
  Require(orientation >= 1 && orientation <= 8, "orientation ", orientation);
  const bool has_magic =
      input.size() >= kMagic.size() && std::equal(kMagic.begin(), kMagic.end(), input.begin());
  if (!has_magic || orientation == 1) return;
  // A picture is turned only if the data say so.
  const Tiff tiff(input.subspan(kMagic.size()));
  Require(tiff.IsOne(), "orientation ", orientation, " of what is no TIFF");
  const std::vector<int> known = tiff.Orientations();
  Require(std::find(known.begin(), known.end(), orientation) != known.end(), "orientation ", orientation,
          ", which no entry says");
}

std::vector<Bytes> ExifSeeds() {
  std::vector<Bytes> seeds;
  for (int orientation = 1; orientation <= 8; ++orientation) {
    seeds.push_back(ExifWithOrientation(orientation, orientation % 2 == 0));
  }
  // Directories of all kinds: the picture's, EXIF's own, GPS, a thumbnail's, with a maker's note.
  Bytes camera = FromText({"Exif\0\0II*\0\x08\0\0\0", 14});
  const auto entry = [&](int tag, int type, uint32_t count, uint32_t value) {
    for (const int number : {tag, type}) {
      camera.push_back(static_cast<uint8_t>(number));
      camera.push_back(static_cast<uint8_t>(number >> 8));
    }
    for (const uint32_t number : {count, value}) {
      for (int shift = 0; shift < 32; shift += 8) camera.push_back(static_cast<uint8_t>(number >> shift));
    }
  };
  const auto directory = [&](uint8_t entries) {
    camera.push_back(entries);
    camera.push_back(0);
  };
  const auto next = [&](uint8_t offset) {
    for (const uint8_t byte : {offset, uint8_t{0}, uint8_t{0}, uint8_t{0}}) camera.push_back(byte);
  };
  directory(5);  // at 8, 66 bytes
  entry(0x10F, 2, 8, 170);
  entry(0x112, 3, 1, 6);
  entry(0x11A, 5, 1, 170);
  entry(0x8769, 4, 1, 74);
  entry(0x8825, 4, 1, 116);
  next(140);
  directory(3);  // at 74, 42 bytes
  entry(0x9000, 7, 4, 0x30323230);
  entry(0x927C, 7, 20, 170);
  entry(0xA005, 4, 1, 116);
  next(0);
  directory(1);  // at 116, 24 bytes
  entry(0, 1, 4, 0x0202);
  camera.insert(camera.end(), 10, 0);
  directory(2);  // at 140, 30 bytes
  entry(0x201, 4, 1, 170);
  entry(0x202, 4, 1, 12);
  next(0);
  for (const std::string_view text : {"Canon\0\0\0", "OLYMP\0\1\0", "Nikon\0\2\0"}) {
    Bytes whole = camera;
    whole.insert(whole.end(), text.begin(), text.end());
    whole.insert(whole.end(), 24, 1);
    seeds.push_back(whole);
  }
  return seeds;
}

void RepairExif(Bytes& input) {
  if (input.size() > kMagic.size()) std::copy(kMagic.begin(), kMagic.end(), input.begin());
}

}  // namespace mobilenet::test
