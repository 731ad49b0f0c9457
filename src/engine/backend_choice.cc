#include "src/engine/backend_choice.h"

#include <algorithm>
#include <variant>

#include "kernels/common/half.h"
#include "src/base/aligned_buffer.h"
#include "src/base/cpu_part.h"
#include "src/base/error.h"
#include "src/engine/native_backend.h"
#include "src/engine/xnnpack_backend.h"

namespace mobilenet {

namespace {

// With a window of size x size.
[[maybe_unused]] bool IsDepthwise(const Layer& layer, int size) {
  const Window* window = WindowOf(layer);
  return std::holds_alternative<Depthwise>(layer.op) && window->kernel_height == size &&
         window->kernel_width == size;
}

}  // namespace

bool NativeIsFaster([[maybe_unused]] const Layer& layer, DataType type, [[maybe_unused]] long cpu_part,
                    [[maybe_unused]] Isa isa) {
#if defined(__x86_64__)
  if (type == DataType::kU8 || type == DataType::kS8) {
    if (isa < Isa::kAvx512Vnni) return false;
    if (const auto* conv = std::get_if<Conv>(&layer.op)) return conv->groups == 1;
    return IsDepthwise(layer, 3) || IsDepthwise(layer, 5) || std::holds_alternative<FullyConnected>(layer.op);
  }
  if (isa < Isa::kAvx2 || type == DataType::kF16) return false;
  if (std::holds_alternative<FullyConnected>(layer.op)) return true;
  if (IsDepthwise(layer, 3)) return WindowOf(layer)->stride == 1 || layer.output.back() <= 64;
  // Of few inputs an output, or of few outputs a pixel, its tiles begin and end more than they compute; of a
  // window, patches are copied, too.
  const int64_t least_inputs = IsPointwise(layer) ? 16 : 64;
  constexpr int64_t kLeastChannels = 32;
  return std::holds_alternative<Conv>(layer.op) && layer.output.back() >= kLeastChannels &&
         ElementCount(WeightsShape(layer)) / layer.output.back() >= least_inputs;
#elif defined(__aarch64__)
  if (cpu_part == 0) return false;
  switch (type) {
    case DataType::kF32:
      return true;
    case DataType::kF16:
      return cpu_part == kCortexA76 || std::holds_alternative<Depthwise>(layer.op);
    case DataType::kU8:
    case DataType::kS8:
      return cpu_part == kCortexA53 || cpu_part == kCortexA72 || cpu_part == kCortexA76;
    case DataType::kS32:
      break;
  }
#else
  (void)layer, (void)type;
#endif
  return false;
}

std::vector<Backend*> Backends::BestFirst(const Layer& layer, DataType type) const {
  std::vector<Backend*> best_first;
  for (const auto& backend : all) best_first.push_back(backend.get());
  if (cpu_part && NativeIsFaster(layer, type, *cpu_part, isa))
    std::reverse(best_first.begin(), best_first.end());
  return best_first;
}

bool ComputesInHalf(const Backends& backends) {
  constexpr int64_t kChannels = 16;
  const AlignedBuffer zeros(kChannels * kChannels * sizeof(float));
  AlignedBuffer output(kChannels * sizeof(Half));
  const Layer layer{"probe", Conv{}, Activation::kNone, {1, 1, kChannels}, {1, 1, kChannels}};
  LayerWeights weights;
  weights.weights = {DataType::kF32, WeightsShape(layer), zeros.data()};
  weights.bias = {DataType::kF32, {kChannels}, zeros.data()};
  LayerTask task = WholeLayer(layer, DataType::kF16, weights);
  task.inputs[0].data = const_cast<std::byte*>(zeros.data());  // only read
  task.output.data = output.data();
  return std::any_of(backends.all.begin(), backends.all.end(),
                     [&](const auto& backend) { return backend->MakeStep(task) != nullptr; });
}

Backends MakeBackends(const ThreadPool& threads, Isa isa, std::optional<long> cpu_part) {
  Backends backends;
  try {
    backends.all.push_back(MakeXnnpackBackend(threads));
  } catch (const Error& error) {
    backends.xnnpack_error = error.what();
  }
  backends.all.push_back(MakeNativeBackend(threads, isa));
  if (isa > Isa::kScalar) backends.cpu_part = cpu_part;
  backends.isa = isa;
  return backends;
}

}  // namespace mobilenet
