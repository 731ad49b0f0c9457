#include "src/engine/plan.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

#include "src/base/error.h"
#include "src/base/stopwatch.h"
#include "src/engine/layer_weights.h"
#include "src/engine/native_backend.h"
#include "src/engine/schedule.h"
#include "src/engine/strips.h"

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

// Rows from one place to another; the two may overlap.
class MoveStep final : public Step {
 public:
  MoveStep(const std::byte* from, std::byte* to, size_t bytes) : from_(from), to_(to), bytes_(bytes) {}

  void Run() override { std::memmove(to_, from_, bytes_); }
  std::string kernel() const override { return "move"; }

 private:
  const std::byte* from_;
  std::byte* to_;
  size_t bytes_;
};

size_t TensorBytes(const Shape& shape, DataType type) {
  return static_cast<size_t>(ElementCount(shape)) * ElementBytes(type);
}

}  // namespace

Plan::Plan(const ModelFile& file, const PlanOptions& options)
    : network_(NetworkOf(file)),
      type_(ChooseType(file, options.precision)),
      threads_(std::make_unique<ThreadPool>(options.threads)),
      backends_(ChooseBackends(options)),
      runs_(network_.layers.size()) {
  const std::vector<Layer>& layers = network_.layers;
  const Schedule schedule = MakeSchedule(layers, type_, options.cache_bytes);
  // The tensors that exist as a whole take turns in two buffers, beginning with the input in the first; the
  // last two, logits and scores, have their own, so that both can be read afterwards.
  const size_t logits_layer = layers.size() - 2;
  const size_t first_whole = schedule.strip_layers == 0 ? 0 : schedule.strip_layers - 1;
  const auto turn = [&](size_t layer) { return (layer - first_whole + 1) % 2; };
  size_t buffer_bytes[2] = {TensorBytes(layers[0].input, type_), 0};
  for (size_t i = first_whole; i < logits_layer; ++i) {
    buffer_bytes[turn(i)] = std::max(buffer_bytes[turn(i)], TensorBytes(layers[i].output, type_));
  }
  for (int i = 0; i < 2; ++i) buffers_[i] = AlignedBuffer(buffer_bytes[i]);
  logits_ = AlignedBuffer(TensorBytes(layers[logits_layer].output, type_));
  scores_ = AlignedBuffer(TensorBytes(layers.back().output, DataType::kF32));

  const bool quantized_file = file.quantization() != WeightQuantization::kNone;
  Quantization quantization = quantized_file ? QuantizationOf(file, "input") : Quantization{};
  input_quantization_ = quantization;
  const void* input = buffers_[0].data();
  // The views in the tasks point into loaded weights or the file: both live until steps are made, which pack
  // what they need.
  std::vector<LoadedWeights> strip_weights;
  std::vector<LayerTask> strip_tasks;
  for (size_t i = 0; i < layers.size(); ++i) {
    const Layer& layer = layers[i];
    LoadedWeights weights = LoadLayerWeights(file, layer, type_, quantization);
    LayerTask task = WholeLayer(layer, type_, std::move(weights.views));
    task.input_quantization = task.output_quantization = quantization;
    task.input = input;
    if (quantized_file && Parameters(layer) != 0) {
      task.output_quantization = QuantizationOf(file, layer.name + ".output");
    }
    quantization = task.output_quantization;
    if (i == logits_layer) logits_quantization_ = quantization;

    if (i < schedule.strip_layers) {
      strip_tasks.push_back(std::move(task));
      strip_weights.push_back(std::move(weights));
      if (i != first_whole) continue;
      input = strip_tasks.back().output = buffers_[turn(i)].data();
      AddStrips(strip_tasks, schedule.strip_rows);
    } else {
      task.output = i < logits_layer    ? buffers_[turn(i)].data()
                    : i == logits_layer ? logits_.data()
                                        : scores_.data();
      input = task.output;
      for (Step* step : MakeSteps(std::move(task), i, schedule.panel_channels[i]))
        steps_.push_back({step, i});
    }
  }
}

// The task in steps of so many output channels, by the first backend that has the operator: XNNPACK in
// panels, our own kernels, which order their work for the cache themselves, in one.
std::vector<Step*> Plan::MakeSteps(LayerTask task, size_t layer, int64_t panel_channels) {
  const int64_t channels = task.layer.output.back();
  for (Backend* backend : backends_.BestFirst(task.layer, type_)) {
    const int64_t width = backend->TakesPanels() ? panel_channels : channels;
    std::vector<std::unique_ptr<Step>> made;
    std::vector<Step*> steps;
    for (int64_t begin = 0; begin < channels; begin += width) {
      task.channels = {begin, std::min(begin + width, channels)};
      made.push_back(backend->MakeStep(task));
      steps.push_back(made.back().get());
      if (!made.back()) break;  // perhaps after some panels: the next backend runs all of the layer
    }
    if (!steps.back()) continue;
    runs_[layer].backend = backend->name();
    runs_[layer].kernel = steps.back()->kernel();
    std::move(made.begin(), made.end(), std::back_inserter(made_steps_));
    return steps;
  }
  Fail(task.layer.name, ": no kernel for ", OperatorName(task.layer));
}

