// How a photograph becomes a network's input tensor, as the model file specifies it (mobilenet.preprocess).
#pragma once

#include <array>

namespace mobilenet {

// How the picture is brought to resolution x resolution.
enum class ResizeMode {
  kCrop,    // the central square, whose side is crop_fraction x the short side
  kSquash,  // the whole picture, without keeping its aspect ratio
  kFit,     // the whole picture with its aspect ratio, the rest filled with the mean
};

// The filter of the resize. Both are antialiased: they widen with the scale when the picture is shrunk.
enum class Interpolation {
  kBilinear,  // a triangle that reaches one output pixel to each side
  kBicubic,   // Keys' cubic with a = -0.5, which reaches two
};

// kGrey: one channel, the luma of ITU-R BT.601.
enum class ColorOrder { kRgb, kBgr, kGrey };

struct PreprocessSpec {
  ResizeMode resize = ResizeMode::kCrop;
  double crop_fraction = 0.875;
  Interpolation interpolation = Interpolation::kBilinear;
  ColorOrder color = ColorOrder::kRgb;  // the order of the input tensor's channels
  // real value = (pixel - mean) / std per channel in that order, with pixels in 0...255; grey uses the first
  std::array<double, 3> mean = {127.5, 127.5, 127.5};
  std::array<double, 3> std = {127.5, 127.5, 127.5};

  int channels() const { return color == ColorOrder::kGrey ? 1 : 3; }
};

// A part of what the network would see of a photograph, used instead of all of it: a square of `side` times
// the width and height, this far from the top left corner; optionally mirrored.
struct View {
  double left = 0;
  double top = 0;
  double side = 1;  // left + side and top + side are at most 1
  bool is_mirrored = false;

  bool operator==(const View&) const = default;
};

}  // namespace mobilenet
