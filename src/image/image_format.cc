#include "src/image/image_format.h"

#include <algorithm>
#include <initializer_list>

namespace mobilenet {
namespace {

using namespace std::string_view_literals;

// The first bytes, at most 4096, as text.
std::string_view Beginning(std::span<const uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), std::min<size_t>(bytes.size(), 4096)};
}

bool StartsWith(std::span<const uint8_t> bytes, std::string_view magic) {
  return Beginning(bytes).starts_with(magic);
}

// The brands of a file of the ISO base media format (ISO/IEC 14496-12, section 4.3: a box `ftyp`), four
// letters each, the major one first; empty for other files.
std::string_view Brands(std::string_view beginning) {
  constexpr size_t kMajorAt = 8;
  if (beginning.size() < kMajorAt + 8 || beginning.substr(4, 4) != "ftyp") return {};
  size_t box_bytes = 0;
  for (size_t i = 0; i < 4; ++i) box_bytes = box_bytes << 8 | static_cast<uint8_t>(beginning[i]);
  return beginning.substr(kMajorAt, std::min(box_bytes, beginning.size()) - std::min(box_bytes, kMajorAt));
}

bool HasBrand(std::string_view brands, std::initializer_list<std::string_view> wanted) {
  for (size_t at = 0; at + 4 <= brands.size(); at += 4) {
    if (at == 4) continue;  // the minor version
    if (std::find(wanted.begin(), wanted.end(), brands.substr(at, 4)) != wanted.end()) return true;
  }
  return false;
}

// TIFF, classic and BigTIFF, in both byte orders, but not what some cameras have made of it.
bool IsTiff(std::span<const uint8_t> bytes) {
  const bool has_magic = StartsWith(bytes, "II*\0"sv) || StartsWith(bytes, "MM\0*"sv) ||
                         StartsWith(bytes, "II+\0"sv) || StartsWith(bytes, "MM\0+"sv);
  return has_magic && !(bytes.size() > 9 && bytes[8] == 'C' && bytes[9] == 'R');
}

// "P1" to "P6" and white space or a comment: a text that begins "P5 processors" still fails, but later, when
// its numbers are read.
bool IsPnm(std::span<const uint8_t> bytes) {
  return bytes.size() > 2 && bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '6' &&
         (bytes[2] == ' ' || bytes[2] == '#' || (bytes[2] >= '\t' && bytes[2] <= '\r'));
}

// TGA has no magic number, so every field of its 18-byte header has to make sense (Truevision TGA 2.0, 1989,
// page 6): a looser test takes other files for TGA and shows noise.
bool IsTga(std::span<const uint8_t> bytes) {
  constexpr size_t kHeaderBytes = 18;
  if (bytes.size() < kHeaderBytes) return false;
  const auto u16 = [&](size_t at) { return bytes[at] | bytes[at + 1] << 8; };
  const int palette_type = bytes[1];
  const int image_type = bytes[2] & ~8;  // 8: run-length encoded
  const int palette_bits = bytes[7];
  const int pixel_bits = bytes[16];
  const int descriptor = bytes[17];
  if (bytes[2] > 11 || u16(12) == 0 || u16(14) == 0) return false;
  if ((descriptor & 0xc0) != 0 || (descriptor & 0x0f) > 8) return false;  // interleaving; alpha bits
  switch (image_type) {
    case 1:  // palette
      return palette_type == 1 && u16(5) > 0 && (pixel_bits == 8 || pixel_bits == 16) &&
             (palette_bits == 15 || palette_bits == 16 || palette_bits == 24 || palette_bits == 32);
    case 2:  // colour
      return palette_type == 0 && u16(5) == 0 &&
             (pixel_bits == 15 || pixel_bits == 16 || pixel_bits == 24 || pixel_bits == 32);
    case 3:  // grey, grey and alpha
      return palette_type == 0 && u16(5) == 0 && (pixel_bits == 8 || pixel_bits == 16);
    default:
      return false;
  }
}

// SVG is text that may begin with white space, a byte order mark, an XML declaration and comments.
bool IsSvg(std::string_view beginning) {
  const size_t first = beginning.find_first_not_of("\xef\xbb\xbf \t\r\n");
  return first != beginning.npos && beginning[first] == '<' && beginning.find("<svg") != beginning.npos;
}

struct ForeignMagic {
  size_t at;
  std::string_view magic;
  ForeignFormat format;
};

