// A network made ready to run: kernels chosen, weights packed, buffers assigned, once per process. Running it
// is a walk over its steps, each one operator on some rows and some output channels of one layer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/common/isa.h"
#include "models/registry.h"
#include "src/base/aligned_buffer.h"
#include "src/base/preprocess_spec.h"
#include "src/base/tensor.h"
#include "src/engine/backend.h"
#include "src/engine/backend_choice.h"
#include "src/engine/layer_weights.h"
#include "src/engine/layout.h"
#include "src/engine/schedule.h"
#include "src/engine/thread_pool.h"
#include "src/weights/model_file.h"

namespace mobilenet {

enum class BackendChoice {
  kAuto,     // the faster of those that run on this CPU and have the operator, layer by layer
  kXnnpack,  // the same, but an error if XNNPACK does not run on this CPU
  kNative,   // only our own kernels
};

struct PlanOptions {
  BackendChoice backend = BackendChoice::kAuto;
  // f32, f16, u8 or s8; if not given the file's own, which is f32 for half floats.
  std::optional<DataType> precision = std::nullopt;
  int threads = 1;
  Isa isa = Isa::kScalar;  // the highest level that native kernels may use
  // The last-level cache for which layers are cut into strips and panels (schedule.h); 0: one step per layer.
  int64_t cache_bytes = 0;
  long cpu_part = 0;  // of this machine's cores (base/cpu_part.h), for kAuto; 0: XNNPACK first
};

// How one layer ran the last time.
struct LayerRun {
  double latency_ms = 0;
  std::string_view backend;  // "xnnpack", "native"
  std::string kernel;
};

class Plan {
 public:
  // Reads all weights; the file is not needed afterwards. Throws Error where the file does not hold what the
  // network needs; CannotRun where it cannot run at that precision, or with that backend.
  Plan(const ModelFile& file, const PlanOptions& options);
  // The same of a file that nobody needs any more. Its memory goes back to the system layer by layer, so that
  // no more than one is there twice, as the file has it and packed.
  Plan(ModelFile&& file, const PlanOptions& options);

  const Network& network() const { return network_; }
  DataType type() const { return type_; }  // the type of the input tensor and the feature maps
  int threads() const { return threads_->threads(); }
  // This many threads share the layers from the next run on, at most as many as in the options.
  void UseThreads(int threads) { threads_->Use(threads); }

  // The input tensor [resolution, resolution, channels], to be filled before each Run.
  void* input() { return arena_.data() + Offset(0); }
  const Quantization& input_quantization() const { return quantizations_[0]; }

  // One inference. The probabilities of the classes, valid until the next call. Overwrites the input.
  std::span<const float> Run();
  // The same, but LayerRuns stays as it is: to find out what timing the layers costs.
  std::span<const float> RunUntimed();
  // The same, layer by layer, to look at what each computes: `observe` gets every value except the scores as
  // soon as it exists, the input first, and may read it until it returns. For plans without strips
  // (PlanOptions::cache_bytes of 0).
  using Observer = std::function<void(Value value, const Operand& map)>;
  std::span<const float> RunObserved(const Observer& observe);
  // Runs only up to this value, which no strips may span, and returns it: valid until the next call.
  // Overwrites the input; there are no scores.
  Operand RunTo(Value value);
  // For when the next run does not follow at once: until then the threads sleep, instead of spinning for some
  // milliseconds.
  void Rest() { threads_->Rest(); }

  const Quantization& QuantizationOf(Value value) const { return quantizations_[value]; }

  // The logits [classes] of the last run in the plan's type, and their quantisation.
  const void* logits() const { return arena_.data() + Offset(network_.logits); }
  const Quantization& logits_quantization() const { return quantizations_[network_.logits]; }

  // Bytes of all feature maps, which share their memory.
  size_t feature_map_bytes() const { return arena_.size_bytes(); }

  // One for each layer of the network, for the last run: what all steps of the layer took.
  const std::vector<LayerRun>& LayerRuns() const { return runs_; }

 private:
  struct PlannedStep {
    Step* step;
    size_t layer;  // index into network_.layers
  };

  struct Steps {
    std::vector<std::unique_ptr<Step>> made;  // equal strips share theirs
    std::vector<PlannedStep> planned;         // in the order of an inference
  };

  Plan(const WeightsSource& source, const PlanOptions& options);
  Backends ChooseBackends(const PlanOptions& options) const;
  // The strips of a layer that are alike, by what distinguishes them.
  using StripSteps = std::map<std::vector<int64_t>, std::vector<Step*>>;

  int64_t Offset(Value value) const;  // in the arena, in bytes
  Operand WholeOperand(Value value);
  Operand WindowOperand(const SegmentLayout& layout, const Strip& strip, size_t v, const RowRange& rows);
  LoadedWeights WeightsOf(const ModelFile& file, size_t index) const;
  std::vector<LayerTask> TasksOf(size_t index, const LayerWeights& weights, std::vector<Operand> inputs,
                                 Operand output) const;
  void MakeAllSteps(const WeightsSource& source, const Schedule& schedule);
  // These add to `steps`. Several threads call them at once, for different layers.
  std::vector<Step*> MakeSteps(LayerTask task, size_t layer, int64_t panel_channels, Steps& steps);
  Step* MakeWidened(const LayerTask& task, size_t layer, Steps& steps);
  void AddWholeLayer(const WeightsSource& source, size_t index, int64_t panel_channels, Steps& steps);
  void AddStrips(const WeightsSource& source, const SegmentLayout& layout, Steps& steps);
  void AddStripSteps(const SegmentLayout& layout, const Strip& strip, size_t i, const LayerWeights& weights,
                     StripSteps& made, Steps& steps);
  void NameRun(size_t index);
  std::span<const float> Scores() const;

  Network network_;
  DataType type_ = DataType::kF32;
  std::vector<Quantization> quantizations_;  // of each value
  std::unique_ptr<ThreadPool> threads_;
  Layout layout_;
  AlignedBuffer arena_;  // all feature maps
  Backends backends_;
  Steps steps_;
  std::vector<LayerRun> runs_;  // one for each layer
};

}  // namespace mobilenet
