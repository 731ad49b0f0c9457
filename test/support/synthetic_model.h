// Model files with random weights, for tests of everything that needs a model: complete and plausible, and
// the same bytes for the same options on every machine.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "src/weights/model_file.h"
#include "test/support/safetensors_contents.h"

namespace mobilenet::test {

struct SyntheticModelOptions {
  double width_multiplier = 0.25;
  int resolution = 32;  // pixels, a multiple of 32
  int classes = 10;     // their labels: "class 0", "class 1", ...
  WeightQuantization quantization = WeightQuantization::kNone;
  uint32_t seed = 1;
  std::string architecture = "mobilenet_v1";
  std::string layers = {};  // of one's own network, as in models/layer_list.h
  // For networks with ReLU and many layers. Otherwise their seeded weights would make more of every
  // difference from layer to layer, of noise as well, which trained ones do not. Biases of about one standard
  // deviation keep five of six units at work, so that a difference stays about as large as it is.
  bool is_deep = false;
};

// A network whose feature maps use the range of ReLU6 on every layer and whose logits differ between classes
// and between pictures. The quantised variants hold the same real weights, rounded.
SafetensorsContents SyntheticModel(const SyntheticModelOptions& options);

// The same with a checksum, written to a file. Returns the path as a string.
std::string WriteSyntheticModel(const std::filesystem::path& path, const SyntheticModelOptions& options);

}  // namespace mobilenet::test