constexpr std::string_view kMagick = "ImageMagick";
constexpr ForeignMagic kForeignMagics[] = {
    {0, "\xff\x0a"sv, {"JPEG XL", "djxl"}},
    {4, "JXL \r\n\x87\n"sv, {"JPEG XL", "djxl"}},
    {4, "jP  \r\n\x87\n"sv, {"JPEG 2000", "opj_decompress"}},
    {0, "\xff\x4f\xff\x51"sv, {"JPEG 2000", "opj_decompress"}},
    {0, "\xff\xd8\xff\xf7"sv, {"JPEG-LS", kMagick}},
    {0, "II\xbc\x01"sv, {"JPEG XR", "JxrDecApp"}},
    {0, "%PDF"sv, {"PDF", "pdftoppm"}},
    {0, "%!PS"sv, {"PostScript", "gs"}},
    {0, "\xc5\xd0\xd3\xc6"sv, {"EPS", "gs"}},
    {0, "\0\0\1\0"sv, {"ICO", "icotool"}},
    {0, "\0\0\2\0"sv, {"CUR", "icotool"}},
    {0, "gimp xcf"sv, {"XCF", "xcf2png"}},
    {0, "\x76\x2f\x31\x01"sv, {"OpenEXR", kMagick}},
    {0, "DDS "sv, {"DDS", kMagick}},
    {0, "qoif"sv, {"QOI", "ffmpeg"}},
    {0, "FLIF"sv, {"FLIF", "flif"}},
    {0, "BPG\xfb"sv, {"BPG", "bpgdec"}},
    {0, "DIRM"sv, {"DjVu", "ddjvu"}},
    {0, "AT&TFORM"sv, {"DjVu", "ddjvu"}},
    {0, "/* XPM */"sv, {"XPM", kMagick}},
    {0, "farbfeld"sv, {"farbfeld", "ff2png"}},
    {0, "P7\n"sv, {"PAM", "pamtopnm"}},
    {0, "\xd7\xcd\xc6\x9a"sv, {"WMF", kMagick}},
    {40, " EMF"sv, {"EMF", kMagick}},
    {0, "FUJIFILMCCD-RAW"sv, {"camera RAW (RAF)", "dcraw"}},
    {0, "IIRO"sv, {"camera RAW (ORF)", "dcraw"}},
    {0, "IIRS"sv, {"camera RAW (ORF)", "dcraw"}},
    {0, "MMOR"sv, {"camera RAW (ORF)", "dcraw"}},
    {0, "IIU\0"sv, {"camera RAW (RW2)", "dcraw"}},
    {0, "FOVb"sv, {"camera RAW (X3F)", "dcraw"}},
    {0, "\0MRM"sv, {"camera RAW (MRW)", "dcraw"}},
    {8, "CR\2"sv, {"camera RAW (CR2)", "dcraw"}},
    {8, "AVI "sv, {"AVI", "ffmpeg"}},
    {0, "\x1a\x45\xdf\xa3"sv, {"Matroska or WebM", "ffmpeg"}},
    {0, "\0\0\1\xba"sv, {"MPEG", "ffmpeg"}},
    {0, "\0\0\1\xb3"sv, {"MPEG", "ffmpeg"}},
};

}  // namespace

ImageFormat DetectImageFormat(std::span<const uint8_t> bytes) {
  if (StartsWith(bytes, "\xff\xd8\xff")) return ImageFormat::kJpeg;
  if (StartsWith(bytes, "\x89PNG\r\n\x1a\n")) return ImageFormat::kPng;
  if (StartsWith(bytes, "GIF87a") || StartsWith(bytes, "GIF89a")) return ImageFormat::kGif;
  if (StartsWith(bytes, "RIFF") && Beginning(bytes).substr(4).find("WEBPVP8") == 4) return ImageFormat::kWebp;
  const std::string_view brands = Brands(Beginning(bytes));
  if (HasBrand(brands, {"avif", "avis"})) return ImageFormat::kAvif;
  if (HasBrand(brands, {"heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "mif2", "msf1"})) {
    return ImageFormat::kHeif;
  }
  if (IsTiff(bytes)) return ImageFormat::kTiff;
  if (StartsWith(bytes, "8BPS")) return ImageFormat::kPsd;
  if (StartsWith(bytes, "#?RADIANCE\n") || StartsWith(bytes, "#?RGBE\n")) return ImageFormat::kHdr;
  if (StartsWith(bytes, "\x53\x80\xf6\x34")) return ImageFormat::kPic;
  // The header's length, always below 256, distinguishes a BMP from a text that begins "BM".
  if (StartsWith(bytes, "BM") && bytes.size() > 17 && bytes[15] == 0 && bytes[16] == 0 && bytes[17] == 0) {
    return ImageFormat::kBmp;
  }
  if (IsPnm(bytes)) return ImageFormat::kPnm;
  if (IsTga(bytes)) return ImageFormat::kTga;
  return ImageFormat::kUnknown;
}

std::string_view ImageFormatName(ImageFormat format) {
  switch (format) {
    case ImageFormat::kUnknown:
      return "unknown format";
    case ImageFormat::kJpeg:
      return "JPEG";
    case ImageFormat::kPng:
      return "PNG";
    case ImageFormat::kWebp:
      return "WebP";
    case ImageFormat::kHeif:
      return "HEIF";
    case ImageFormat::kAvif:
      return "AVIF";
    case ImageFormat::kTiff:
      return "TIFF";
    case ImageFormat::kBmp:
      return "BMP";
    case ImageFormat::kGif:
      return "GIF";
    case ImageFormat::kPsd:
      return "PSD";
    case ImageFormat::kHdr:
      return "HDR";
    case ImageFormat::kPic:
      return "PIC";
    case ImageFormat::kPnm:
      return "PNM";
    case ImageFormat::kTga:
      return "TGA";
  }
  return "?";
}

std::optional<ForeignFormat> DetectForeignFormat(std::span<const uint8_t> bytes) {
  const std::string_view beginning = Beginning(bytes);
  if (const std::string_view brands = Brands(beginning); !brands.empty()) {
    if (HasBrand(brands, {"crx "})) return ForeignFormat{"camera RAW (CR3)", "dcraw"};
    return ForeignFormat{"MP4 or QuickTime", "ffmpeg"};
  }
  for (const ForeignMagic& known : kForeignMagics) {
    if (beginning.size() >= known.at && beginning.substr(known.at).starts_with(known.magic))
      return known.format;
  }
  if (IsSvg(beginning)) return ForeignFormat{"SVG", "rsvg-convert"};
  return std::nullopt;
}

}  // namespace mobilenet
