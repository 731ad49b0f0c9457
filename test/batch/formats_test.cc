// One photograph in every format and every orientation gives its label, with the real model.
#include <cmath>
#include <functional>
#include <map>

#include <nlohmann/json.hpp>

#include "src/image/image.h"
#include "test/image/encoders.h"
#include "test/support/catch.h"
#include "test/support/files.h"
#include "test/support/run_command.h"
#include "test/support/skip.h"
#include "test/support/under_test.h"

namespace mobilenet::test {
namespace {

using nlohmann::json;

// A photograph that is recognised without its colours, too.
constexpr char kPhotograph[] = "/images/bird.bmp";
constexpr int kChickadee = 20;

json BestOf(const std::string& path, const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments = {
      "classify", "--threads", "1",
      "--format", "json",      "-k",
      "1",        "--model",   test::WeightsFolder() + "/mobilenet_v1_1.0_224_s8.safetensors",
      path};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const auto result = RunMobilenet(arguments);
  CAPTURE(path, result.err);
  REQUIRE(result.status == 0);
  return json::parse(result.out)["predictions"][0];
}

Image ChangePixels(Image image, const std::function<void(uint8_t*)>& change) {
  for (size_t i = 0; i < image.pixels.size(); i += 3) change(&image.pixels[i]);
  return image;
}

// Rounds each channel to one of `levels` values.
Image WithFewColours(const Image& image, int levels) {
  return ChangePixels(image, [levels](uint8_t* pixel) {
    for (int c = 0; c < 3; ++c) {
      const int level = (pixel[c] * (levels - 1) + 127) / 255;
      pixel[c] = static_cast<uint8_t>(level * 255 / (levels - 1));
    }
  });
}

Image Grey(const Image& image) {
  return ChangePixels(image, [](uint8_t* pixel) {
    const int grey = (299 * pixel[0] + 587 * pixel[1] + 114 * pixel[2]) / 1000;
    for (int c = 0; c < 3; ++c) pixel[c] = static_cast<uint8_t>(grey);
  });
}

// The samples of a PNG: `make` appends those of one pixel.
std::vector<int> Samples(const Image& image,
                         const std::function<void(const uint8_t*, std::vector<int>&)>& make) {
  std::vector<int> samples;
  for (size_t i = 0; i < image.pixels.size(); i += 3) make(&image.pixels[i], samples);
  return samples;
}

// Six levels of each channel, and one transparent entry that no pixel has.
Bytes PalettePng(const Image& image, bool is_interlaced) {
  Bytes palette;
  for (int i = 0; i < 216; ++i) {
    for (int level : {i / 36, i / 6 % 6, i % 6}) palette.push_back(static_cast<uint8_t>(level * 51));
  }
  palette.insert(palette.end(), {255, 0, 255});
  Bytes transparency(216, 255);
  transparency.push_back(0);
  const auto samples = Samples(WithFewColours(image, 6), [](const uint8_t* pixel, std::vector<int>& to) {
    to.push_back(pixel[0] / 51 * 36 + pixel[1] / 51 * 6 + pixel[2] / 51);
  });
  return EncodePng(
      image.width, image.height, samples,
      {.colour_type = 3, .is_interlaced = is_interlaced, .palette = palette, .transparency = transparency});
}

TEST_CASE("a photograph gets its label in every format") {
  if (SharedFolder().empty()) return;
  using Colour = JpegOptions::Colour;
  const Image photograph = DecodeImageFile(SharedFolder() + kPhotograph, {});
  const int width = photograph.width, height = photograph.height;
  const Image grey = Grey(photograph);
  const auto rgb = Samples(
      photograph, [](const uint8_t* pixel, std::vector<int>& to) { to.insert(to.end(), pixel, pixel + 3); });
  const auto deep = Samples(photograph, [](const uint8_t* pixel, std::vector<int>& to) {
    for (int c = 0; c < 3; ++c) to.push_back(pixel[c] * 257);
  });
  const auto grey_alpha = Samples(grey, [](const uint8_t* pixel, std::vector<int>& to) {
    to.insert(to.end(), {pixel[0], 255});
  });
  const std::map<std::string, Bytes> files = {
      {"cmyk.jpg", EncodeJpeg(photograph, {.colour = Colour::kCmyk})},
      {"ycck.jpg", EncodeJpeg(photograph, {.colour = Colour::kYcck})},
      {"grey.jpg", EncodeJpeg(grey, {.colour = Colour::kGrey})},
      {"progressive.jpg", EncodeJpeg(photograph, {.is_progressive = true})},
      {"grey_alpha.png", EncodePng(width, height, grey_alpha, {.colour_type = 4})},
      {"deep.png", EncodePng(width, height, deep, {.depth_bits = 16})},
      {"palette.png", PalettePng(photograph, false)},
      {"interlaced.png", EncodePng(width, height, rgb, {.is_interlaced = true})},
      {"interlaced_palette.png", PalettePng(photograph, true)},
      {"plain.png", WritePng(photograph)},
      {"plain.bmp", EncodeBmp(photograph, {})},
      {"frames.gif", EncodeGif(WithFewColours(photograph, 5))},
      {"plain.ppm", EncodePpm(photograph)},
      {"plain.tga", WriteTga(photograph, false)},
      {"packed.tga", WriteTga(photograph, true)},
  };
  const TemporaryFolder folder;
  for (const auto& [name, bytes] : files) {
    WriteFileBytes(folder / name, std::string(bytes.begin(), bytes.end()));
    CAPTURE(name);
    CHECK(BestOf(folder / name)["class_index"] == kChickadee);
  }
}

TEST_CASE("a photograph turned in any of the eight ways gets the same label and score") {
  if (SharedFolder().empty()) return;
  const std::string photograph = SharedFolder() + kPhotograph;
  const Image upright = DecodeImageFile(photograph, {});
  const TemporaryFolder folder;
  for (const char* decode : {"fast", "exact"}) {
    const double score = BestOf(photograph, {"--decode", decode})["score"];
    for (int orientation = 1; orientation <= 8; orientation += IsEmulated() ? 5 : 1) {
      // As the camera stores it: turned back by the inverse; only 6 and 8 are not their own inverses.
      const int inverse = orientation == 6 ? 8 : orientation == 8 ? 6 : orientation;
      const Image stored =
          DecodeImage(EncodeJpeg(upright, {.app1 = ExifWithOrientation(inverse)}), "stored", {});
      const Bytes turned = EncodeJpeg(stored, {.app1 = ExifWithOrientation(orientation)});
      WriteFileBytes(folder / "turned.jpg", std::string(turned.begin(), turned.end()));
      const json best = BestOf(folder / "turned.jpg", {"--decode", decode});
      CAPTURE(decode, orientation);
      CHECK(best["class_index"] == kChickadee);
      CHECK(std::abs(best["score"].get<double>() - score) <= 0.02);
    }
  }
}

}  // namespace
}  // namespace mobilenet::test
