#include "test/fuzz/image_targets.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "src/image/image.h"
#include "test/fuzz/target.h"
#include "test/image/heif_files.h"
#include "test/image/samples.h"

namespace mobilenet::test {
namespace {

// Many small pictures rather than a few large ones, and memory that stays the same from one to the next.
constexpr DecodeOptions kOptions = {.max_pixels = 1 << 18, .available_bytes = 1 << 30};

struct Decoded {
  Image image;
  std::string error;
};

Decoded Decode(std::span<const uint8_t> bytes, const DecodeOptions& options) {
  Decoded decoded;
  decoded.error = ErrorFrom("picture", [&] { decoded.image = DecodeImage(bytes, "picture", options); });
  // Libraries' messages have several lines, and contain the file's own text.
  Require(std::none_of(decoded.error.begin(), decoded.error.end(), [](unsigned char c) { return c < 0x20; }),
          "control characters in a message: ", decoded.error);
  if (!decoded.error.empty()) return decoded;
  const Image& image = decoded.image;
  Require(image.width > 0 && image.height > 0, "a picture of ", image.width, " x ", image.height);
  const auto pixels = int64_t{image.width} * image.height;
  Require(options.accept_damaged || !image.damaged, "damage that nobody accepted");
  Require(pixels <= options.max_pixels, "a picture of ", pixels, " pixels");
  Require(std::ssize(image.pixels) == 3 * pixels, image.pixels.size(), " bytes for ", pixels, " pixels");
  return decoded;
}

// Numbers as text remain numbers when their last digits are missing.
bool MayEndAnywhere(std::span<const uint8_t> bytes) {
  return bytes.size() > 1 && bytes[0] == 'P' && bytes[1] <= '3';
}

std::string_view Magic(ImageFormat format) {
  using enum ImageFormat;
  switch (format) {
    case kJpeg:
      return "\xff\xd8\xff";
    case kPng:
      return "\x89PNG\r\n\x1a\n";
    case kBmp:
      return "BM";
    case kGif:
      return "GIF89a";
    case kPsd:
      return "8BPS";
    case kHdr:
      return "#?RADIANCE\n";
    case kPic:
      return "\x53\x80\xf6\x34";
    case kTiff:
      return {"II*\0", 4};
    case kHeif:
      return {
          "\0\0\0\x1c"
          "ftypheic",
          12};
    case kAvif:
      return {
          "\0\0\0\x1c"
          "ftypavif",
          12};
    default:
      return "";
  }
}

}  // namespace

void FuzzImage(ImageFormat format, std::span<const uint8_t> input) {
  if (DetectImageFormat(input) != format) return;
  const Decoded whole = Decode(input, kOptions);
  const uint32_t fingerprint = Fingerprint(input);

  // Anything a decoder leaves unset holds something else the second time.
  if (fingerprint % 4 == 0) {
    const Decoded again = Decode(input, kOptions);
    Require(again.error == whole.error, "first \"", whole.error, "\", then \"", again.error, "\"");
    Require(again.image.pixels == whole.image.pixels, "the picture differs from one decoding to the next");
  }
  // A file that was cut off is an error, unless what is missing carries no pixels.
  if (fingerprint % 4 == 1 && whole.error.empty() && !MayEndAnywhere(input)) {
    const size_t length = fingerprint / 4 % input.size();
    const Decoded cut = Decode(input.first(length), kOptions);
    Require(!cut.error.empty() || LargestDifference(cut.image, whole.image) == 0, "of ", input.size(),
            " bytes the first ", length, " give another picture");
  }
  // Whoever accepts damage is told about it.
  if (fingerprint % 4 == 2) {
    DecodeOptions accepting = kOptions;
    accepting.accept_damaged = true;
    const size_t length = fingerprint / 4 % 2 == 0 ? input.size() : fingerprint / 8 % input.size();
    const Decoded part = Decode(input.first(length), accepting);
    if (!part.error.empty() || part.image.damaged) {
      Require(!whole.error.empty() || length < input.size(),
              "damage in a whole picture: ", part.error.empty() ? *part.image.damaged : part.error);
    } else if (!MayEndAnywhere(input)) {
      Require(whole.error.empty() && LargestDifference(part.image, whole.image) == 0,
              "damage without a word; otherwise \"", whole.error, "\"");
    }
  }
}

std::vector<Bytes> ImageSeeds(ImageFormat format) {
  std::vector<Bytes> seeds;
  for (const SampleFile& file : SampleFiles()) {
    if (DetectImageFormat(file.bytes) == format) seeds.push_back(file.bytes);
  }
  if (format == ImageFormat::kJpeg) {
    const Image picture = ColouredFields(24, 17);
    using Colour = JpegOptions::Colour;
    for (const JpegOptions& options : std::initializer_list<JpegOptions>{
             {.colour = Colour::kGrey},
             {.colour = Colour::kRgb},
             {.colour = Colour::kCmyk},
             {.colour = Colour::kYcck, .is_progressive = true},
             {.is_subsampled = false, .is_arithmetic = true},
             {.is_progressive = true, .is_arithmetic = true},
             {.has_scan_per_component = true},
             {.app1 = ExifWithOrientation(6)},
         }) {
      seeds.push_back(EncodeJpeg(picture, options));
    }
  }
  if (format == ImageFormat::kPng) {
    const std::vector<int> samples(9 * 7 * 4, 3);
    const Bytes palette = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    for (const PngOptions& options : std::initializer_list<PngOptions>{
             {.colour_type = 0, .depth_bits = 4},
             {.colour_type = 0, .depth_bits = 16, .transparency = {0, 3}},
             {.colour_type = 3, .depth_bits = 2, .palette = palette, .transparency = {9, 200}},
             {.colour_type = 4, .depth_bits = 8, .is_interlaced = true},
             {.colour_type = 6, .depth_bits = 16},
         }) {
      constexpr std::array<size_t, 7> kChannels = {1, 0, 3, 1, 2, 0, 4};
      const size_t count = 9 * 7 * kChannels[static_cast<size_t>(options.colour_type)];
      seeds.push_back(
          EncodePng(9, 7, {samples.begin(), samples.begin() + static_cast<ptrdiff_t>(count)}, options));
    }
  }
  if (format == ImageFormat::kBmp) seeds.push_back(EncodeBmp(ColouredFields(11, 7), {.pixel_bits = 24}));
  if (format == ImageFormat::kHeif) return {FromBase64(kPlainHeic), FromBase64(kTurnedHeic)};
  if (format == ImageFormat::kAvif) return {FromBase64(kAlphaAvif)};
  if (format == ImageFormat::kTiff) {
    const Bytes samples(9 * 7 * 4, 7);
    for (const TiffOptions& options : std::initializer_list<TiffOptions>{
             {.channels = 1, .bits = 1, .photometric = 0},
             {.channels = 1, .photometric = 3, .compression = 32773},
             {.channels = 4, .alpha = 2, .orientation = 6, .is_big_endian = true},
             {.channels = 4, .photometric = 5, .compression = 8, .is_planar = true},
             {.channels = 1, .bits = 16, .photometric = 1},
         }) {
      TiffOptions sized = options;
      sized.width = 9;
      sized.height = 7;
      seeds.push_back(EncodeTiff(sized, samples));
    }
  }
  if (format == ImageFormat::kWebp) {
    seeds.push_back(EncodeWebp(9, 7, Bytes(9 * 7 * 4, 100), false));
    seeds.push_back(EncodeWebp(9, 7, Bytes(9 * 7 * 4, 100), true));
  }
  if (format == ImageFormat::kPnm) {
    for (const std::string_view text :
         {"P1\n3 2\n1 0 1\n0 1 0\n", "P2\n# grey\n3 1 200\n0 100 200\n", "P3 1 1 65535 1 2 3\n",
          "P4\n9 2\n\x55\x80\xaa\x01", "P5 2 2 255\nabcd", "P6 1 1 1000\n\x01\x02\x03\x01\x02\x03"}) {
      seeds.push_back(FromText(text));
    }
  }
  return seeds;
}

void RepairMagic(ImageFormat format, Bytes& input) {
  if (DetectImageFormat(input) == format) return;
  const std::string_view magic = Magic(format);
  if (input.size() >= magic.size()) std::copy(magic.begin(), magic.end(), input.begin());
}

void RepairWebp(Bytes& input) {
  constexpr std::string_view kRiff = "RIFF", kWebp = "WEBP";
  if (input.size() < 12) return;
  std::copy(kRiff.begin(), kRiff.end(), input.begin());
  size_t length = (input.size() - 8) / 2 * 2;  // of chunks, which have an even length
  for (size_t i = 4; i < 8; ++i, length >>= 8) input[i] = static_cast<uint8_t>(length);
  std::copy(kWebp.begin(), kWebp.end(), input.begin() + 8);
}

void RepairPng(Bytes& input) {
  RepairMagic(ImageFormat::kPng, input);
  if (input.size() < 8) return;
  Bytes out(input.begin(), input.begin() + 8);
  for (size_t at = 8; at + 12 <= input.size();) {
    size_t count = 0;
    for (size_t i = 0; i < 4; ++i) count = count << 8 | input[at + i];
    count = std::min(count, input.size() - at - 12);
    const auto data = input.begin() + static_cast<ptrdiff_t>(at + 8);
    out = std::move(out) +
          PngChunk(std::string(data - 4, data), Bytes(data, data + static_cast<ptrdiff_t>(count)));
    at += 12 + count;
  }
  input = std::move(out);
}

}  // namespace mobilenet::test
