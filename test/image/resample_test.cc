#include "src/image/resample.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "test/image/samples.h"
#include "test/support/catch.h"

namespace mobilenet::test {
namespace {

Image Resampled(const Image& image, const Box& box, int width, int height,
                Interpolation interpolation = Interpolation::kBilinear) {
  Image out{width, height, Bytes(static_cast<size_t>(width) * static_cast<size_t>(height) * 3)};
  Resample(image, box, interpolation, width, height, out.pixels.data(), static_cast<size_t>(width) * 3);
  return out;
}

Box Whole(const Image& image) {
  return {0, 0, static_cast<float>(image.width), static_cast<float>(image.height)};
}

double Triangle(double x) {
  return std::max(0.0, 1 - std::abs(x));
}

// Keys, Cubic convolution interpolation for digital image processing (1981), equation 15: a = -1/2.
double KeysCubic(double x) {
  const double s = std::abs(x);
  if (s < 1) return 1.5 * s * s * s - 2.5 * s * s + 1;
  if (s < 2) return -0.5 * s * s * s + 2.5 * s * s - 4 * s + 2;
  return 0;
}

// The same in floating point, in one step, straight from the definition: each output pixel is the mean of the
// input pixels under a filter as wide as the scale.
double Exact(const Image& image, const Box& box, Interpolation interpolation, int width, int height,
             int out_x, int out_y, int channel) {
  const auto filter = interpolation == Interpolation::kBilinear ? Triangle : KeysCubic;
  const double scale_x = static_cast<double>(box.right - box.left) / width;
  const double scale_y = static_cast<double>(box.bottom - box.top) / height;
  const double centre_x = box.left + (out_x + 0.5) * scale_x, centre_y = box.top + (out_y + 0.5) * scale_y;
  double sum = 0, weights = 0;
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      const double weight_x = filter((x + 0.5 - centre_x) / std::max(scale_x, 1.0));
      const double weight_y = filter((y + 0.5 - centre_y) / std::max(scale_y, 1.0));
      weights += weight_x * weight_y;
      sum += weight_x * weight_y * image.pixels[static_cast<size_t>((y * image.width + x) * 3 + channel)];
    }
  }
  return std::clamp(sum / weights, 0.0, 255.0);
}

TEST_CASE("resampling is within one step of the exact mean under the filter") {
  constexpr unsigned kSeed = 99;
  std::minstd_rand random(kSeed);
  const auto below = [&](int limit) { return static_cast<int>(random() % static_cast<unsigned>(limit)); };
  for (int i = 0; i < 150; ++i) {
    const int limit = i % 3 == 0 ? 4 : 50;
    Image image = NoisyGradient(1 + below(limit), 1 + below(limit), static_cast<unsigned>(i + 1));
    const Interpolation interpolation = i % 5 < 3 ? Interpolation::kBilinear : Interpolation::kBicubic;
    if (interpolation == Interpolation::kBicubic) {
      // The cubic overshoots; values beyond 0...255 are clamped between the passes, which this oracle doesn't
      // do.
      for (uint8_t& value : image.pixels) value = static_cast<uint8_t>(64 + value / 2);
    }
    const int width = 1 + below(limit), height = 1 + below(limit);
    Box box = Whole(image);
    if (i % 2 == 0) {  // some part of it, not on whole pixels
      box.left = static_cast<float>(below(100)) / 250 * box.right;
      box.bottom *= 0.5f + static_cast<float>(below(100)) / 250;
    }
    const Image out = Resampled(image, box, width, height, interpolation);
    double largest = 0;
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        for (int c = 0; c < 3; ++c) {
          const double exact = Exact(image, box, interpolation, width, height, x, y, c);
          largest =
              std::max(largest, std::abs(exact - out.pixels[static_cast<size_t>((y * width + x) * 3 + c)]));
        }
      }
    }
    CAPTURE(kSeed, i, image.width, image.height, width, height, static_cast<int>(interpolation));
    // Rounded to a whole number twice. The first time, a triangle averages the error and does not enlarge it;
    // the absolute values of the cubic's weights, of both signs, add up to at most 1.25.
    CHECK(largest <= (interpolation == Interpolation::kBilinear ? 1.01 : 1.135));
  }
}