void Plan::AddMove(const std::byte* from, std::byte* to, int64_t bytes, size_t layer) {
  made_steps_.push_back(std::make_unique<MoveStep>(from, to, static_cast<size_t>(bytes)));
  steps_.push_back({made_steps_.back().get(), layer});
}

// The first layers, one task each, in strips of `rows` rows of the last one's output. Rows of the first input
// are copied into a window, and rows of the last output out of one: so the pointers of a step are the same in
// all strips that are alike, and they share it.
void Plan::AddStrips(const std::vector<LayerTask>& tasks, int64_t rows) {
  const std::span<const Layer> layers(network_.layers.data(), tasks.size());
  const std::vector<std::vector<LayerStrip>> strips = StripRows(layers, rows);
  std::vector<int64_t> window_bytes(tasks.size() + 1, 0);
  for (const std::vector<LayerStrip>& strip : strips) {
    const std::vector<int64_t> bytes = WindowBytes(layers, strip, type_);
    for (size_t i = 0; i < bytes.size(); ++i) window_bytes[i] = std::max(window_bytes[i], bytes[i]);
  }
  for (int64_t bytes : window_bytes) windows_.emplace_back(static_cast<size_t>(bytes));

  const size_t last = tasks.size() - 1;
  std::vector<std::vector<std::pair<LayerStrip, Step*>>> made(tasks.size());
  for (const std::vector<LayerStrip>& all_layers : strips) {
    for (size_t i = 0; i <= last; ++i) {
      const LayerStrip& strip = all_layers[i];
      if (strip.output.size() == 0) continue;
      std::byte* window = windows_[i].data();
      std::byte* next_window = windows_[i + 1].data();
      const int64_t input_row_bytes = RowBytes(layers[i].input, type_);
      const int64_t output_row_bytes = RowBytes(layers[i].output, type_);
      if (i == 0) {
        AddMove(static_cast<const std::byte*>(tasks[i].input) + strip.input.begin * input_row_bytes, window,
                strip.input.size() * input_row_bytes, i);
      }

      const auto like = std::find_if(made[i].begin(), made[i].end(),
                                     [&](const auto& other) { return other.first.IsLike(strip); });
      if (like != made[i].end()) {
        steps_.push_back({like->second, i});
      } else {
        Layer layer = layers[i];
        layer.input[0] = strip.input.size();
        layer.output[0] = strip.output.size();
        const LayerTask& task = tasks[i];
        Padding padding = task.padding;
        padding.top = strip.padding.top;
        padding.bottom = strip.padding.bottom;
        Step* step = MakeSteps(
            {layer, task.type, task.weights, task.input_quantization, task.output_quantization, window,
             next_window + strip.output_row * output_row_bytes, task.channels, padding},
            i, layer.output.back())[0];
        made[i].emplace_back(strip, step);
        steps_.push_back({step, i});
      }

      if (i == last) {
        AddMove(next_window, static_cast<std::byte*>(tasks[i].output) + strip.output.begin * output_row_bytes,
                strip.output.size() * output_row_bytes, i);
      }
      if (i != 0 && strip.kept_rows > 0) {
        AddMove(window + (strip.input.size() - strip.kept_rows) * input_row_bytes, window,
                strip.kept_rows * input_row_bytes, i);
      }
    }
  }
}

Backends Plan::ChooseBackends(const PlanOptions& options) const {
  Backends backends;
  if (options.backend == BackendChoice::kNative) {
    backends.all.push_back(MakeNativeBackend(*threads_, options.isa));
    return backends;
  }
  const bool is_open = options.backend == BackendChoice::kAuto;
  backends = MakeBackends(*threads_, options.isa, is_open ? options.cpu_part : 0);
  // Otherwise the layer table and --version say which backend ran instead.
  if (!is_open && !backends.xnnpack_error.empty()) Fail(backends.xnnpack_error);
  return backends;
}

std::span<const float> Plan::Run() {
  for (LayerRun& run : runs_) run.latency_ms = 0;
  Stopwatch stopwatch;
  for (const PlannedStep& planned : steps_) {
    planned.step->Run();
    runs_[planned.layer].latency_ms += stopwatch.RestartMs();
  }
  threads_->Rest();
  return {scores_.As<float>(), static_cast<size_t>(network_.classes)};
}

}  // namespace mobilenet
