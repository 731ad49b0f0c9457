#include "test/image/samples.h"

#include <algorithm>
#include <cstdlib>
#include <random>

namespace mobilenet::test {

Image NoisyGradient(int width, int height, unsigned seed) {
  Image image{width, height, {}};
  std::minstd_rand random(seed);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int base : {255 * x / width, 255 * y / height, 255 - 255 * x / width}) {
        const int noise = static_cast<int>(random() % 17) - 8;
        image.pixels.push_back(static_cast<uint8_t>(std::clamp(base + noise, 0, 255)));
      }
    }
  }
  return image;
}

Image ColouredFields(int width, int height) {
  Image image{width, height, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const int column = 4 * x / width, row = 4 * y / height;
      image.pixels.push_back(static_cast<uint8_t>(20 + 70 * column));
      image.pixels.push_back(static_cast<uint8_t>(230 - 60 * row));
      image.pixels.push_back(static_cast<uint8_t>(30 + 20 * (column * row)));
    }
  }
  return image;
}

int LargestDifference(const Image& a, const Image& b) {
  if (a.width != b.width || a.height != b.height || a.pixels.size() != b.pixels.size()) return 256;
  int largest = 0;
  for (size_t i = 0; i < a.pixels.size(); ++i)
    largest = std::max(largest, std::abs(a.pixels[i] - b.pixels[i]));
  return largest;
}

std::vector<SampleFile> SampleFiles() {
  const Image fields = ColouredFields(40, 32);
  const Image noise = NoisyGradient(19, 13);  // not a multiple of anything
  std::vector<int> samples(noise.pixels.begin(), noise.pixels.end());
  std::vector<int> samples_16_bits;
  for (int sample : samples) samples_16_bits.push_back(sample * 256 + 77);

  std::vector<SampleFile> files;
  const auto add = [&](const std::string& name, const Bytes& bytes, const Image& picture, int tolerance = 0) {
    files.push_back({name, bytes, picture, tolerance});
  };
  constexpr int kJpegTolerance = 40;  // at the fields' edges
  JpegOptions jpeg;
  add("baseline.jpg", EncodeJpeg(fields, jpeg), fields, kJpegTolerance);
  jpeg.is_progressive = true;
  jpeg.app1 = ExifWithOrientation(1);
  add("progressive.jpg", EncodeJpeg(fields, jpeg), fields, kJpegTolerance);
  add("deflated.png", WritePng(noise), noise);
  add("interlaced.png", EncodePng(noise.width, noise.height, samples, {.is_interlaced = true}), noise);
  add("16_bits.png", EncodePng(noise.width, noise.height, samples_16_bits, {.depth_bits = 16}), noise);
  add("24_bits.bmp", EncodeBmp(noise, {}), noise);
  add("32_bits.bmp", EncodeBmp(noise, {.pixel_bits = 32, .is_top_down = true}), noise);
  add("animated.gif", EncodeGif(fields), fields);
  add("plain.tga", WriteTga(noise, false), noise);
  add("runs.tga", WriteTga(fields, true), fields);
  add("plain.psd", EncodePsd(noise, false), noise);
  add("runs.psd", EncodePsd(noise, true), noise);
  constexpr int kHdrTolerance = 25;  // the channels share an exponent
  add("runs.hdr", WriteHdr(fields), fields, kHdrTolerance);
  add("runs.pic", EncodePic(noise), noise);
  add("binary.ppm", EncodePpm(noise), noise);
  add("lossless.webp", EncodeWebp(noise.width, noise.height, WithAlpha(noise.pixels, 255), true), noise);
  constexpr int kWebpTolerance = 60;  // as JPEG's, with chroma at half the size
  add("lossy.webp", EncodeWebp(fields.width, fields.height, WithAlpha(fields.pixels, 255), false), fields,
      kWebpTolerance);
  constexpr int kLzw = 5;
  add("strips.tif",
      EncodeTiff({.width = noise.width, .height = noise.height, .compression = kLzw}, noise.pixels), noise);
  add("tiles.tif", EncodeTiff({.width = noise.width, .height = noise.height, .tile_side = 16}, noise.pixels),
      noise);
  return files;
}

}  // namespace mobilenet::test