TEST_CASE("resampling gives Pillow's bytes") {
  // Image.fromarray(a).resize(size, Image.Resampling.BILINEAR, box=box) of Pillow 13.0, where
  // a[y, x, c] = (x * x * 7 + y * 13 + c * 50 + x * y) % 256.
  const auto picture = [](int width, int height) {
    Image image{width, height, {}};
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        for (int c = 0; c < 3; ++c)
          image.pixels.push_back(static_cast<uint8_t>((x * x * 7 + y * 13 + c * 50 + x * y) % 256));
      }
    }
    return image;
  };
  CHECK(Resampled(picture(10, 8), {0, 0, 10, 8}, 3, 2).pixels ==
        Bytes{52, 102, 148, 131, 138, 136, 138, 118, 136, 99, 143, 170, 137, 129, 118, 129, 126, 119});
  CHECK(Resampled(picture(5, 30), {0.5f, 2.25f, 4.75f, 29}, 3, 3).pixels ==
        Bytes{94,  143, 161, 129, 150, 144, 152, 130, 108, 154, 123, 90,  133, 101,
              113, 117, 126, 142, 90,  121, 159, 131, 149, 138, 144, 114, 104});
  CHECK(Resampled(picture(3, 2), {0, 0, 3, 2}, 4, 3).pixels ==
        Bytes{0,  50, 100, 4,  54, 104, 15, 65, 115, 28, 78, 128, 7,  57, 107, 11, 61, 111,
              22, 72, 122, 36, 86, 136, 13, 63, 113, 18, 68, 118, 29, 79, 129, 43, 93, 143});
  CHECK(Resampled(picture(17, 12), {1.5f, 0.25f, 15.5f, 11.75f}, 2, 2).pixels ==
        Bytes{119, 127, 135, 127, 126, 132, 132, 133, 130, 126, 124, 125});

  constexpr Interpolation kBicubic = Interpolation::kBicubic;
  CHECK(Resampled(picture(10, 8), {0, 0, 10, 8}, 3, 2, kBicubic).pixels ==
        Bytes{43, 97, 148, 135, 140, 135, 137, 119, 140, 100, 147, 175, 139, 128, 115, 131, 126, 118});
  CHECK(Resampled(picture(5, 30), {0.5f, 2.25f, 4.75f, 29}, 3, 3, kBicubic).pixels ==
        Bytes{90,  145, 168, 133, 156, 144, 155, 129, 104, 163, 125, 80,  131, 92,
              111, 113, 127, 145, 81,  118, 166, 134, 157, 141, 148, 112, 100});
  CHECK(Resampled(picture(3, 2), {0, 0, 3, 2}, 4, 3, kBicubic).pixels ==
        Bytes{0,  49, 99,  2,  52, 102, 14, 64, 114, 28, 78, 128, 7,  57, 107, 10, 60, 110,
              23, 73, 123, 37, 87, 137, 14, 64, 114, 17, 67, 117, 31, 81, 131, 45, 95, 145});
  CHECK(Resampled(picture(17, 12), {1.5f, 0.25f, 15.5f, 11.75f}, 2, 2, kBicubic).pixels ==
        Bytes{117, 126, 137, 129, 127, 130, 135, 135, 129, 125, 123, 124});
}

TEST_CASE("a picture of the right size comes out byte for byte") {
  const Image image = NoisyGradient(31, 17);
  for (Interpolation interpolation : {Interpolation::kBilinear, Interpolation::kBicubic}) {
    CHECK(Resampled(image, Whole(image), 31, 17, interpolation).pixels == image.pixels);
  }
}

TEST_CASE("one colour stays one colour at every scale") {
  for (const auto& [width, height] :
       {std::pair{1, 1}, {1, 300}, {300, 1}, {2, 3}, {1000, 700}, {50000, 2}, {3, 20000}}) {
    for (uint8_t value : {uint8_t{0}, uint8_t{1}, uint8_t{200}, uint8_t{255}}) {
      const Image image{width, height,
                        Bytes(static_cast<size_t>(width) * static_cast<size_t>(height) * 3, value)};
      for (const auto& [out_width, out_height] : {std::pair{1, 1}, {32, 32}, {7, 50}}) {
        const Image out = Resampled(image, Whole(image), out_width, out_height,
                                    out_width == 7 ? Interpolation::kBicubic : Interpolation::kBilinear);
        const auto [least, most] = std::minmax_element(out.pixels.begin(), out.pixels.end());
        CAPTURE(width, height, out_width, out_height, int{value});
        // A run of 3125 weights of 22 bits may be off by 3125 / 2 of 2^22 steps: a tenth of one of 255.
        CHECK(std::abs(*least - value) <= 1);
        CHECK(std::abs(*most - value) <= 1);
      }
    }
  }
}

TEST_CASE("rows of the output may be apart") {
  const Image image = NoisyGradient(20, 20);
  const Image packed = Resampled(image, Whole(image), 5, 4);
  constexpr size_t kRowBytes = 40;
  Bytes apart(4 * kRowBytes, 99);
  Resample(image, Whole(image), Interpolation::kBilinear, 5, 4, apart.data(), kRowBytes);
  for (size_t y = 0; y < 4; ++y) {
    CHECK(std::equal(apart.begin() + static_cast<ptrdiff_t>(y * kRowBytes),
                     apart.begin() + static_cast<ptrdiff_t>(y * kRowBytes + 15),
                     packed.pixels.begin() + static_cast<ptrdiff_t>(y * 15)));
    CHECK(apart[y * kRowBytes + 15] == 99);
    CHECK(apart[y * kRowBytes + kRowBytes - 1] == 99);
  }
}

}  // namespace
}  // namespace mobilenet::test
