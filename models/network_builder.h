// How networks are written down: each call adds a layer, infers its shape, resolves its padding, and returns
// the value it writes, which later layers can read. Everything is checked, since the calls may come from a
// file; no memory is allocated for weights or feature maps.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/network.h"

namespace mobilenet {

// The limits for a network: anything larger is a mistake, or too large for this program's machines.
inline constexpr size_t kMaxLayers = 4096;
inline constexpr int kMaxKernel = 64;                                      // rows or columns of a window
inline constexpr int kMaxStride = 16;                                      //
inline constexpr int64_t kMaxFeatureMapElements = int64_t{1} << 28;        // 1 GB in f32
inline constexpr int64_t kMaxWeights = (int64_t{1} << 31) - 1;             // of one layer
inline constexpr int64_t kMaxMultAdds = int64_t{1000} * 1000'000'000'000;  // of all
inline constexpr size_t kMaxLayerName = 100;                               // characters
inline constexpr int kMaxLrnSize = 1024;                                   // channels
// Local response normalisation: within these limits its divisor stays far from what a float cannot hold.
inline constexpr float kMaxLrnAlpha = 1000;
inline constexpr float kMaxLrnBeta = 4;
inline constexpr float kMinLrnK = 0.001f;
inline constexpr float kMaxLrnK = 1000;

// A window before its padding is resolved.
struct WindowSpec {
  int kernel_height = 1;
  int kernel_width = 1;
  int stride = 1;
  std::optional<Padding> padding = std::nullopt;  // none: TensorFlow's SAME
};

inline WindowSpec Square(int kernel, int stride = 1) {
  return {kernel, kernel, stride};
}

// A square window with `padding` on every side.
inline WindowSpec Padded(int kernel, int stride, int padding) {
  return {kernel, kernel, stride, Padding{padding, padding, padding, padding}};
}

// The same on an input of that shape, with the extra rows and columns at the bottom and right that the last
// window needs in Caffe's and torch's ceil mode, in which outputs that lie partly inside count.
WindowSpec CeilMode(const Shape& input, int kernel, int stride, int padding = 0);

// Every call throws Error, "NAME: what is wrong (what would be right)", for values that no layer wrote,
// shapes that do not fit, names that exist already, and anything beyond the limits above.
class NetworkBuilder {
 public:
  static constexpr Value kInput = 0;

  // The input's {height, width, channels}.
  explicit NetworkBuilder(Shape input);

  Value Conv(std::string name, Value input, int64_t channels, const WindowSpec& window, Activation activation,
             int groups = 1);
  Value Depthwise(std::string name, Value input, const WindowSpec& window, Activation activation);
  Value MaxPool(std::string name, Value input, const WindowSpec& window);
  Value AvgPool(std::string name, Value input, const WindowSpec& window);
  Value Lrn(std::string name, Value input, const mobilenet::Lrn& lrn);
  Value Add(std::string name, Value a, Value b, Activation activation = Activation::kNone);
  Value Concat(std::string name, std::vector<Value> inputs);
  Value GlobalAvgPool(std::string name, Value input);
  Value FullyConnected(std::string name, Value input, int64_t channels,
                       Activation activation = Activation::kNone);
  // The last layer: one of these two.
  Value Softmax(std::string name, Value input);
  Value Sigmoid(std::string name, Value input);

  const Shape& ShapeOf(Value value) const { return shapes_.at(value); }

  // All layers so far; the last must be a softmax or a sigmoid, and each value must be read. The caller sets
  // architecture and size, except for the classes.
  Network Build();

 private:
  Value AddLayer(Layer layer);
  template <typename Pool>
  Value AddPool(std::string name, Value input, const WindowSpec& spec);
  Value AddScores(std::string name, Operator op, Value input);
  void CheckName(const std::string& name) const;
  const Shape& InputShape(const std::string& name, Value value) const;

  std::vector<Shape> shapes_;  // of each value
  std::vector<Layer> layers_;
  int64_t mult_adds_ = 0;
};

}  // namespace mobilenet
