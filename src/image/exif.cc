#include "src/image/exif.h"

#include <libexif/exif-data.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

namespace mobilenet {
namespace {

struct Unref {
  void operator()(ExifData* data) const { exif_data_unref(data); }
};

}  // namespace

int ExifOrientation(std::span<const uint8_t> data) {
  constexpr int kUpright = 1;
  // libexif wants the magic number that only JPEG puts in front.
  constexpr std::array<uint8_t, 6> kMagic = {'E', 'x', 'i', 'f', 0, 0};
  std::vector<uint8_t> with_magic;
  if (data.size() < kMagic.size() || !std::equal(kMagic.begin(), kMagic.end(), data.begin())) {
    with_magic.assign(kMagic.begin(), kMagic.end());
    with_magic.insert(with_magic.end(), data.begin(), data.end());
    data = with_magic;
  }
  const std::unique_ptr<ExifData, Unref> exif(exif_data_new());
  if (exif == nullptr) return kUpright;
  // The data as they are, without adding entries that the specification asks for and the file lacks.
  exif_data_unset_option(exif.get(), EXIF_DATA_OPTION_FOLLOW_SPECIFICATION);
  exif_data_load_data(exif.get(), data.data(), static_cast<unsigned>(data.size()));
  const ExifEntry* entry = exif_content_get_entry(exif->ifd[EXIF_IFD_0], EXIF_TAG_ORIENTATION);
  // Not exif_get_short without these checks: the entry's type and length come from the file.
  if (entry == nullptr || entry->format != EXIF_FORMAT_SHORT || entry->components < 1 || entry->size < 2) {
    return kUpright;
  }
  const int orientation = exif_get_short(entry->data, exif_data_get_byte_order(exif.get()));
  return orientation >= 1 && orientation <= 8 ? orientation : kUpright;
}

}  // namespace mobilenet
