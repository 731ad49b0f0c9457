#include "src/engine/kernel_choice.h"

#include <set>
#include <string>
#include <variant>

#include "models/network_builder.h"
#include "src/base/aligned_buffer.h"
#include "src/base/error.h"
#include "src/engine/backend_choice.h"
#include "src/engine/thread_pool.h"
#include "src/engine/widened_step.h"

namespace mobilenet {
namespace {

// A task with zeros for weights and feature maps: its steps are made, but not run.
KernelChoice ChooseKernel(const Backends& backends, const ThreadPool& threads, const Layer& layer,
                          DataType type) {
  const Shape shape = WeightsShape(layer);
  const DataType weights_type = IsFloat(type) ? DataType::kF32 : type;
  const int64_t channels = layer.output.back();
  const AlignedBuffer weights(static_cast<size_t>(ElementCount(shape)) * ElementBytes(weights_type));
  const AlignedBuffer bias(static_cast<size_t>(channels) * sizeof(float));
  AlignedBuffer input(static_cast<size_t>(ElementCount(layer.input)) * ElementBytes(type));
  AlignedBuffer output(static_cast<size_t>(ElementCount(layer.output)) * sizeof(float));

  const DataType bias_type = IsFloat(type) ? DataType::kF32 : DataType::kS32;
  const LayerWeights views = {
      {weights_type, shape, weights.data()},
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
  if (type == DataType::kF16) {
    const WidenedStep widened = MakeWidenedStep(backends, threads, task);
    return {OperatorName(layer), type, widened.backend, widened.step->kernel()};
  }
  Fail("no kernel for ", OperatorName(layer), " in ", DataTypeName(type));
}

// A small network with every operator that has a name.
Network EveryOperator() {
  NetworkBuilder net({32, 32, 3});
  Value x = net.Conv("conv1", net.kInput, 16, Square(3, 2), Activation::kRelu6);
  for (int kernel : {3, 5}) {
    for (int stride : {1, 2}) {
      const std::string name = StrCat("depthwise_", kernel, "_", stride);
      x = net.Depthwise(name, x, Square(kernel, stride), Activation::kRelu6);
    }
  }
  x = net.Add("add", x, net.Conv("project", x, 16, Square(1), Activation::kNone));
  x = net.MaxPool("max_pool", x, Square(3, 2));
  x = net.AvgPool("average_pool", x, Square(2, 2));
  x = net.Lrn("lrn", x, {});
  x = net.Concat("concat", {x, x});
  x = net.FullyConnected("logits", net.GlobalAvgPool("global_avg_pool", x), 10);
  net.Softmax("softmax", x);
  return net.Build();
}

}  // namespace

KernelChoices ChooseKernels(Isa isa, long cpu_part) {
  const ThreadPool threads(1);
  const Backends backends = MakeBackends(threads, isa, cpu_part);
  KernelChoices choices;
  choices.xnnpack_error = backends.xnnpack_error;

  std::vector<DataType> types = {DataType::kF32, DataType::kU8, DataType::kS8};
  if (ComputesInHalf(backends)) types.insert(types.begin() + 1, DataType::kF16);
  // The first layer of each operator stands for all.
  std::vector<Layer> layers = EveryOperator().layers;
  layers.push_back(layers.back());  // a network has only one of the two
  layers.back().op = Sigmoid{};
  std::set<std::string> seen;
  for (const Layer& layer : layers) {
    if (!seen.insert(OperatorName(layer)).second) continue;
    for (DataType type : types) {
      if (!IsFloat(type) && std::holds_alternative<Lrn>(layer.op)) continue;
      choices.kernels.push_back(ChooseKernel(backends, threads, layer, type));
    }
  }
  return choices;
}

}  // namespace mobilenet
