#include "models/network_builder.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "src/base/error.h"

namespace mobilenet {
namespace {

// The product, or -1 if an extent is below 1 or the product above `limit`.
int64_t LimitedProduct(const Shape& shape, int64_t limit) {
  int64_t product = 1;
  for (const int64_t extent : shape) {
    if (extent < 1 || extent > limit / product) return -1;
    product *= extent;
  }
  return product;
}

void CheckFeatureMap(const std::string& name, const Shape& shape) {
  if (LimitedProduct(shape, kMaxFeatureMapElements) < 0) {
    Fail(name, ": writes ", ShapeText(shape), " (extents of 1 and more, at most ", kMaxFeatureMapElements,
         " elements)");
  }
}

void CheckRange(const std::string& name, const char* what, int64_t value, int64_t min, int64_t max) {
  if (value < min || value > max) Fail(name, ": ", what, " ", value, " (", min, "...", max, ")");
}

// Padding on both sides of `size` rows (columns), and the number of outputs.
struct Resolved {
  int begin;
  int end;
  int64_t outputs;
};

Resolved ResolveSame(int64_t size, int kernel, int stride) {
  const int padding = SamePadding(size, kernel, stride);
  return {padding / 2, padding - padding / 2, (size + stride - 1) / stride};
}

Resolved ResolveExplicit(const std::string& name, const char* what, int64_t size, int kernel, int stride,
                         int begin, int end) {
  CheckRange(name, "padding", begin, 0, kernel - 1);
  CheckRange(name, "padding", end, 0, kernel - 1);
  const int64_t padded = size + begin + end;
  if (padded < kernel) {
    Fail(name, ": a kernel of ", kernel, " ", what, " on ", padded,
         ", padding included (the kernel must fit)");
  }
  return {begin, end, (padded - kernel) / stride + 1};
}

// The window with its padding, and {OH, OW}.
std::pair<Window, Shape> Resolve(const std::string& name, const WindowSpec& spec, const Shape& input) {
  CheckRange(name, "kernel height", spec.kernel_height, 1, kMaxKernel);
  CheckRange(name, "kernel width", spec.kernel_width, 1, kMaxKernel);
  CheckRange(name, "stride", spec.stride, 1, kMaxStride);
  Resolved rows;
  Resolved columns;
  if (const auto& padding = spec.padding) {
    rows = ResolveExplicit(name, "rows", input[0], spec.kernel_height, spec.stride, padding->top,
                           padding->bottom);
    columns = ResolveExplicit(name, "columns", input[1], spec.kernel_width, spec.stride, padding->left,
                              padding->right);
  } else {
    rows = ResolveSame(input[0], spec.kernel_height, spec.stride);
    columns = ResolveSame(input[1], spec.kernel_width, spec.stride);
  }
  const Window window = {
      spec.kernel_height, spec.kernel_width, spec.stride, {rows.begin, rows.end, columns.begin, columns.end}};
  return {window, {rows.outputs, columns.outputs}};
}

// Written so that NaN fails, too.
void CheckNumber(const std::string& name, const char* what, float value, float min, float max) {
  if (!(value >= min && value <= max)) Fail(name, ": ", what, " ", value, " (", min, "...", max, ")");
}

// Rows (columns) needed after `size` of them.
int CeilModePadding(int64_t size, int kernel, int stride, int padding) {
  const int64_t beyond_first = std::max<int64_t>(size + 2 * padding - kernel, 0);
  int64_t last = (beyond_first + stride - 1) / stride;  // the last window's index
  if (last * stride >= size + padding) --last;          // it would begin in the padding
  return static_cast<int>(std::max<int64_t>(last * stride + kernel - size - padding, 0));
}

bool IsNameCharacter(char c) {
  constexpr std::string_view kOthers = "_.-/";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         kOthers.find(c) != kOthers.npos;
}

}  // namespace

WindowSpec CeilMode(const Shape& input, int kernel, int stride, int padding) {
  return {kernel, kernel, stride,
          Padding{padding, CeilModePadding(input[0], kernel, stride, padding), padding,
                  CeilModePadding(input[1], kernel, stride, padding)}};
}

NetworkBuilder::NetworkBuilder(Shape input) {
  CheckFeatureMap("input", input);
  shapes_.push_back(std::move(input));
}

// Names come from files and go to terminals, tables and other files.
void NetworkBuilder::CheckName(const std::string& name) const {
  if (name.empty() || name.size() > kMaxLayerName ||
      !std::all_of(name.begin(), name.end(), IsNameCharacter)) {
    Fail("layer ", layers_.size(), ": its name is not one to ", kMaxLayerName,
         " letters, digits and _.-/ (\"block_1.expand\")");
  }
  if (name == "input")
    Fail("layer ", layers_.size(), ": its name is input (which stands for the network's input)");
}

const Shape& NetworkBuilder::InputShape(const std::string& name, Value value) const {
  CheckName(name);
  if (value >= shapes_.size()) {
    Fail(name, ": reads value ", value, ", which no earlier layer writes (0...", shapes_.size() - 1, ")");
  }
  return shapes_[value];
}

Value NetworkBuilder::AddLayer(Layer layer) {
  const std::string& name = layer.name;
  if (layers_.size() == kMaxLayers) Fail(name, ": more than ", kMaxLayers, " layers");
  layer.input = InputShape(name, layer.inputs[0]);
  CheckFeatureMap(name, layer.output);
  if (const Shape weights = WeightsShape(layer); !weights.empty()) {
    const int64_t count = LimitedProduct(weights, kMaxWeights);
    if (count < 0) {
      Fail(name, ": weights ", ShapeText(weights), " (at most ", kMaxWeights, " in a layer)");
    }
    // Both factors are below 2^31.
    if (count * layer.output[0] * layer.output[1] > kMaxMultAdds - mult_adds_) {
      Fail(name, ": more than ", kMaxMultAdds, " mult-adds up to here");
    }
    mult_adds_ += MultAdds(layer);
  }
  shapes_.push_back(layer.output);
  layers_.push_back(std::move(layer));
  return layers_.size();
}

Value NetworkBuilder::Conv(std::string name, Value input, int64_t channels, const WindowSpec& spec,
                           Activation activation, int groups) {
  const Shape& shape = InputShape(name, input);
  const auto [window, size] = Resolve(name, spec, shape);
  CheckRange(name, "groups", groups, 1, shape[2]);
  if (shape[2] % groups != 0 || channels % groups != 0) {
    Fail(name, ": ", groups, " groups of ", shape[2], " to ", channels,
         " channels (their number must divide both)");
  }
  return AddLayer({std::move(name),
                   mobilenet::Conv{window, groups},
                   activation,
                   {},
                   {size[0], size[1], channels},
                   {input}});
}

Value NetworkBuilder::Depthwise(std::string name, Value input, const WindowSpec& spec,
                                Activation activation) {
  const Shape& shape = InputShape(name, input);
  const auto [window, size] = Resolve(name, spec, shape);
  return AddLayer(
      {std::move(name), mobilenet::Depthwise{window}, activation, {}, {size[0], size[1], shape[2]}, {input}});
}

template <typename Pool>
Value NetworkBuilder::AddPool(std::string name, Value input, const WindowSpec& spec) {
  const Shape& shape = InputShape(name, input);
  const auto [window, size] = Resolve(name, spec, shape);
  return AddLayer(
      {std::move(name), Pool{window}, Activation::kNone, {}, {size[0], size[1], shape[2]}, {input}});
}

Value NetworkBuilder::MaxPool(std::string name, Value input, const WindowSpec& window) {
  return AddPool<mobilenet::MaxPool>(std::move(name), input, window);
}

Value NetworkBuilder::AvgPool(std::string name, Value input, const WindowSpec& window) {
  return AddPool<mobilenet::AvgPool>(std::move(name), input, window);
}

Value NetworkBuilder::Lrn(std::string name, Value input, const mobilenet::Lrn& lrn) {
  Shape shape = InputShape(name, input);
  CheckRange(name, "size", lrn.size, 1, kMaxLrnSize);
  CheckNumber(name, "alpha", lrn.alpha, 0, kMaxLrnAlpha);
  CheckNumber(name, "beta", lrn.beta, 0, kMaxLrnBeta);
  CheckNumber(name, "k", lrn.k, kMinLrnK, kMaxLrnK);
  return AddLayer({std::move(name), lrn, Activation::kNone, {}, std::move(shape), {input}});
}

Value NetworkBuilder::Add(std::string name, Value a, Value b, Activation activation) {
  const Shape& shape = InputShape(name, a);
  if (const Shape& other = InputShape(name, b); other != shape) {
    Fail(name, ": adds ", ShapeText(shape), " and ", ShapeText(other),
         " (two values of the same shape are needed)");
  }
  return AddLayer({std::move(name), mobilenet::Add{}, activation, {}, shape, {a, b}});
}

Value NetworkBuilder::Concat(std::string name, std::vector<Value> inputs) {
  CheckName(name);
  if (inputs.size() < 2) Fail(name, ": concatenates ", inputs.size(), " (at least 2 are needed)");
  Shape output = InputShape(name, inputs[0]);
  for (size_t i = 1; i < inputs.size(); ++i) {
    const Shape& shape = InputShape(name, inputs[i]);
    if (shape[0] != output[0] || shape[1] != output[1]) {
      Fail(name, ": concatenates ", ShapeText(InputShape(name, inputs[0])), " and ", ShapeText(shape),
           " (the same height and width are needed)");
    }
    output[2] += shape[2];
    CheckFeatureMap(name, output);  // before the next one is added
  }
  return AddLayer(
      {std::move(name), mobilenet::Concat{}, Activation::kNone, {}, std::move(output), std::move(inputs)});
}

Value NetworkBuilder::GlobalAvgPool(std::string name, Value input) {
  Shape output = {1, 1, InputShape(name, input)[2]};
  return AddLayer(
      {std::move(name), mobilenet::GlobalAvgPool{}, Activation::kNone, {}, std::move(output), {input}});
}

Value NetworkBuilder::FullyConnected(std::string name, Value input, int64_t channels, Activation activation) {
  return AddLayer({std::move(name), mobilenet::FullyConnected{}, activation, {}, {1, 1, channels}, {input}});
}

Value NetworkBuilder::Softmax(std::string name, Value input) {
  return AddScores(std::move(name), mobilenet::Softmax{}, input);
}

Value NetworkBuilder::Sigmoid(std::string name, Value input) {
  return AddScores(std::move(name), mobilenet::Sigmoid{}, input);
}

Value NetworkBuilder::AddScores(std::string name, Operator op, Value input) {
  Shape shape = InputShape(name, input);
  if (shape[0] != 1 || shape[1] != 1) Fail(name, ": reads ", ShapeText(shape), " ([1, 1, classes])");
  return AddLayer({std::move(name), std::move(op), Activation::kNone, {}, std::move(shape), {input}});
}

Network NetworkBuilder::Build() {
  if (layers_.empty()) Fail("no layers");
  std::set<std::string_view> names;
  std::vector<bool> is_read(shapes_.size(), false);
  for (const Layer& layer : layers_) {
    if (!names.insert(layer.name).second) Fail(layer.name, ": two layers have this name");
    for (const Value value : layer.inputs) is_read[value] = true;
    const bool is_last = &layer == &layers_.back();
    if (MakesScores(layer) != is_last) {
      Fail(layer.name, ": ",
           is_last ? "the last layer is neither a softmax nor a sigmoid"
                   : StrCat("a ", OperatorKind(layer), ", but not the last layer"),
           " (one of them is needed, at the end)");
    }
  }
  const Value logits = layers_.back().inputs[0];
  if (logits == kInput) Fail(layers_.back().name, ": reads the input (it must read a layer's output)");
  for (Value value = 0; value + 1 < is_read.size(); ++value) {
    if (!is_read[value]) Fail(value == kInput ? "input" : layers_[value - 1].name, ": no layer reads it");
  }
  Network network;
  network.classes = static_cast<int>(layers_.back().output[2]);
  network.resolution = static_cast<int>(shapes_[kInput][0]);
  network.logits = logits;
  network.layers = std::move(layers_);
  return network;
}

}  // namespace mobilenet
