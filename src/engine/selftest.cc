#include "src/engine/selftest.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <variant>

#include "kernels/common/half.h"
#include "src/base/str_cat.h"
#include "src/engine/strips.h"

namespace mobilenet {
namespace {

constexpr int64_t kStripRows = 3;
constexpr int64_t kPanelChannels = 16;

// Calls function(T()) with the C++ type of the elements.
template <typename Function>
void WithType(DataType type, const Function& function) {
  switch (type) {
    case DataType::kU8:
      return function(uint8_t());
    case DataType::kS8:
      return function(int8_t());
    case DataType::kF16:
      return function(Half());
    default:
      return function(float());
  }
}

DataType OutputType(const Layer& layer, DataType type) {
  return MakesScores(layer) ? DataType::kF32 : type;
}

AlignedBuffer OutputBuffer(const Layer& layer, DataType type) {
  return AlignedBuffer(static_cast<size_t>(ElementCount(layer.output)) *
                       ElementBytes(OutputType(layer, type)));
}

AlignedBuffer BufferOf(std::span<const float> values, DataType type) {
  AlignedBuffer buffer(values.size() * ElementBytes(type));
  WithType(type, [&](auto element) {
    using T = decltype(element);
    std::transform(values.begin(), values.end(), buffer.As<T>(), [](float x) { return static_cast<T>(x); });
  });
  return buffer;
}

// Of an output in half floats, in the largest of its map. Each of K additions is rounded by at most 2^-11 of
// the sum so far, to either side, so that of K about sqrt(K) add up. Eight times as much, since sums on the
// way are larger than results, input and weights are rounded too, and the worst of all outputs counts.
double HalfTolerance(const Layer& layer) {
  const auto products = static_cast<double>(Parameters(layer) / layer.output.back());
  return 8 * std::sqrt(products) * 0x1p-11;
}

// "" if the outputs of the layer are as expected, else the first that differs.
std::string Mismatch(const Layer& layer, DataType type, const AlignedBuffer& output,
                     const AlignedBuffer& expected, int allowed_steps) {
  const DataType output_type = OutputType(layer, type);
  const int64_t count = ElementCount(layer.output);
  std::string mismatch;
  WithType(output_type, [&](auto element) {
    using T = decltype(element);
    const auto* values = output.As<T>();
    const auto* right = expected.As<std::conditional_t<std::is_same_v<T, Half>, float, T>>();
    double allowed = allowed_steps;
    if (IsFloat(output_type)) {
      double largest = 0;
      for (int64_t i = 0; i < count; ++i)
        largest = std::max(largest, std::abs(static_cast<double>(right[i])));
      allowed = (output_type == DataType::kF32 ? 1e-4 : HalfTolerance(layer)) * largest;
    }
    for (int64_t i = 0; i < count; ++i) {
      // Written so that NaN is wrong, too.
      if (std::abs(static_cast<double>(values[i]) - static_cast<double>(right[i])) <= allowed) continue;
      mismatch = StrCat("value ", i, " of ", count, " is ", +values[i], ", expected ", +right[i]);
      return;
    }
  });
  return mismatch;
}

// For the channels of one pixel, in double.
std::vector<float> Normalised(const Lrn& lrn, std::span<const float> values) {
  std::vector<float> normalised;
  const int count = static_cast<int>(values.size());
  for (int c = 0; c < count; ++c) {
    double sum = 0;
    for (int j = std::max(c - (lrn.size - 1) / 2, 0); j <= std::min(c + lrn.size / 2, count - 1); ++j) {
      const double value = values[static_cast<size_t>(j)];
      sum += value * value;
    }
    const double base = double{lrn.k} + double{lrn.alpha} / lrn.size * sum;
    normalised.push_back(
        static_cast<float>(double{values[static_cast<size_t>(c)]} / std::pow(base, double{lrn.beta})));
  }
  return normalised;
}

using Maps = std::vector<const AlignedBuffer*>;  // one for each value that a layer reads

LayerTask TaskOf(const SelftestLayer& tested, DataType type, const Maps& inputs, AlignedBuffer& output) {
  LayerTask task = WholeLayer(tested.layer, type, tested.weights);
  for (size_t i = 0; i < inputs.size(); ++i) {
    task.inputs[i].quantization = tested.input_quantizations[i];
    task.inputs[i].data = const_cast<std::byte*>(inputs[i]->data());  // they are only read
  }
  task.output.quantization = tested.output_quantization;
  task.output.data = output.data();
  return task;
}

// The kernel that ran; "" if the backend has none.
std::string Run(Backend& backend, const LayerTask& task) {
  const std::unique_ptr<Step> step = backend.MakeStep(task);
  if (!step) return "";
  step->Run();
  return step->kernel();
}

// A concatenation is copied input by input.
std::string RunConcat(Backend& backend, const LayerTask& whole) {
  std::string kernel;
  auto* output = static_cast<std::byte*>(whole.output.data);
  for (const Operand& input : whole.inputs) {
    LayerTask task = whole;
    task.inputs = {input};
    task.output.shape[2] = input.shape[2];
    task.output.data = output;
    task.channels = {0, input.shape[2]};
    kernel = Run(backend, task);
    output += static_cast<size_t>(input.shape[2]) * ElementBytes(whole.type);
  }
  return kernel;
}

std::string RunWhole(Backend& backend, const SelftestLayer& tested, DataType type, const Maps& inputs,
                     AlignedBuffer& output) {
  const LayerTask task = TaskOf(tested, type, inputs, output);
  return std::holds_alternative<Concat>(tested.layer.op) ? RunConcat(backend, task) : Run(backend, task);
}

std::string RunInStrips(Backend& backend, const SelftestLayer& tested, DataType type, const Maps& inputs,
                        AlignedBuffer& output) {
  std::string kernel;
  if (!WindowOf(tested.layer)) return kernel;
  const auto input_row_bytes = static_cast<size_t>(RowBytes(tested.layer.input, type));
  const auto output_row_bytes = static_cast<size_t>(RowBytes(tested.layer.output, type));
  const Value first = tested.layer.inputs[0];
  for (const Strip& strips : StripRows({&tested.layer, 1}, first, kStripRows)) {
    const LayerStrip& strip = strips.layers[0];
    AlignedBuffer input_rows(static_cast<size_t>(strip.input.size()) * input_row_bytes);
    AlignedBuffer output_rows(static_cast<size_t>(strip.output.size()) * output_row_bytes);
    std::memcpy(input_rows.data(),
                inputs[0]->data() + static_cast<size_t>(strip.input.begin) * input_row_bytes,
                input_rows.size_bytes());
    LayerTask task = TaskOf(tested, type, {&input_rows}, output_rows);
    task.inputs[0].shape[0] = strip.input.size();
    task.output.shape[0] = strip.output.size();
    task.padding.top = strip.padding.top;
    task.padding.bottom = strip.padding.bottom;
    kernel = Run(backend, task);
    std::memcpy(output.data() + static_cast<size_t>(strip.output.begin) * output_row_bytes,
                output_rows.data(), output_rows.size_bytes());
  }
  return kernel;
}

std::string RunInPanels(Backend& backend, const SelftestLayer& tested, DataType type, const Maps& inputs,
                        AlignedBuffer& output) {
  std::string kernel;
  const auto* conv = std::get_if<Conv>(&tested.layer.op);
  const bool has_panels = conv && conv->groups == 1 && backend.TakesPanels(tested.layer);
  if (!has_panels && !std::holds_alternative<FullyConnected>(tested.layer.op)) return kernel;
  const int64_t channels = tested.layer.output.back();
  for (int64_t begin = 0; begin < channels; begin += kPanelChannels) {
    LayerTask task = TaskOf(tested, type, inputs, output);
    task.channels = {begin, std::min(begin + kPanelChannels, channels)};
    kernel = Run(backend, task);
  }
  return kernel;
}

struct Way {
  const char* name;
  std::string (*run)(Backend& backend, const SelftestLayer& tested, DataType type, const Maps& inputs,
                     AlignedBuffer& output);
};
constexpr Way kWays[] = {{"", RunWhole}, {" in strips", RunInStrips}, {" in panels", RunInPanels}};

}  // namespace

Selftest::Selftest(DataType tested_type, Backend& scalar)
    : type_(tested_type),
      network_(MakeSelftestNetwork(tested_type == DataType::kF16 ? DataType::kF32 : tested_type)) {
  const DataType type = network_.type;
  for (size_t i = 0; i < network_.layers.size(); ++i) {
    const SelftestLayer& tested = network_.layers[i];
    AlignedBuffer output = OutputBuffer(tested.layer, type);
    const std::string kernel = RunWhole(scalar, tested, type, Inputs(i), output);
    assert(!kernel.empty());

    std::string error;
    if (i < kSelftestLogitsLayer) {
      const uint32_t checksum = Checksum(output.data(), output.size_bytes());
      if (checksum != network_.checksums[i]) {
        error = StrCat("checksum ", checksum, ", expected ", network_.checksums[i]);
      }
      expected_.push_back(std::move(output));
    } else {
      expected_.push_back(i == kSelftestLogitsLayer ? BufferOf(network_.logits, type)
                                                    : BufferOf(ScoresOf(tested), DataType::kF32));
      error = Mismatch(tested.layer, type, output, expected_[i], 0);
    }
    scalar_result_.kernels.push_back(kernel);
    if (error.empty()) continue;
    scalar_result_.faults.push_back({kernel, tested.layer.name, error});
    return;
  }
  if (type_ != DataType::kF16) return;
  const auto add_halves = [&](const AlignedBuffer& floats) {
    halves_.push_back(BufferOf({floats.As<float>(), floats.size_bytes() / sizeof(float)}, DataType::kF16));
  };
  add_halves(network_.input);
  for (const AlignedBuffer& output : expected_) add_halves(output);
}

// What a layer after the logits must compute from the stored ones: a normalised logit for each, or a score,
// e^x by itself or as a share of all.
std::vector<float> Selftest::ScoresOf(const SelftestLayer& tested) const {
  if (const auto* lrn = std::get_if<Lrn>(&tested.layer.op)) return Normalised(*lrn, network_.logits);
  const Quantization& quantization = tested.input_quantizations[0];
  const bool is_float = network_.type == DataType::kF32;
  std::vector<double> exponentials;
  double sum = 0;
  for (const float logit : network_.logits) {
    const double steps = double{logit} - (is_float ? 0 : quantization.zero_point);
    exponentials.push_back(std::exp(is_float ? steps : steps * double{quantization.scale}));
    sum += exponentials.back();
  }
  const bool is_sigmoid = std::holds_alternative<Sigmoid>(tested.layer.op);
  std::vector<float> scores;
  for (const double exponential : exponentials) {
    scores.push_back(static_cast<float>(exponential / (is_sigmoid ? 1 + exponential : sum)));
  }
  return scores;
}

std::vector<const AlignedBuffer*> Selftest::Inputs(size_t layer) const {
  std::vector<const AlignedBuffer*> inputs;
  for (const Value value : network_.layers[layer].layer.inputs) {
    inputs.push_back(!halves_.empty() ? &halves_[value]
                     : value == 0     ? &network_.input
                                      : &expected_[value - 1]);
  }
  return inputs;
}

SelftestResult Selftest::Test(Backend& backend) const {
  assert(scalar_result_.faults.empty());
  const int allowed_steps = network_.type == DataType::kU8 && backend.name() != "native" ? 1 : 0;
  SelftestResult result;
  for (size_t i = 0; i < network_.layers.size(); ++i) {
    const SelftestLayer& tested = network_.layers[i];
    for (const Way& way : kWays) {
      AlignedBuffer output = OutputBuffer(tested.layer, type_);
      const std::string kernel = way.run(backend, tested, type_, Inputs(i), output);
      if (kernel.empty()) continue;
      if (std::find(result.kernels.begin(), result.kernels.end(), kernel) == result.kernels.end()) {
        result.kernels.push_back(kernel);
      }
      const std::string error = Mismatch(tested.layer, type_, output, expected_[i], allowed_steps);
      const bool is_known = std::any_of(result.faults.begin(), result.faults.end(),
                                        [&](const KernelFault& fault) { return fault.kernel == kernel; });
      if (!error.empty() && !is_known) result.faults.push_back({kernel, tested.layer.name + way.name, error});
    }
  }
  return result;
}

}  // namespace mobilenet
