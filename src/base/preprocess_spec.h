// How a photograph becomes a network's input tensor, as the model file says it (mobilenet.preprocess).
#pragma once

#include <array>

namespace mobilenet {

// What happens to the picture's shape on its way to resolution x resolution.
enum class ResizeMode {
  kCrop,    // the central square of crop_fraction x the short side
  kSquash,  // the whole picture, its aspect ratio not kept
  kFit,     // the whole picture, its aspect ratio kept, the rest filled with the mean
};

// The filter of the resize. Both are antialiased: they widen with the scale where the picture shrinks.
enum class Interpolation {
  kBilinear,  // a triangle, which reaches one output pixel to each side
  kBicubic,   // Keys' cubic with a = -0.5, which reaches two
};

// kGrey: one channel, the luma of ITU-R BT.601.
enum class ColorOrder { kRgb, kBgr, kGrey };

struct PreprocessSpec {
  ResizeMode resize = ResizeMode::kCrop;
  double crop_fraction = 0.875;
  Interpolation interpolation = Interpolation::kBilinear;
  ColorOrder color = ColorOrder::kRgb;  // of the input tensor's channels
  // real value = (pixel - mean) / std, for each channel in that order, pixel in 0...255; of grey the first
  std::array<double, 3> mean = {127.5, 127.5, 127.5};
  std::array<double, 3> std = {127.5, 127.5, 127.5};

  int channels() const { return color == ColorOrder::kGrey ? 1 : 3; }
};

// A part of what the network sees of a photograph, in place of all of it: a square of `side` times the width
// and height, from that far below the top left corner; perhaps as in a mirror.
struct View {
  double left = 0;
  double top = 0;
  double side = 1;  // left + side and top + side are 1 at the most
  bool is_mirrored = false;

  bool operator==(const View&) const = default;
};

}  // namespace mobilenet
