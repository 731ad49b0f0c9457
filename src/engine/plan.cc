#include "src/engine/plan.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <iterator>
#include <utility>

#include "src/base/error.h"
#include "src/base/limits.h"
#include "src/base/stopwatch.h"
#include "src/engine/activation_range.h"
#include "src/engine/cannot_run.h"
#include "src/engine/model_network.h"
#include "src/engine/native_backend.h"
#include "src/engine/schedule.h"
#include "src/engine/widened_step.h"

namespace mobilenet {
namespace {

DataType ChooseType(const ModelFile& file, const Network& network, const std::optional<DataType>& precision) {
  const DataType stored = StoredType(file.quantization());
  const DataType type = precision.value_or(stored);
  if (!IsFloat(type)) CheckComputesInIntegers(network, file.path());
  if (type == DataType::kF16 && stored != DataType::kF32) {
    FailToRun(file.path(), ": cannot run a file of ", DataTypeName(stored), " weights as f16 (f32 or ",
              DataTypeName(stored), "; f16 takes weights of floats)");
  }
  if (type != stored && !IsFloat(type)) {
    FailToRun(file.path(), ": cannot run a file of ", DataTypeName(stored), " weights as ",
              DataTypeName(type), " (", stored == DataType::kF32 ? "" : "f32 or ", DataTypeName(stored), "; ",
              stored == DataType::kF32 ? "mobilenet quantize makes one of s8 weights"
                                       : "scripts/convert.py --quantization makes others",
              ")");
  }
  return type;
}

// Of a layer with more weights than that only some output channels are packed at once: what they have in the
// file goes back to the system before the next ones take memory. Only fully connected layers are as large.
constexpr int64_t kPackedAtOnceBytes = int64_t{32} << 20;

int64_t ChannelsPackedAtOnce(const LayerTask& task) {
  constexpr int64_t kTileChannels = 16;
  const int64_t channels = task.channels.end;
  if (!std::holds_alternative<FullyConnected>(task.layer.op)) return channels;
  const int64_t channel_bytes =
      ElementCount(task.weights.weights.shape) / channels * static_cast<int64_t>(ElementBytes(task.type));
  const int64_t fitting = kPackedAtOnceBytes / channel_bytes / kTileChannels * kTileChannels;
  return std::min(channels, std::max(fitting, kTileChannels));
}

// Copies rows from one place to another; the two may overlap.
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

// More than this is not a network for this program's machines, but a mistake or malice in a file.
constexpr int64_t kMaxArenaBytes = int64_t{1} << 31;

AlignedBuffer MakeArena(const ModelFile& file, int64_t bytes) {
  if (bytes > kMaxArenaBytes) {
    Fail(file.path(), ": the feature maps need ", bytes >> 20, " MB (at most ", kMaxArenaBytes >> 20, ")");
  }
  CheckMemoryIsLeft(file.path() + ": what the network's layers hand on", bytes);
  return AlignedBuffer(static_cast<size_t>(bytes));
}

// Packed weights replace those in the file, unless other plans need these or they get larger.
void CheckWeightsFit(const WeightsSource& source, const Network& network, DataType type) {
  if (source.own_file && StoredType(source.file.quantization()) == type) return;
  CheckMemoryIsLeft(source.file.path() + ": packing the weights",
                    Parameters(network) * static_cast<int64_t>(ElementBytes(type)));
}

}  // namespace

Plan::Plan(const ModelFile& file, const PlanOptions& options) : Plan(WeightsSource{file}, options) {}

Plan::Plan(ModelFile&& file, const PlanOptions& options) : Plan(WeightsSource{file, &file}, options) {}

Plan::Plan(const WeightsSource& source, const PlanOptions& options)
    : network_(NetworkOf(source.file)),
      type_(ChooseType(source.file, network_, options.precision)),
      threads_(std::make_unique<ThreadPool>(options.threads)),
      backends_(ChooseBackends(options)),
      runs_(network_.layers.size()) {
  const ModelFile& file = source.file;
  if (type_ == DataType::kF16 && !ComputesInHalf(backends_)) {
    FailToRun(file.path(), ": cannot run as f16: no ",
              options.backend == BackendChoice::kNative ? "native " : "",
              "kernels of half floats for this CPU (f32 runs everywhere)");
  }
  CheckWeightsFit(source, network_, type_);
  quantizations_ = ValueQuantizations(file, network_);
  const Schedule schedule = MakeSchedule(network_.layers, type_, options.cache_bytes);
  layout_ = MakeLayout(network_, quantizations_, type_, schedule.strips);
  arena_ = MakeArena(file, layout_.bytes);
  MakeAllSteps(source, schedule);
  CheckAllTensorsAreRead(file, network_);  // last: missing tensors say more than superfluous ones
}

// Packing the weights is most of it: the threads share that, layer by layer.
void Plan::MakeAllSteps(const WeightsSource& source, const Schedule& schedule) {
  std::vector<std::function<void(Steps&)>> parts;
  auto segment = layout_.segments.begin();
  for (size_t i = 0; i < network_.layers.size();) {
    if (segment != layout_.segments.end() && segment->segment.first == i) {
      parts.push_back([&, layout = &*segment](Steps& steps) { AddStrips(source, *layout, steps); });
      i += segment->segment.count;
      ++segment;
    } else {
      parts.push_back([&, i](Steps& steps) { AddWholeLayer(source, i, schedule.panel_channels[i], steps); });
      ++i;
    }
  }
  std::vector<Steps> made(parts.size());
  threads_->ForEach(static_cast<int64_t>(parts.size()), [&](int64_t part) {
    const auto index = static_cast<size_t>(part);
    parts[index](made[index]);
  });
  for (Steps& steps : made) {
    std::move(steps.made.begin(), steps.made.end(), std::back_inserter(steps_.made));
    steps_.planned.insert(steps_.planned.end(), steps.planned.begin(), steps.planned.end());
  }
}

int64_t Plan::Offset(Value value) const {
  const ValuePlace& place = layout_.places[value];
  return layout_.offsets[place.root] + place.first_channel * static_cast<int64_t>(ElementBytes(type_));
}

Operand Plan::WholeOperand(Value value) {
  const Value root = layout_.places[value].root;
  return {ShapeOf(network_, value), quantizations_[value], arena_.data() + Offset(value),
          ShapeOf(network_, root).back()};
}

// Those rows of a value in its window; values are numbered from the segment's first one.
Operand Plan::WindowOperand(const SegmentLayout& layout, const Strip& strip, size_t v, const RowRange& rows) {
  const Value value = layout.segment.first + v;
  // The window of the segment's own input and output is theirs only.
  const bool is_inside = v > 0 && v < layout.segment.count;
  const ValuePlace place = is_inside ? layout_.places[value] : ValuePlace{value, 0};
  const size_t root = place.root - layout.segment.first;
  const int64_t pixel_stride = ShapeOf(network_, place.root).back();
  Operand operand{ShapeOf(network_, value), quantizations_[value], nullptr, pixel_stride};
  operand.shape[0] = rows.size();
  const int64_t first_row = rows.begin - strip.windows[root].rows.begin;
  const int64_t elements = first_row * operand.shape[1] * pixel_stride + place.first_channel;
  operand.data =
      arena_.data() + layout.window_offsets[root] + elements * static_cast<int64_t>(ElementBytes(type_));
  return operand;
}

// One task; for a concatenation, one for each input that is not in its place already.
std::vector<LayerTask> Plan::TasksOf(size_t index, const LayerWeights& weights, std::vector<Operand> inputs,
                                     Operand output) const {
  const Layer& layer = network_.layers[index];
  LayerTask task = WholeLayer(layer, type_, weights);
  if (!std::holds_alternative<Concat>(layer.op)) {
    task.inputs = std::move(inputs);
    task.output = std::move(output);
    return {std::move(task)};
  }
  std::vector<LayerTask> copies;
  int64_t channel = 0;
  for (Operand& input : inputs) {
    task.output = output;
    task.output.shape[2] = input.shape[2];
    task.output.data =
        static_cast<std::byte*>(output.data) + channel * static_cast<int64_t>(ElementBytes(type_));
    channel += input.shape[2];
    if (input.data == task.output.data) continue;
    task.inputs = {std::move(input)};
    task.channels = {0, task.output.shape[2]};
    copies.push_back(task);
  }
  return copies;
}

LoadedWeights Plan::WeightsOf(const ModelFile& file, size_t index) const {
  const Layer& layer = network_.layers[index];
  return LoadLayerWeights(file, layer, type_, quantizations_[layer.inputs[0]]);
}

void Plan::AddWholeLayer(const WeightsSource& source, size_t index, int64_t panel_channels, Steps& steps) {
  // The views in the tasks point into loaded weights or the file: both live until the steps have been made,
  // which pack what they need.
  const LoadedWeights weights = WeightsOf(source.file, index);
  std::vector<Operand> inputs;
  for (const Value value : network_.layers[index].inputs) inputs.push_back(WholeOperand(value));
  for (const LayerTask& task : TasksOf(index, weights.views, std::move(inputs), WholeOperand(index + 1))) {
    const int64_t part_channels = ChannelsPackedAtOnce(task);
    for (int64_t begin = 0; begin < task.channels.end; begin += part_channels) {
      LayerTask part = task;
      part.channels = {begin, std::min(begin + part_channels, task.channels.end)};
      for (Step* step : MakeSteps(part, index, panel_channels, steps)) steps.planned.push_back({step, index});
      GiveBack(source, weights, part);
    }
  }
  NameRun(index);
}

// A concatenation whose inputs are all in their places runs nothing.
void Plan::NameRun(size_t index) {
  if (runs_[index].kernel.empty()) {
    runs_[index].backend = "native";
    runs_[index].kernel = "in place";
  }
}

// The task in steps of this many output channels, by the first backend that has the operator; in one step if
// the backend orders its work for the cache itself. An activation that it doesn't compute is a step after
// them.
std::vector<Step*> Plan::MakeSteps(LayerTask task, size_t layer, int64_t panel_channels, Steps& steps) {
  const ChannelRange channels = task.channels;
  // Such an activation exists only in f32.
  if (type_ == DataType::kF16 && !IsClamp(task.layer.activation)) return {MakeWidened(task, layer, steps)};
  for (Backend* backend : backends_.BestFirst(task.layer, type_)) {
    const int64_t width = backend->TakesPanels(task.layer) ? panel_channels : channels.end - channels.begin;
    std::vector<std::unique_ptr<Step>> made;
    std::vector<Step*> taken;
    for (int64_t begin = channels.begin; begin < channels.end; begin += width) {
      task.channels = {begin, std::min(begin + width, channels.end)};
      made.push_back(backend->MakeStep(task));
      taken.push_back(made.back().get());
      if (!made.back()) break;  // possibly after some panels: the next backend runs the whole layer
    }
    if (!taken.back()) continue;
    runs_[layer].backend = backend->name();
    runs_[layer].kernel = taken.back()->kernel();
    if (!IsClamp(task.layer.activation)) {
      made.push_back(MakeActivationStep(*threads_, task.layer.activation, task.output, channels));
      taken.push_back(made.back().get());
      runs_[layer].kernel += " + " + taken.back()->kernel();
    }
    std::move(made.begin(), made.end(), std::back_inserter(steps.made));
    return taken;
  }
  task.channels = channels;
  if (type_ == DataType::kF16) return {MakeWidened(task, layer, steps)};
  Fail(task.layer.name, ": no kernel for ", OperatorName(task.layer));
}

Step* Plan::MakeWidened(const LayerTask& task, size_t layer, Steps& steps) {
  WidenedStep widened = MakeWidenedStep(backends_, *threads_, task);
  runs_[layer].backend = widened.backend;
  runs_[layer].kernel = widened.step->kernel();
  steps.made.push_back(std::move(widened.step));
  return steps.made.back().get();
}

// A segment in strips. Rows of its input are copied into a window, and rows of its output out of one: so the
// pointers of a step are the same in all strips that are alike, which therefore share it.
void Plan::AddStrips(const WeightsSource& source, const SegmentLayout& layout, Steps& steps) {
  const size_t first = layout.segment.first;
  const size_t count = layout.segment.count;
  const std::span<const Layer> layers(network_.layers.data() + first, count);
  std::vector<LoadedWeights> weights;
  for (size_t i = 0; i < count; ++i) weights.push_back(WeightsOf(source.file, first + i));
  std::vector<size_t> last_reader(count + 1, 0);  // of each value
  for (size_t i = 0; i < count; ++i) {
    for (const Value value : layers[i].inputs) last_reader[value - first] = i;
  }
  const auto move = [&](const std::byte* from, std::byte* to, int64_t bytes, size_t layer) {
    steps.made.push_back(std::make_unique<MoveStep>(from, to, static_cast<size_t>(bytes)));
    steps.planned.push_back({steps.made.back().get(), layer});
  };
  const auto window = [&](size_t v) { return arena_.data() + layout.window_offsets[v]; };
  const int64_t input_row_bytes = RowBytes(layers.front().input, type_);
  const int64_t output_row_bytes = RowBytes(layers.back().output, type_);

  std::vector<StripSteps> made(count);
  for (size_t s = 0; s < layout.strips.size(); ++s) {
    const Strip& strip = layout.strips[s];
    const RowRange& input_rows = strip.windows.front().rows;
    move(arena_.data() + Offset(first) + input_rows.begin * input_row_bytes, window(0),
         input_rows.size() * input_row_bytes, first);
    for (size_t i = 0; i < count; ++i) {
      const LayerStrip& layer = strip.layers[i];
      if (layer.output.size() > 0) AddStripSteps(layout, strip, i, weights[i].views, made[i], steps);
      for (size_t v = 1; v < count; ++v) {
        // To the beginning of the window, where the next strip expects them.
        const bool is_part = layout_.places[first + v].root != first + v;
        if (last_reader[v] != i || is_part || s + 1 == layout.strips.size()) continue;
        const int64_t row_bytes = RowBytes(layers[v - 1].output, type_);
        const int64_t dropped = layout.strips[s + 1].windows[v].rows.begin - strip.windows[v].rows.begin;
        const int64_t kept_bytes = strip.windows[v].kept_rows * row_bytes;
        if (dropped == 0 || kept_bytes == 0) continue;
        move(window(v) + dropped * row_bytes, window(v), kept_bytes, first + i);
      }
    }
    const RowRange& output_rows = strip.layers.back().output;
    move(window(count), arena_.data() + Offset(first + count) + output_rows.begin * output_row_bytes,
         output_rows.size() * output_row_bytes, first + count - 1);
  }
  for (const LoadedWeights& loaded : weights) GiveBack(source, loaded);
  for (size_t i = 0; i < count; ++i) NameRun(first + i);
}

void Plan::AddStripSteps(const SegmentLayout& layout, const Strip& strip, size_t i,
                         const LayerWeights& weights, StripSteps& made, Steps& steps) {
  const size_t index = layout.segment.first + i;
  const Layer& layer = network_.layers[index];
  const LayerStrip& rows = strip.layers[i];
  std::vector<Operand> inputs;
  for (const Value value : layer.inputs) {
    inputs.push_back(WindowOperand(layout, strip, value - layout.segment.first, rows.input));
  }
  Operand output = WindowOperand(layout, strip, i + 1, rows.output);
  // What distinguishes the strips of a layer.
  std::vector<int64_t> key = {rows.input.size(), rows.output.size(), rows.padding.top, rows.padding.bottom};
  for (const Operand& input : inputs) key.push_back(static_cast<std::byte*>(input.data) - arena_.data());
  key.push_back(static_cast<std::byte*>(output.data) - arena_.data());

  const auto [found, is_new] = made.try_emplace(std::move(key));
  if (is_new) {
    for (LayerTask& task : TasksOf(index, weights, std::move(inputs), std::move(output))) {
      task.padding.top = rows.padding.top;
      task.padding.bottom = rows.padding.bottom;
      for (Step* step : MakeSteps(std::move(task), index, layer.output.back(), steps))
        found->second.push_back(step);
    }
  }
  for (Step* step : found->second) steps.planned.push_back({step, index});
}

Backends Plan::ChooseBackends(const PlanOptions& options) const {
  Backends backends;
  if (options.backend == BackendChoice::kNative) {
    backends.all.push_back(MakeNativeBackend(*threads_, options.isa));
    backends.isa = options.isa;
    return backends;
  }
  const bool is_open = options.backend == BackendChoice::kAuto;
  backends = MakeBackends(*threads_, options.isa, is_open ? std::optional(options.cpu_part) : std::nullopt);
  // Otherwise the layer table and --version show which backend ran instead.
  if (!is_open && !backends.xnnpack_error.empty()) Fail(backends.xnnpack_error);
  return backends;
}

std::span<const float> Plan::Run() {
  for (LayerRun& run : runs_) run.latency_ms = 0;
  Stopwatch stopwatch;
  for (const PlannedStep& planned : steps_.planned) {
    planned.step->Run();
    runs_[planned.layer].latency_ms += stopwatch.RestartMs();
  }
  return Scores();
}

std::span<const float> Plan::RunUntimed() {
  for (const PlannedStep& planned : steps_.planned) planned.step->Run();
  return Scores();
}

std::span<const float> Plan::RunObserved(const Observer& observe) {
  assert(layout_.segments.empty());
  observe(0, WholeOperand(0));
  auto planned = steps_.planned.begin();
  for (size_t i = 0; i < network_.layers.size(); ++i) {
    // A concatenation in place has no step.
    for (; planned != steps_.planned.end() && planned->layer == i; ++planned) planned->step->Run();
    if (i + 1 < network_.layers.size()) observe(i + 1, WholeOperand(i + 1));
  }
  return Scores();
}

Operand Plan::RunTo(Value value) {
  assert(value > 0);
  for (const PlannedStep& planned : steps_.planned) {
    if (planned.layer + 1 > value) break;
    planned.step->Run();
  }
  return WholeOperand(value);
}

std::span<const float> Plan::Scores() const {
  const auto* scores = reinterpret_cast<const float*>(arena_.data() + Offset(network_.layers.size()));
  return {scores, static_cast<size_t>(network_.classes)};
}

}  // namespace mobilenet
