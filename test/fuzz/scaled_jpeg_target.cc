#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "src/image/image.h"
#include "src/image/preprocess.h"
#include "test/fuzz/image_targets.h"
#include "test/fuzz/target.h"
#include "test/image/samples.h"

namespace mobilenet::test {
namespace {

constexpr int64_t kMaxPixels = 1 << 18;
constexpr size_t kChoiceBytes = 3;

DecodeTarget Target(std::span<const uint8_t> choice) {
  constexpr ResizeMode kModes[] = {ResizeMode::kCrop, ResizeMode::kSquash, ResizeMode::kFit};
  return {.resize = kModes[choice[0] % 3],
          .crop_fraction = (choice[1] + 1) / 256.0,
          .resolution = 1 + choice[2] % 64,
          .interpolation = (choice[0] & 0x40) != 0 ? Interpolation::kBicubic : Interpolation::kBilinear};
}

// Compares both images, each at its place in the same scaled picture: what they have in common, except for
// `border` pixels where one was cut off and the other was not.
void RequireSamePixels(const Image& part, const Image& whole, int border) {
  const Placement& a = *part.placement;
  const Placement& b = *whole.placement;
  Require(a.scale == b.scale, "scales of ", a.scale, " and ", b.scale);
  const int left = static_cast<int>(std::lround(a.left - b.left));
  const int top = static_cast<int>(std::lround(a.top - b.top));
  Require(left >= 0 && top >= 0 && left + part.width <= whole.width && top + part.height <= whole.height,
          "a part of ", part.width, " x ", part.height, " at ", left, ", ", top, " of ", whole.width, " x ",
          whole.height);
  const int first_x = left == 0 ? 0 : border;
  const int first_y = top == 0 ? 0 : border;
  const int end_x = left + part.width == whole.width ? part.width : part.width - border;
  const int end_y = top + part.height == whole.height ? part.height : part.height - border;
  for (int y = first_y; y < end_y; ++y) {
    for (int x = 3 * first_x; x < 3 * end_x; ++x) {
      const int found = part.pixels[static_cast<size_t>(3 * y * part.width + x)];
      const int expected = whole.pixels[static_cast<size_t>(3 * (y + top) * whole.width + 3 * left + x)];
      Require(found == expected, "column ", x / 3, ", row ", y, " of the part at ", left, ", ", top, ": ",
              found, ", expected ", expected);
    }
  }
}

}  // namespace

void FuzzScaledJpeg(std::span<const uint8_t> input) {
  if (input.size() <= kChoiceBytes) return;
  const DecodeTarget target = Target(input.last(kChoiceBytes));
  const auto bytes = input.first(input.size() - kChoiceBytes);
  if (DetectImageFormat(bytes) != ImageFormat::kJpeg) return;

  const bool accepts_damaged = (input[input.size() - kChoiceBytes] & 0x80) != 0;
  const auto decode = [&](const std::optional<DecodeTarget>& for_target) {
    return DecodeImage(bytes, "picture",
                       {.max_pixels = kMaxPixels,
                        .available_bytes = 1 << 30,
                        .accept_damaged = accepts_damaged,
                        .target = for_target});
  };
  Image exact, scaled;
  const std::string exact_error = ErrorFrom("picture", [&] { exact = decode({}); });
  const std::string scaled_error = ErrorFrom("picture", [&] { scaled = decode(target); });
  Require(exact_error == scaled_error, "exact: \"", exact_error, "\", scaled: \"", scaled_error, "\"");
  if (!exact_error.empty()) return;

  Require(exact.damaged == scaled.damaged, "exact: ", exact.damaged.value_or("whole"),
          ", scaled: ", scaled.damaged.value_or("whole"));
  Require(scaled.placement.has_value(), "no placement");
  const Placement& placement = *scaled.placement;
  Require(placement.width == exact.width && placement.height == exact.height, "a picture of ",
          placement.width, " x ", placement.height, ", exactly ", exact.width, " x ", exact.height);
  Require(std::ssize(scaled.pixels) == int64_t{3} * scaled.width * scaled.height, scaled.pixels.size(),
          " bytes for ", scaled.width, " x ", scaled.height);
  // And the network sees it without reading beyond it, which the sanitizers check.
  PreprocessSpec spec;
  spec.resize = target.resize;
  spec.crop_fraction = target.crop_fraction;
  spec.interpolation = target.interpolation;
  const Image resized = ResizeImage(scaled, spec, target.resolution);
  Require(resized.width == target.resolution && resized.height == target.resolution, "resized to ",
          resized.width, " x ", resized.height);
  // What libjpeg invents for missing parts depends on the blocks around it, and so on the crop.
  if (scaled.damaged) return;
  if (placement.scale == 1) {
    exact.placement = Placement{exact.width, exact.height};
    RequireSamePixels(scaled, exact, 4);
  }
  // The same scale without a crop: the crop is a part of that.
  if (target.resize == ResizeMode::kCrop) {
    DecodeTarget uncropped = target;
    uncropped.resize = ResizeMode::kSquash;
    uncropped.resolution =
        std::max(1, static_cast<int>(std::floor(target.resolution / target.crop_fraction)));
    const Image whole = decode(uncropped);
    // Rounding may have led to the next scale.
    if (whole.placement->scale == placement.scale) RequireSamePixels(scaled, whole, 4);
  }
  if (placement.scale == 1) {
    const Image expected = ResizeImage(exact, spec, target.resolution);
    Require(LargestDifference(resized, expected) == 0, "at the whole scale the network sees something else");
  }
}

std::vector<Bytes> ScaledJpegSeeds() {
  const Image fields = ColouredFields(120, 90);
  const Image noise = NoisyGradient(50, 70);
  std::vector<Bytes> seeds;
  for (const JpegOptions& options : std::initializer_list<JpegOptions>{
           {.quality = 30},
           {.quality = 30, .is_subsampled = false},
           {.quality = 30, .is_progressive = true, .app1 = ExifWithOrientation(8)},
           {.colour = JpegOptions::Colour::kCmyk, .quality = 20},
           {.colour = JpegOptions::Colour::kGrey, .quality = 30, .app1 = ExifWithOrientation(3)},
       }) {
    // For all scales: the resolutions are 8, 15, 30 and 64 pixels.
    for (const uint8_t resolution : Bytes{7, 14, 29, 63}) {
      const auto mode = static_cast<uint8_t>(seeds.size());
      seeds.push_back(EncodeJpeg(seeds.size() % 2 == 0 ? fields : noise, options) +
                      Bytes{mode, 223, resolution});
    }
  }
  return seeds;
}

}  // namespace mobilenet::test
