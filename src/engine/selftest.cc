#include "src/engine/selftest.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>
#include <optional>
#include <span>
#include <utility>
#include <variant>

#include "src/base/str_cat.h"
#include "src/engine/strips.h"

namespace mobilenet {
namespace {

constexpr int64_t kStripRows = 3;
constexpr int64_t kPanelChannels = 16;

// function(T()) with the C++ type of the elements.
template <typename Function>
void WithType(DataType type, const Function& function) {
  switch (type) {
    case DataType::kU8:
      return function(uint8_t());
    case DataType::kS8:
      return function(int8_t());
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

// exp(scale * x[i]) / sum over j of exp(scale * x[j])
std::vector<float> SoftmaxOf(std::span<const float> logits, double scale) {
  double sum = 0;
  for (float logit : logits) sum += std::exp(scale * static_cast<double>(logit));
  std::vector<float> scores;
  for (float logit : logits) {
    scores.push_back(static_cast<float>(std::exp(scale * static_cast<double>(logit)) / sum));
  }
  return scores;
}

// "" if the outputs of the layer are as expected, else the first that is not.
std::string Mismatch(const Layer& layer, DataType type, const AlignedBuffer& output,
                     const AlignedBuffer& expected, int allowed_steps) {
  const DataType output_type = OutputType(layer, type);
  const int64_t count = ElementCount(layer.output);
  std::string mismatch;
  WithType(output_type, [&](auto element) {
    const auto* values = output.As<decltype(element)>();
    const auto* right = expected.As<decltype(element)>();
    double allowed = allowed_steps;
    if (output_type == DataType::kF32) {
      double largest = 0;
      for (int64_t i = 0; i < count; ++i)
        largest = std::max(largest, std::abs(static_cast<double>(right[i])));
      allowed = 1e-4 * largest;
    }
    for (int64_t i = 0; i < count; ++i) {
      // Written so that NaN is wrong too.
      if (std::abs(static_cast<double>(values[i]) - static_cast<double>(right[i])) <= allowed) continue;
      mismatch = StrCat("value ", i, " of ", count, " is ", +values[i], ", expected ", +right[i]);
      return;
    }
  });
  return mismatch;
}

LayerTask TaskOf(const SelftestLayer& tested, DataType type, const AlignedBuffer& input,
                 AlignedBuffer& output) {
  LayerTask task = WholeLayer(tested.layer, type, tested.weights);
  task.inputs[0].quantization = tested.input_quantization;
  task.inputs[0].data = const_cast<std::byte*>(input.data());  // only read
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

std::string RunWhole(Backend& backend, const SelftestLayer& tested, DataType type, const AlignedBuffer& input,
                     AlignedBuffer& output) {
  return Run(backend, TaskOf(tested, type, input, output));
}

std::string RunInStrips(Backend& backend, const SelftestLayer& tested, DataType type,
                        const AlignedBuffer& input, AlignedBuffer& output) {
  std::string kernel;
  if (!WindowOf(tested.layer)) return kernel;
  const auto input_row_bytes = static_cast<size_t>(RowBytes(tested.layer.input, type));
  const auto output_row_bytes = static_cast<size_t>(RowBytes(tested.layer.output, type));
  const Value first = tested.layer.inputs[0];
  for (const Strip& strips : StripRows({&tested.layer, 1}, first, kStripRows)) {
    const LayerStrip& strip = strips.layers[0];
    AlignedBuffer input_rows(static_cast<size_t>(strip.input.size()) * input_row_bytes);
    AlignedBuffer output_rows(static_cast<size_t>(strip.output.size()) * output_row_bytes);
    std::memcpy(input_rows.data(), input.data() + static_cast<size_t>(strip.input.begin) * input_row_bytes,
                input_rows.size_bytes());
    LayerTask task = TaskOf(tested, type, input_rows, output_rows);
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

std::string RunInPanels(Backend& backend, const SelftestLayer& tested, DataType type,
                        const AlignedBuffer& input, AlignedBuffer& output) {
  std::string kernel;
  if (!backend.TakesPanels() || !IsPointwise(tested.layer)) return kernel;
  const int64_t channels = tested.layer.output.back();
  for (int64_t begin = 0; begin < channels; begin += kPanelChannels) {
    LayerTask task = TaskOf(tested, type, input, output);
    task.channels = {begin, std::min(begin + kPanelChannels, channels)};
    kernel = Run(backend, task);
  }
  return kernel;
}

struct Way {
  const char* name;
  std::string (*run)(Backend& backend, const SelftestLayer& tested, DataType type, const AlignedBuffer& input,
                     AlignedBuffer& output);
};
constexpr Way kWays[] = {{"", RunWhole}, {" in strips", RunInStrips}, {" in panels", RunInPanels}};

}  // namespace

Selftest::Selftest(DataType type, Backend& scalar) : network_(MakeSelftestNetwork(type)) {
  for (size_t i = 0; i < network_.layers.size(); ++i) {
    const SelftestLayer& tested = network_.layers[i];
    AlignedBuffer output = OutputBuffer(tested.layer, type);
    const std::string kernel = RunWhole(scalar, tested, type, Input(i), output);
    assert(!kernel.empty());

    std::string error;
    if (i < kSelftestLogitsLayer) {
      const uint32_t checksum = Checksum(output.data(), output.size_bytes());
      if (checksum != network_.checksums[i]) {
        error = StrCat("checksum ", checksum, ", expected ", network_.checksums[i]);
      }
      expected_.push_back(std::move(output));
    } else {
      const double scale = type == DataType::kF32 ? 1.0 : double{tested.input_quantization.scale};
      expected_.push_back(i == kSelftestLogitsLayer
                              ? BufferOf(network_.logits, type)
                              : BufferOf(SoftmaxOf(network_.logits, scale), DataType::kF32));
      error = Mismatch(tested.layer, type, output, expected_[i], 0);
    }
    scalar_result_.kernels.push_back(kernel);
    if (error.empty()) continue;
    scalar_result_.faults.push_back({kernel, tested.layer.name, error});
    return;
  }
}

const AlignedBuffer& Selftest::Input(size_t layer) const {
  return layer == 0 ? network_.input : expected_[layer - 1];
}

SelftestResult Selftest::Test(Backend& backend) const {
  assert(scalar_result_.faults.empty());
  const int allowed_steps = network_.type == DataType::kU8 && backend.name() != "native" ? 1 : 0;
  SelftestResult result;
  for (size_t i = 0; i < network_.layers.size(); ++i) {
    const SelftestLayer& tested = network_.layers[i];
    for (const Way& way : kWays) {
      AlignedBuffer output = OutputBuffer(tested.layer, network_.type);
      const std::string kernel = way.run(backend, tested, network_.type, Input(i), output);
      if (kernel.empty()) continue;
      if (std::find(result.kernels.begin(), result.kernels.end(), kernel) == result.kernels.end()) {
        result.kernels.push_back(kernel);
      }
      const std::string error = Mismatch(tested.layer, network_.type, output, expected_[i], allowed_steps);
      const bool is_known = std::any_of(result.faults.begin(), result.faults.end(),
                                        [&](const KernelFault& fault) { return fault.kernel == kernel; });
      if (!error.empty() && !is_known) result.faults.push_back({kernel, tested.layer.name + way.name, error});
    }
  }
  return result;
}

}  // namespace mobilenet
