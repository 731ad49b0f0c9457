// JPEGs decoded for a target: the pixels that the network needs, and no others.
#include <algorithm>
#include <cmath>

#include "src/image/preprocess.h"
#include "test/image/files.h"
#include "test/image/samples.h"
#include "test/support/catch.h"
#include "test/support/run_command.h"

namespace mobilenet::test {
namespace {

Image Decode(const Bytes& jpeg, const std::optional<DecodeTarget>& target) {
  DecodeOptions options;
  options.target = target;
  return DecodeImage(jpeg, "picture", options);
}

Image Resized(const Bytes& jpeg, const DecodeTarget& target) {
  PreprocessSpec spec;
  spec.resize = target.resize;
  spec.crop_fraction = target.crop_fraction;
  return ResizeImage(Decode(jpeg, target), spec, target.resolution);
}

// Smooth, and different everywhere: a scaled version keeps that.
Image Smooth(int width, int height) {
  Image image{width, height, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const double u = x * 6.0 / width, v = y * 5.0 / height;
      for (double value : {std::sin(u), std::cos(v + u / 2), std::sin(u * v / 3)}) {
        image.pixels.push_back(static_cast<uint8_t>(std::lround(127 + 100 * value)));
      }
    }
  }
  return image;
}

TEST_CASE("a part of a picture is the same pixels as the whole at that scale") {
  using Colour = JpegOptions::Colour;
  for (const Colour colour : {Colour::kYcc, Colour::kGrey, Colour::kCmyk}) {
    for (const bool is_subsampled : {false, true}) {
      for (const bool is_progressive : {false, true}) {
        for (const auto& [width, height] : {std::pair{403, 301}, {300, 640}, {256, 256}, {97, 20}}) {
          Image picture = NoisyGradient(width, height);
          const Bytes jpeg = EncodeJpeg(picture, {.colour = colour,
                                                  .is_subsampled = is_subsampled,
                                                  .is_progressive = is_progressive,
                                                  .app1 = ExifWithOrientation(width % 8 + 1)});
          for (const int resolution : {20, 40, 80, 128, 160, 224}) {
            if (IsEmulated() && resolution % 40 != 0) continue;
            for (const double crop_fraction : {0.875, 0.5, 1.0}) {
              CAPTURE(static_cast<int>(colour), is_subsampled, is_progressive, width, height, resolution,
                      crop_fraction);
              const Interpolation interpolation =
                  is_progressive ? Interpolation::kBicubic : Interpolation::kBilinear;
              const DecodeTarget target{ResizeMode::kCrop, crop_fraction, resolution, interpolation};
              const Image part = Decode(jpeg, target);
              // The whole picture at the same scale: what --resize fit needs for its longer side.
              const double side = crop_fraction * std::min(width, height);
              DecodeTarget whole_target{ResizeMode::kFit, 1, 1};
              whole_target.resolution = static_cast<int>(resolution * std::max(width, height) / side);
              const Image whole = Decode(jpeg, whole_target);
              REQUIRE(part.placement);
              REQUIRE(whole.placement);
              REQUIRE(whole.placement->scale == part.placement->scale);
              PreprocessSpec spec;
              spec.crop_fraction = crop_fraction;
              spec.interpolation = interpolation;
              CHECK(LargestDifference(ResizeImage(part, spec, resolution),
                                      ResizeImage(whole, spec, resolution)) == 0);
            }
          }
        }
      }
    }
  }
}

// With only its first scan, which has the mean of each block.
Bytes FirstScan(const Bytes& progressive) {
  const Bytes start_of_scan = {0xff, 0xda};
  const auto first =
      std::search(progressive.begin(), progressive.end(), start_of_scan.begin(), start_of_scan.end());
  // Up to the next marker that is neither stuffing nor a restart.
  const auto end = std::adjacent_find(first + 2, progressive.end(), [](uint8_t a, uint8_t b) {
    return a == 0xff && b != 0 && (b < 0xd0 || b > 0xd7);
  });
  REQUIRE(end != progressive.end());
  return Bytes(progressive.begin(), end) + Bytes{0xff, 0xd9};
}

TEST_CASE("a part of a progressive picture that libjpeg smooths is the same pixels, too") {
  const Bytes jpeg = FirstScan(EncodeJpeg(NoisyGradient(403, 301), {.is_progressive = true}));
  for (const int resolution : {40, 80, 224}) {
    const DecodeTarget target{ResizeMode::kCrop, 0.5, resolution};
    DecodeTarget whole_target{ResizeMode::kSquash, 1, 2 * resolution};
    PreprocessSpec spec;
    spec.crop_fraction = target.crop_fraction;
    const Image part = Decode(jpeg, target), whole = Decode(jpeg, whole_target);
    CAPTURE(resolution);
    REQUIRE(whole.placement->scale == part.placement->scale);
    CHECK(LargestDifference(ResizeImage(part, spec, resolution), ResizeImage(whole, spec, resolution)) == 0);
  }
}

TEST_CASE("a small picture comes out as it does without a target") {
  const Bytes jpeg = EncodeJpeg(NoisyGradient(403, 301), {});
  for (const ResizeMode resize : {ResizeMode::kCrop, ResizeMode::kSquash, ResizeMode::kFit}) {
    const DecodeTarget target{resize, 0.875, 224};
    PreprocessSpec spec;
    spec.resize = resize;
    CHECK(LargestDifference(Resized(jpeg, target), ResizeImage(Decode(jpeg, {}), spec, 224)) == 0);
  }
}

TEST_CASE("scales go down in steps of two, as far as the target allows") {
  const auto scale = [](int width, int height, const DecodeTarget& target) {
    return Decode(EncodeJpeg(Smooth(width, height), {}), target).placement->scale;
  };
  const DecodeTarget crop{ResizeMode::kCrop, 0.5, 30};  // wants 40 pixels of the shorter side's 80
  CHECK(scale(640, 1000, crop) == 0.125);
  CHECK(scale(639, 1000, crop) == 0.25);
  CHECK(scale(320, 400, crop) == 0.25);
  CHECK(scale(319, 400, crop) == 0.5);
  CHECK(scale(160, 400, crop) == 0.5);
  CHECK(scale(159, 400, crop) == 1);
  CHECK(scale(320, 1000, {ResizeMode::kSquash, 0.5, 30}) == 0.125);
  CHECK(scale(320, 200, {ResizeMode::kFit, 0.5, 30}) == 0.125);
}

TEST_CASE("a large picture looks the same, and so it does turned in all eight ways") {
  for (const auto& [width, height] : {std::pair{803, 601}, {601, 803}}) {
    const Image upright = Smooth(width, height);
    for (const ResizeMode resize : {ResizeMode::kCrop, ResizeMode::kSquash, ResizeMode::kFit}) {
      const DecodeTarget target{resize, 0.875, 48};
      PreprocessSpec spec;
      spec.resize = resize;
      const Image expected = ResizeImage(upright, spec, 48);
      for (int orientation = 1; orientation <= 8; orientation += IsEmulated() ? 5 : 1) {
        // As the camera stores it: turned back by the inverse; only 6 and 8 are not their own inverses.
        const int inverse = orientation == 6 ? 8 : orientation == 8 ? 6 : orientation;
        const Bytes turned = EncodeJpeg(
            DecodeImage(
                EncodeJpeg(upright,
                           {.quality = 100, .is_subsampled = false, .app1 = ExifWithOrientation(inverse)}),
                "stored", {}),
            {.quality = 100, .is_subsampled = false, .app1 = ExifWithOrientation(orientation)});
        CAPTURE(width, static_cast<int>(resize), orientation);
        const Image fast = Decode(turned, target);
        CHECK(fast.placement->scale < 1);
        CHECK(fast.placement->width == width);
        CHECK(fast.placement->height == height);
        CHECK(LargestDifference(Resized(turned, target), expected) <= 5);
      }
    }
  }
}

TEST_CASE("damage is found in parts that nobody needs") {
  for (const bool is_progressive : {false, true}) {
    const Bytes jpeg = EncodeJpeg(NoisyGradient(400, 600), {.is_progressive = is_progressive});
    const DecodeTarget target{ResizeMode::kCrop, 0.1, 32};
    CHECK_NOTHROW(Decode(jpeg, target));
    for (size_t size = jpeg.size() - 3; size > jpeg.size() / 2; size -= jpeg.size() / 20) {
      CAPTURE(is_progressive, size, jpeg.size());
      const Bytes cut(jpeg.begin(), jpeg.begin() + static_cast<ptrdiff_t>(size));
      CHECK(ErrorOf([&] { Decode(cut, target); }).find("picture: truncated JPEG") == 0);
    }
  }
}

TEST_CASE("decoding ends when its time is over") {
  const Bytes jpeg = EncodeJpeg(NoisyGradient(1000, 1000), {.is_progressive = true});
  DecodeOptions options;
  options.max_decode_ms = 0.001;
  CHECK(ErrorOf([&] { DecodeImage(jpeg, "picture", options); }) ==
        "picture: cannot decode JPEG: takes more than 0.001 ms (--max-decode-ms raises it)");
  options.max_decode_ms = 100'000;
  CHECK(DecodeImage(jpeg, "picture", options).width == 1000);
}

}  // namespace
}  // namespace mobilenet::test
