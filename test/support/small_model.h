// A small seeded model on disk and a small picture, for tests of the program that don't need real weights.
#pragma once

#include <string>
#include <vector>

#include "test/support/files.h"
#include "test/support/run_command.h"
#include "test/support/synthetic_model.h"
#include "test/support/under_test.h"

namespace mobilenet::test {

// The --backend values of this build.
inline std::vector<std::string> BackendNames() {
  if (!HasXnnpack()) return {"auto", "native"};
  return {"auto", "xnnpack", "native"};
}

class SmallModel {
 public:
  explicit SmallModel(WeightQuantization quantization = WeightQuantization::kS8PerChannel) {
    WriteSyntheticModel(
        model(),
        {.width_multiplier = 0.25, .resolution = 32, .classes = 10, .quantization = quantization, .seed = 1});
    WriteFileBytes(picture(), GradientPpm(40, 30));
  }

  std::string model() const { return folder_ / "small.safetensors"; }
  std::string picture() const { return folder_ / "gradient.ppm"; }
  // The path of NAME in the same temporary folder.
  std::string operator/(const std::string& name) const { return folder_ / name; }

  // A binary PPM whose pixels all differ from their neighbours.
  static std::string GradientPpm(int width, int height) {
    std::string bytes = "P6\n" + std::to_string(width) + " " + std::to_string(height) + "\n255\n";
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        bytes += static_cast<char>(x * 255 / width);
        bytes += static_cast<char>(y * 255 / height);
        bytes += static_cast<char>((x * 7 + y * 13) % 256);
      }
    }
    return bytes;
  }

 private:
  TemporaryFolder folder_;
};

}  // namespace mobilenet::test
