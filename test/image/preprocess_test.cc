#include "src/image/preprocess.h"

#include <cmath>
#include <limits>

#include "test/image/samples.h"
#include "test/support/catch.h"

namespace mobilenet::test {
namespace {

// Every 8-bit value in every channel, shifted against each other.
Image AllValues() {
  Image image{16, 16, {}};
  for (int i = 0; i < 256; ++i) {
    for (int c = 0; c < 3; ++c) image.pixels.push_back(static_cast<uint8_t>(i + 85 * c));
  }
  return image;
}

PreprocessSpec Squash(double mean, double std) {
  PreprocessSpec spec;
  spec.resize = ResizeMode::kSquash;
  spec.mean = {mean, mean, mean};
  spec.std = {std, std, std};
  return spec;
}

template <typename T>
std::vector<T, BufferAllocator<T>> Preprocessed(const Image& image, const PreprocessSpec& spec, DataType type,
                                                const Quantization& quantization) {
  std::vector<T, BufferAllocator<T>> input(image.pixels.size());
  PreprocessImage(image, spec, image.width, type, quantization, input.data());
  return input;
}

TEST_CASE("a view is a part of what the network sees, or its mirror image") {
  const Image image = NoisyGradient(40, 40);
  const auto pixel = [](const Image& of, int x, int y, int c) {
    return of.pixels[static_cast<size_t>((y * of.width + x) * 3 + c)];
  };
  // A part with as many pixels as the network takes comes byte for byte; if the picture is not square, a part
  // of the central square.
  Image wide{60, 40, {}};
  for (int y = 0; y < 40; ++y) {
    for (int x = 0; x < 60; ++x) {
      for (int c = 0; c < 3; ++c) wide.pixels.push_back(pixel(image, (x + 30) % 40, y, c));
    }
  }
  PreprocessSpec crop = Squash(0, 1);
  crop.resize = ResizeMode::kCrop;
  crop.crop_fraction = 1;
  for (const bool is_mirrored : {false, true}) {
    const View view{.left = 0.25, .top = 0.5, .side = 0.5, .is_mirrored = is_mirrored};
    const Image part = ResizeImage(image, Squash(0, 1), 20, view);
    const Image part_of_wide = ResizeImage(wide, crop, 20, view);
    REQUIRE(part.width == 20);
    int differences = 0;
    for (int y = 0; y < 20; ++y) {
      for (int x = 0; x < 20; ++x) {
        const int column = is_mirrored ? 19 - x : x;
        for (int c = 0; c < 3; ++c) {
          differences += pixel(part, column, y, c) != pixel(image, x + 10, y + 20, c);
          differences += pixel(part_of_wide, column, y, c) != pixel(wide, 10 + x + 10, y + 20, c);
        }
      }
    }
    CHECK(differences == 0);
  }
}

TEST_CASE("squash leaves a picture of the model's size as it is") {
  const Image image = NoisyGradient(64, 64);
  const Image resized = ResizeImage(image, Squash(0, 1), 64);
  CHECK(resized.width == 64);
  CHECK(resized.pixels == image.pixels);
}

TEST_CASE("a quantisation that undoes the normalisation gives the pixels themselves") {
  const Image image = AllValues();
  for (float scale : {0.0078125f, 0.007843137718737125f, 1.0f, 0.0125f}) {
    for (int zero_point : {127, 128, 0}) {
      CAPTURE(scale, zero_point);
      const PreprocessSpec spec = Squash(zero_point, 1 / static_cast<double>(scale));
      CHECK(Preprocessed<uint8_t>(image, spec, DataType::kU8, {scale, zero_point}) == image.pixels);
      const auto signed_input = Preprocessed<int8_t>(image, spec, DataType::kS8, {scale, zero_point - 128});
      bool is_shifted = true;
      for (size_t i = 0; i < image.pixels.size(); ++i) is_shifted &= signed_input[i] == image.pixels[i] - 128;
      CHECK(is_shifted);
    }
  }
}

TEST_CASE("quantised values are rounded to nearest and saturated") {
  const Image image = AllValues();
  const double mean = 100, std = 30;
  const Quantization quantization = {0.02f, -5};
  const auto input = Preprocessed<int8_t>(image, Squash(mean, std), DataType::kS8, quantization);
  int saturated = 0;
  for (size_t i = 0; i < input.size(); ++i) {
    const double exact = (image.pixels[i] - mean) / std / static_cast<double>(quantization.scale) - 5;
    CAPTURE(i, int{image.pixels[i]}, exact);
    if (exact > 127 || exact < -128) {
      ++saturated;
      REQUIRE(input[i] == (exact > 0 ? 127 : -128));
    } else {
      REQUIRE(std::abs(input[i] - exact) <= 0.5);
    }
  }
  CHECK(saturated > 100);
}

TEST_CASE("real values are (pixel - mean) / std of their channel") {
  const Image image = AllValues();
  PreprocessSpec spec = Squash(0, 1);
  spec.mean = {123.68, 116.78, 103.94};
  spec.std = {58.4, 57.1, 57.4};
  const auto input = Preprocessed<float>(image, spec, DataType::kF32, {});
  bool is_equal = true;
  for (size_t i = 0; i < input.size(); ++i) {
    is_equal &= input[i] == static_cast<float>((image.pixels[i] - spec.mean[i % 3]) / spec.std[i % 3]);
  }
  CHECK(is_equal);
  const auto symmetric = Preprocessed<float>(image, Squash(127.5, 127.5), DataType::kF32, {});
  CHECK(symmetric.front() == -1.0f);
  CHECK(*std::max_element(symmetric.begin(), symmetric.end()) == 1.0f);
}

TEST_CASE("a BGR model gets blue first, with mean and std in that order") {
  const Image image = AllValues();
  PreprocessSpec spec = Squash(0, 1);
  spec.color = ColorOrder::kBgr;
  spec.mean = {103.94, 116.78, 123.68};
  spec.std = {57.4, 57.1, 58.4};
  const auto input = Preprocessed<float>(image, spec, DataType::kF32, {});
  bool is_equal = true;
  for (size_t i = 0; i < input.size(); ++i) {
    const size_t color = i - i % 3 + (2 - i % 3);
    is_equal &= input[i] == static_cast<float>((image.pixels[color] - spec.mean[i % 3]) / spec.std[i % 3]);
  }
  CHECK(is_equal);

  spec.resize = ResizeMode::kFit;
  const Image fitted = ResizeImage({1, 4, Bytes(12, 77)}, spec, 32);
  CHECK(Bytes(fitted.pixels.begin(), fitted.pixels.begin() + 3) == Bytes{124, 117, 104});  // red, green, blue
}

TEST_CASE("a grey model gets one channel: the luma of ITU-R BT.601, of grey pictures what they are") {
  PreprocessSpec spec = Squash(16, 2);
  spec.color = ColorOrder::kGrey;
  // Pillow's "L": (19595 R + 38470 G + 7471 B + 32768) >> 16.
  const Image colors{2, 4, {255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255,  //
                            0,   0, 0, 1, 2,   3, 7, 7, 7,   250, 128, 3}};
  const Bytes lumas = {76, 150, 29, 255, 0, 2, 7, 150};
  CHECK(spec.channels() == 1);
  // One by one, since the resize of several pixels mixes them.
  for (size_t i = 0; i < lumas.size(); ++i) {
    CAPTURE(i);
    const Image pixel{
        1,
        1,
        {colors.pixels.begin() + std::ptrdiff_t(3 * i), colors.pixels.begin() + std::ptrdiff_t(3 * i + 3)}};
    float real = 0;
    PreprocessImage(pixel, spec, 1, DataType::kF32, {}, &real);
    CHECK(real == (lumas[i] - 16.0f) / 2);
    uint8_t quantised = 0;
    PreprocessImage(pixel, spec, 1, DataType::kU8, {0.5f, 16}, &quantised);
    CHECK(quantised == lumas[i]);
  }
  Image greys{16, 16, {}};
  for (int i = 0; i < 256; ++i) greys.pixels.insert(greys.pixels.end(), 3, static_cast<uint8_t>(i));
  std::vector<float> input(257, -1000);
  PreprocessImage(greys, spec, 16, DataType::kF32, {}, input.data());
  for (size_t i = 0; i < 256; ++i) CHECK(input[i] == (static_cast<float>(i) - 16) / 2);
  CHECK(input[256] == -1000);  // nothing after them
}

TEST_CASE("crop takes the middle of the picture") {
  // Red in the central 100 x 100 of 200 x 120, else blue.
  Image image{200, 120, {}};
  for (int y = 0; y < 120; ++y) {
    for (int x = 0; x < 200; ++x) {
      const bool is_middle = x >= 50 && x < 150 && y >= 10 && y < 110;
      for (uint8_t value :
           {is_middle ? uint8_t{255} : uint8_t{0}, uint8_t{0}, is_middle ? uint8_t{0} : uint8_t{255}}) {
        image.pixels.push_back(value);
      }
    }
  }
  PreprocessSpec spec;
  spec.crop_fraction = 80.0 / 120;
  Image resized = ResizeImage(image, spec, 40);
  for (size_t i = 0; i < resized.pixels.size(); i += 3) REQUIRE(resized.pixels[i] == 255);
  spec.crop_fraction = 1;
  resized = ResizeImage(image, spec, 60);
  CHECK(resized.pixels[2] == 255);  // a corner
  CHECK(resized.pixels[static_cast<size_t>((30 * 60 + 30) * 3)] == 255);
}

TEST_CASE("fit keeps the aspect ratio and fills the rest with the mean") {
  PreprocessSpec spec;
  spec.resize = ResizeMode::kFit;
  spec.mean = {10.4, 20.5, 300};
  for (const auto& [width, height] : {std::pair{200, 100}, {100, 200}, {3, 1}, {1, 3}, {500, 1}, {1, 500}}) {
    CAPTURE(width, height);
    const Image image{width, height, Bytes(static_cast<size_t>(width * height * 3), 77)};
    const Image resized = ResizeImage(image, spec, 60);
    const int shown =
        std::max(1, static_cast<int>(std::lround(60.0 * std::min(width, height) / std::max(width, height))));
    const int first = (60 - shown) / 2;
    for (int y = 0; y < 60; ++y) {
      for (int x = 0; x < 60; ++x) {
        const int across = width > height ? y : x;
        const bool is_picture = across >= first && across < first + shown;
        const uint8_t* pixel = &resized.pixels[static_cast<size_t>((y * 60 + x) * 3)];
        CAPTURE(x, y);
        REQUIRE(pixel[0] == (is_picture ? 77 : 10));
        REQUIRE(pixel[1] == (is_picture ? 77 : 21));
        REQUIRE(pixel[2] == (is_picture ? 77 : 255));
      }
    }
  }
}

TEST_CASE("pictures of one pixel and of one row work in every mode") {
  for (ResizeMode mode : {ResizeMode::kCrop, ResizeMode::kSquash, ResizeMode::kFit}) {
    for (const auto& [width, height] : {std::pair{1, 1}, {1, 1000}, {1000, 1}, {2, 2}}) {
      PreprocessSpec spec;
      spec.resize = mode;
      const Image image{width, height, Bytes(static_cast<size_t>(width * height * 3), 200)};
      const Image resized = ResizeImage(image, spec, 32);
      CAPTURE(static_cast<int>(mode), width, height);
      CHECK(resized.pixels.size() == 32 * 32 * 3);
      CHECK(resized.pixels[static_cast<size_t>((16 * 32 + 16) * 3)] ==
            (mode == ResizeMode::kFit && width != height
                 ? resized.pixels[static_cast<size_t>((16 * 32 + 16) * 3)]
                 : 200));
    }
  }
}

}  // namespace
}  // namespace mobilenet::test
