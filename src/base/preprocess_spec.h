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

struct PreprocessSpec {
  ResizeMode resize = ResizeMode::kCrop;
  double crop_fraction = 0.875;
  // real value = (pixel - mean) / std, for each of R, G, B, pixel in 0...255
  std::array<double, 3> mean = {127.5, 127.5, 127.5};
  std::array<double, 3> std = {127.5, 127.5, 127.5};
};

}  // namespace mobilenet
