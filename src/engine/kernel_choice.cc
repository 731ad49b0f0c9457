#include "src/engine/kernel_choice.h"

#include <set>

#include "models/registry.h"
#include "src/base/aligned_buffer.h"
#include "src/base/error.h"
#include "src/engine/backend_choice.h"
#include "src/engine/thread_pool.h"

namespace mobilenet {
namespace {

// A task with zeros for weights and feature maps: steps of it are made, not run.
KernelChoice ChooseKernel(const Backends& backends, const Layer& layer, DataType type) {
  const Shape shape = WeightsShape(layer);
  const int64_t channels = layer.output.back();
  const AlignedBuffer weights(static_cast<size_t>(ElementCount(shape)) * ElementBytes(type));
  const AlignedBuffer bias(static_cast<size_t>(channels) * sizeof(float));
  AlignedBuffer input(static_cast<size_t>(ElementCount(layer.input)) * ElementBytes(type));
  AlignedBuffer output(static_cast<size_t>(ElementCount(layer.output)) * sizeof(float));

  const DataType bias_type = type == DataType::kF32 ? DataType::kF32 : DataType::kS32;
  const LayerWeights views = {
      {type, shape, weights.data()},
      {bias_type, {channels}, bias.data()},
      std::vector<float>(type == DataType::kS8 ? static_cast<size_t>(channels) : 1, 1.0f)};
  LayerTask task = WholeLayer(layer, type, views);
  for (Operand& operand : task.inputs) operand.data = input.data();
  task.output.data = output.data();
  for (Backend* backend : backends.BestFirst(layer, type)) {
    if (const auto step = backend->MakeStep(task)) {
      return {OperatorName(layer), type, backend->name(), step->kernel()};
    }
  }
  Fail("no kernel for ", OperatorName(layer), " in ", DataTypeName(type));
}

}  // namespace

KernelChoices ChooseKernels(Isa isa, long cpu_part) {
  const ThreadPool threads(1);
  const Backends backends = MakeBackends(threads, isa, cpu_part);
  KernelChoices choices;
  choices.xnnpack_error = backends.xnnpack_error;

  // A small network that has every operator; the first layer of each stands for all.
  const Network network = MakeNetwork("mobilenet_v1", 0.25, 32, 10);
  std::set<std::string> seen;
  for (const Layer& layer : network.layers) {
    if (!seen.insert(OperatorName(layer)).second) continue;
    for (DataType type : {DataType::kF32, DataType::kU8, DataType::kS8}) {
      choices.kernels.push_back(ChooseKernel(backends, layer, type));
    }
  }
  return choices;
}

}  // namespace mobilenet
