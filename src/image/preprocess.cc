#include "src/image/preprocess.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <limits>
#include <utility>

#include "kernels/common/half.h"
#include "src/image/resample.h"

namespace mobilenet {
namespace {

Placement PlacementOf(const Image& image) {
  return image.placement.value_or(Placement{image.width, image.height});
}

// The part of the picture as a part of the image, which was decoded for this purpose.
Box InImage(const Placement& placement, double left, double top, double right, double bottom) {
  const double scale = placement.scale;
  return {static_cast<float>(left * scale - placement.left), static_cast<float>(top * scale - placement.top),
          static_cast<float>(right * scale - placement.left),
          static_cast<float>(bottom * scale - placement.top)};
}

Box WholePicture(const Placement& placement) {
  return InImage(placement, 0, 0, placement.width, placement.height);
}

Box CentralSquare(const Placement& placement, double crop_fraction) {
  const double side = crop_fraction * std::min(placement.width, placement.height);
  const double left = (placement.width - side) / 2;
  const double top = (placement.height - side) / 2;
  return InImage(placement, left, top, left + side, top + side);
}

Box Viewed(const Box& box, const View& view) {
  if (view == View{}) return box;
  const auto part = [](float low, float high, double begin, double size) {
    const double length = static_cast<double>(high) - static_cast<double>(low);
    const double first = static_cast<double>(low) + begin * length;
    return std::pair(static_cast<float>(first), static_cast<float>(first + size * length));
  };
  const auto [left, right] = part(box.left, box.right, view.left, view.side);
  const auto [top, bottom] = part(box.top, box.bottom, view.top, view.side);
  return {left, top, right, bottom};
}

void Mirror(Image& image) {
  const auto width = static_cast<size_t>(image.width);
  for (size_t y = 0; y < static_cast<size_t>(image.height); ++y) {
    uint8_t* const row = image.pixels.data() + y * width * 3;
    for (size_t left = 0, right = width - 1; left < right; ++left, --right) {
      std::swap_ranges(row + left * 3, row + left * 3 + 3, row + right * 3);
    }
  }
}

// The input tensor's channel that gets the picture's `color` (0...2: red, green, blue).
size_t ChannelOf(const PreprocessSpec& spec, size_t color) {
  switch (spec.color) {
    case ColorOrder::kRgb:
      return color;
    case ColorOrder::kBgr:
      return 2 - color;
    case ColorOrder::kGrey:
      break;
  }
  return 0;
}

// 0.299 red + 0.587 green + 0.114 blue, with Pillow's 16-bit factors: grey stays what it is.
uint8_t Luma(const uint8_t* pixel) {
  return static_cast<uint8_t>((19595u * pixel[0] + 38470u * pixel[1] + 7471u * pixel[2] + 0x8000u) >> 16);
}

void FillWithMean(Image& image, const PreprocessSpec& spec) {
  for (size_t i = 0; i < image.pixels.size(); ++i) {
    const double mean = spec.mean[ChannelOf(spec, i % 3)];
    image.pixels[i] = static_cast<uint8_t>(std::lround(std::clamp(mean, 0.0, 255.0)));
  }
}

// The input tensor's value for each 8-bit value of each channel.
template <typename T>
using Table = std::array<std::array<T, 256>, 3>;  // [channel, pixel]

double RealValue(const PreprocessSpec& spec, size_t channel, size_t pixel) {
  return (static_cast<double>(pixel) - spec.mean[channel]) / spec.std[channel];
}

Table<float> MakeTable(const PreprocessSpec& spec) {
  Table<float> table;
  for (size_t c = 0; c < 3; ++c) {
    for (size_t pixel = 0; pixel < 256; ++pixel)
      table[c][pixel] = static_cast<float>(RealValue(spec, c, pixel));
  }
  return table;
}

Table<Half> MakeHalfTable(const PreprocessSpec& spec) {
  const Table<float> floats = MakeTable(spec);
  Table<Half> table;
  for (size_t c = 0; c < 3; ++c) {
    std::transform(floats[c].begin(), floats[c].end(), table[c].begin(), [](float x) { return Half(x); });
  }
  return table;
}

template <typename T>
Table<T> MakeTable(const PreprocessSpec& spec, const Quantization& quantization) {
  Table<T> table;
  for (size_t c = 0; c < 3; ++c) {
    for (size_t pixel = 0; pixel < 256; ++pixel) {
      const double steps = RealValue(spec, c, pixel) / static_cast<double>(quantization.scale);
      const double value = std::round(steps) + quantization.zero_point;
      table[c][pixel] = static_cast<T>(
          std::clamp<double>(value, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
    }
  }
  return table;
}

template <typename T>
void LookUp(const Image& image, const PreprocessSpec& spec, const Table<T>& table, void* input) {
  T* to = static_cast<T*>(input);
  const uint8_t* from = image.pixels.data();
  const uint8_t* const end = from + image.pixels.size();
  if (spec.color == ColorOrder::kGrey) {
    for (; from != end; from += 3) *to++ = table[0][Luma(from)];
    return;
  }
  const size_t red = ChannelOf(spec, 0), blue = ChannelOf(spec, 2);
  for (; from != end; from += 3, to += 3) {
    to[red] = table[red][from[0]];
    to[1] = table[1][from[1]];
    to[blue] = table[blue][from[2]];
  }
}

}  // namespace

Image ResizeImage(const Image& image, const PreprocessSpec& spec, int resolution, const View& view) {
  assert(image.width > 0 && image.height > 0 && resolution > 0);
  const Placement picture = PlacementOf(image);
  Image resized{resolution, resolution, {}};
  const size_t row_bytes = static_cast<size_t>(resolution) * 3;
  resized.pixels.resize(row_bytes * static_cast<size_t>(resolution));
  switch (spec.resize) {
    case ResizeMode::kCrop:
      Resample(image, Viewed(CentralSquare(picture, spec.crop_fraction), view), spec.interpolation,
               resolution, resolution, resized.pixels.data(), row_bytes);
      break;
    case ResizeMode::kSquash:
      if (view == View{} && !image.placement && image.width == resolution && image.height == resolution)
        return image;
      Resample(image, Viewed(WholePicture(picture), view), spec.interpolation, resolution, resolution,
               resized.pixels.data(), row_bytes);
      break;
    case ResizeMode::kFit: {
      const double shrink = static_cast<double>(resolution) / std::max(picture.width, picture.height);
      const int width = std::max(1, static_cast<int>(std::lround(picture.width * shrink)));
      const int height = std::max(1, static_cast<int>(std::lround(picture.height * shrink)));
      FillWithMean(resized, spec);
      const size_t left = static_cast<size_t>((resolution - width) / 2);
      const size_t top = static_cast<size_t>((resolution - height) / 2);
      Resample(image, Viewed(WholePicture(picture), view), spec.interpolation, width, height,
               resized.pixels.data() + top * row_bytes + left * 3, row_bytes);
      break;
    }
  }
  if (view.is_mirrored) Mirror(resized);
  return resized;
}

void PreprocessImage(const Image& image, const PreprocessSpec& spec, int resolution, DataType type,
                     const Quantization& quantization, void* input, const View& view) {
  const Image resized = ResizeImage(image, spec, resolution, view);
  switch (type) {
    case DataType::kF32:
      return LookUp(resized, spec, MakeTable(spec), input);
    case DataType::kF16:
      return LookUp(resized, spec, MakeHalfTable(spec), input);
    case DataType::kU8:
      return LookUp(resized, spec, MakeTable<uint8_t>(spec, quantization), input);
    case DataType::kS8:
      return LookUp(resized, spec, MakeTable<int8_t>(spec, quantization), input);
    case DataType::kS32:
      break;
  }
  assert(false && "input tensors are f32, f16, u8 or s8");
}

}  // namespace mobilenet
