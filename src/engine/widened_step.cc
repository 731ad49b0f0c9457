#include "src/engine/widened_step.h"

#include <string>
#include <utility>
#include <vector>

#include "kernels/convert/convert.h"
#include "src/base/aligned_buffer.h"
#include "src/base/error.h"
#include "src/engine/activation_range.h"
#include "src/engine/native_backend.h"

namespace mobilenet {
namespace {

// From one map to another of the same shape and another type; of `channels` of each pixel.
template <typename From, typename To>
void ConvertMap(const ThreadPool& threads, Convert<From, To>* convert, const Operand& from, const Operand& to,
                ChannelRange channels) {
  const auto* input = static_cast<const From*>(from.data) + channels.begin;
  auto* output = static_cast<To*>(to.data) + channels.begin;
  threads.ParallelFor(from.shape[0] * from.shape[1], [&](int64_t begin, int64_t end) {
    convert(static_cast<int>(end - begin), static_cast<int>(channels.end - channels.begin),
            input + begin * from.pixel_stride, static_cast<std::ptrdiff_t>(from.pixel_stride),
            output + begin * to.pixel_stride, static_cast<std::ptrdiff_t>(to.pixel_stride));
  });
}

class ConvertingStep final : public Step {
 public:
  ConvertingStep(const ThreadPool& threads, Isa isa, const LayerTask& task)
      : threads_(threads),
        widen_(Select(kConvertF16, isa).function),
        round_(Select(kConvertF32, isa).function),
        inputs_(task.inputs),
        output_(task.output),
        channels_(task.channels),
        makes_scores_(MakesScores(task.layer)) {
    for (const Operand& input : inputs_) floats_.push_back(Floats(input));
    if (!makes_scores_) floats_.push_back(Floats(output_));
  }

  // The task between the conversions. The step of it takes its place before the first run.
  LayerTask FloatTask(const LayerTask& task) const {
    LayerTask inner = task;
    inner.type = DataType::kF32;
    inner.inputs.assign(floats_.begin(), floats_.begin() + static_cast<std::ptrdiff_t>(inputs_.size()));
    if (!makes_scores_) inner.output = floats_.back();
    return inner;
  }
  void Add(std::unique_ptr<Step> step) { steps_.push_back(std::move(step)); }

  void Run() override {
    for (size_t i = 0; i < inputs_.size(); ++i) {
      ConvertMap(threads_, widen_, inputs_[i], floats_[i], {0, inputs_[i].shape[2]});
    }
    for (const auto& step : steps_) step->Run();
    if (!makes_scores_) ConvertMap(threads_, round_, floats_.back(), output_, channels_);
  }

  std::string kernel() const override {
    std::string names;
    for (const auto& step : steps_) names += (names.empty() ? "" : " + ") + step->kernel();
    return names;
  }

 private:
  Operand Floats(const Operand& halves) {
    const auto bytes = static_cast<size_t>(ElementCount(halves.shape)) * sizeof(float);
    buffers_.emplace_back(bytes);
    return MakeOperand(halves.shape, {}, buffers_.back().data());
  }

  const ThreadPool& threads_;
  ConvertF16* widen_;
  ConvertF32* round_;
  std::vector<Operand> inputs_;
  Operand output_;
  ChannelRange channels_;
  bool makes_scores_;  // which are floats anyway
  std::vector<AlignedBuffer> buffers_;
  std::vector<Operand> floats_;  // the inputs, and the output
  std::vector<std::unique_ptr<Step>> steps_;
};

}  // namespace

WidenedStep MakeWidenedStep(const Backends& backends, const ThreadPool& threads, const LayerTask& task) {
  auto step = std::make_unique<ConvertingStep>(threads, backends.isa, task);
  const LayerTask inner = step->FloatTask(task);
  for (Backend* backend : backends.BestFirst(task.layer, DataType::kF32)) {
    std::unique_ptr<Step> made = backend->MakeStep(inner);
    if (!made) continue;
    step->Add(std::move(made));
    const Activation activation = task.layer.activation;
    if (!IsClamp(activation)) {
      step->Add(MakeActivationStep(threads, activation, inner.output, inner.channels));
    }
    return {std::move(step), backend->name()};
  }
  Fail(task.layer.name, ": no kernel for ", OperatorName(task.layer));
}

}  // namespace mobilenet
