#include "src/engine/plan.h"

#include <algorithm>
#include <utility>

#include "src/base/error.h"
#include "src/base/stopwatch.h"
#include "src/engine/layer_weights.h"
#include "src/engine/native_backend.h"
#include "src/engine/schedule.h"
#include "src/engine/xnnpack_backend.h"

namespace mobilenet {
namespace {

DataType ChooseType(const ModelFile& file, const std::optional<DataType>& precision) {
  const DataType stored = StoredType(file.quantization());
  const DataType type = precision.value_or(stored);
  if (type != stored && type != DataType::kF32) {
    Fail(file.path(), ": cannot run a file of ", DataTypeName(stored), " weights as ", DataTypeName(type),
         " (", stored == DataType::kF32 ? "" : "f32 or ", DataTypeName(stored),
         "; scripts/convert.py --quantization makes others)");
  }
  return type;
}

Network NetworkOf(const ModelFile& file) {
  try {
    return MakeNetwork(file.architecture(), file.width_multiplier(), file.resolution(), file.classes());
  } catch (const Error& error) {
    Fail(file.path(), ": ", error.what());
  }
}

Quantization QuantizationOf(const ModelFile& file, const std::string& tensor) {
  return {file.Scales(tensor, 1)[0], file.ZeroPoint(tensor)};
}

size_t TensorBytes(const Shape& shape, DataType type) {
  return static_cast<size_t>(ElementCount(shape)) * ElementBytes(type);
}

}  // namespace

Plan::Plan(const ModelFile& file, const PlanOptions& options)
    : network_(NetworkOf(file)),
      type_(ChooseType(file, options.precision)),
      threads_(std::make_unique<ThreadPool>(options.threads)),
      backends_(MakeBackends(options)) {
  const std::vector<Layer>& layers = network_.layers;
  // The chain's tensors take turns in two buffers: even ones in the first, beginning with the input; the last
  // two, logits and scores, have their own, so that both can be read afterwards.
  const size_t logits_layer = layers.size() - 2;
  size_t buffer_bytes[2] = {TensorBytes(layers[0].input, type_), 0};
  for (size_t i = 0; i < logits_layer; ++i) {
    size_t& bytes = buffer_bytes[(i + 1) % 2];
    bytes = std::max(bytes, TensorBytes(layers[i].output, type_));
  }
  for (int i = 0; i < 2; ++i) buffers_[i] = AlignedBuffer(buffer_bytes[i]);
  logits_ = AlignedBuffer(TensorBytes(layers[logits_layer].output, type_));
  scores_ = AlignedBuffer(TensorBytes(layers.back().output, DataType::kF32));

  const bool quantized_file = file.quantization() != WeightQuantization::kNone;
  Quantization quantization = quantized_file ? QuantizationOf(file, "input") : Quantization{};
  input_quantization_ = quantization;
  const void* input = buffers_[0].data();
  for (size_t i = 0; i < layers.size(); ++i) {
    const Layer& layer = layers[i];
    // The views in the task point into `weights` or the file: both outlive MakeStep, which packs what it
    // needs.
    LoadedWeights weights = LoadLayerWeights(file, layer, type_, quantization);
    LayerTask task{layer, type_, std::move(weights.views), quantization, quantization, input, nullptr, {}};
    if (quantized_file && Parameters(layer) != 0) {
      task.output_quantization = QuantizationOf(file, layer.name + ".output");
    }
    task.output = i < logits_layer    ? buffers_[(i + 1) % 2].data()
                  : i == logits_layer ? logits_.data()
                                      : scores_.data();
    if (i == logits_layer) logits_quantization_ = task.output_quantization;

    AddSteps(file, task, i, PanelChannels(layer, type_, options.cache_bytes));
    input = task.output;
    quantization = task.output_quantization;
  }
}

// The first backend that has the operator runs the layer: XNNPACK in panels, our own kernels, which order
// their work for the cache themselves, in one step.
void Plan::AddSteps(const ModelFile& file, LayerTask task, size_t layer, int64_t panel_channels) {
  const int64_t channels = task.layer.output.back();
  for (const auto& backend : backends_) {
    const int64_t width = backend->TakesPanels() ? panel_channels : channels;
    for (task.channels = {0, std::min(width, channels)}; task.channels.begin < channels;
         task.channels = {task.channels.end, std::min(task.channels.end + width, channels)}) {
      std::unique_ptr<Step> step = backend->MakeStep(task);
      if (!step) break;
      steps_.push_back({std::move(step), backend->name(), layer, 0});
    }
    if (task.channels.begin == channels) return;
    // Refused, perhaps after some panels: the next backend runs all of the layer.
    while (!steps_.empty() && steps_.back().layer == layer) steps_.pop_back();
  }
  Fail(file.path(), ": ", task.layer.name, ": no kernel for ", OperatorName(task.layer));
}

std::vector<std::unique_ptr<Backend>> Plan::MakeBackends(const PlanOptions& options) {
  std::vector<std::unique_ptr<Backend>> backends;
  if (options.backend == BackendChoice::kXnnpack) {
    backends.push_back(MakeXnnpackBackend(*threads_));
  } else if (options.backend == BackendChoice::kAuto) {
    try {
      backends.push_back(MakeXnnpackBackend(*threads_));
    } catch (const Error&) {
      // A CPU that XNNPACK does not run on: the layer table and --version say which backend ran instead.
    }
  }
  backends.push_back(MakeNativeBackend(*threads_, options.isa));
  return backends;
}

std::span<const float> Plan::Run() {
  for (PlannedStep& planned : steps_) {
    const Stopwatch stopwatch;
    planned.step->Run();
    planned.latency_ms = stopwatch.ElapsedMs();
  }
  return {scores_.As<float>(), static_cast<size_t>(network_.classes)};
}

std::vector<LayerRun> Plan::LayerRuns() const {
  std::vector<LayerRun> runs(network_.layers.size());
  for (const PlannedStep& planned : steps_) {
    LayerRun& run = runs[planned.layer];
    run.latency_ms += planned.latency_ms;
    run.backend = planned.backend;
    run.kernel = planned.step->kernel();
  }
  return runs;
}

}  // namespace mobilenet
