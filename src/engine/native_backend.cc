#include "src/engine/native_backend.h"

#include <algorithm>
#include <cassert>
#include <functional>
#include <limits>
#include <type_traits>
#include <utility>

#include "kernels/add/add.h"
#include "kernels/avg_pool/avg_pool.h"
#include "kernels/conv/conv.h"
#include "kernels/copy/copy.h"
#include "kernels/dwconv/dwconv.h"
#include "kernels/fully_connected/fully_connected.h"
#include "kernels/global_avg_pool/global_avg_pool.h"
#include "kernels/lrn/lrn.h"
#include "kernels/max_pool/max_pool.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/sigmoid/sigmoid.h"
#include "kernels/softmax/softmax.h"
#include "kernels/tanh/tanh.h"
#include "src/base/aligned_buffer.h"
#include "src/engine/activation_range.h"

namespace mobilenet {
namespace {

// A kernel bound to its packed weights, its pointers and its sizes: work(begin, end) computes a range of its
// parts (rows, pixels or blocks of channels).
class NativeStep final : public Step {
 public:
  using Work = std::function<void(int64_t begin, int64_t end)>;

  NativeStep(const ThreadPool& threads, const char* kernel, AlignedBuffer packed, int64_t parts, Work work)
      : threads_(threads),
        kernel_(kernel),
        packed_(std::move(packed)),
        parts_(parts),
        work_(std::move(work)) {}

  void Run() override { threads_.ParallelFor(parts_, work_); }
  std::string kernel() const override { return kernel_; }

 private:
  const ThreadPool& threads_;
  const char* kernel_;
  AlignedBuffer packed_;  // work_ points into it; its memory stays where it is when it is moved
  int64_t parts_;
  Work work_;
};

int Int(int64_t value) {
  assert(value >= 0 && value <= std::numeric_limits<int>::max());
  return static_cast<int>(value);
}

// In elements. On 32-bit machines the type is smaller than that of sizes; what is in memory fits.
std::ptrdiff_t Offset(int64_t elements) {
  return static_cast<std::ptrdiff_t>(elements);
}

int64_t Blocks(int64_t channels, int channels_per_block) {
  return (channels + channels_per_block - 1) / channels_per_block;
}

template <typename T>
constexpr bool kIsFloat = !std::is_integral_v<T>;  // float, or Half

template <typename T>
const auto& ByType(const auto& f32, const auto& qu8, const auto& qs8) {
  if constexpr (std::is_same_v<T, float>) {
    return f32;
  } else if constexpr (std::is_same_v<T, uint8_t>) {
    return qu8;
  } else {
    return qs8;
  }
}

ClampF32 ClampOf(Activation activation) {
  const auto [min, max] = FloatActivationRange(activation);
  return {min, max};
}

template <typename T>
QuantizedOutput<T> OutputOf(const LayerTask& task) {
  const Quantization& quantization = task.output.quantization;
  const auto [min, max] = QuantizedActivationRange<T>(task.layer.activation, quantization);
  return {quantization.zero_point, min, max};
}

template <typename T>
ConvQuantization<T> QuantizationOf(const LayerTask& task) {
  return {static_cast<T>(task.inputs[0].quantization.zero_point), static_cast<T>(task.weights.zero_point),
          OutputOf<T>(task)};
}

// What a kernel with weights knows about the values it writes: ClampF32, or ConvQuantization of T.
template <typename T>
auto OutputRule(const LayerTask& task) {
  if constexpr (kIsFloat<T>) {
    return ClampOf(task.layer.activation);
  } else {
    return QuantizationOf<T>(task);
  }
}

// The bytes of a block of packed weights.
template <typename T>
size_t BlockBytes(int k, PackTile tile) {
  if constexpr (kIsFloat<T>) {
    return PackedBlockBytesFloat<T>(k, tile);
  } else {
    return PackedBlockBytesQ8(k, tile);
  }
}

// The weights of an output channel and all after it, in the type that the task has them in: floats for
// halves.
template <typename T>
auto* WeightsFrom(const LayerTask& task, int64_t first_weight) {
  using Stored = std::conditional_t<kIsFloat<T>, float, T>;
  return task.weights.weights.As<Stored>() + Offset(first_weight);
}

// One an output channel, also where the weights have one scale for all.
std::vector<float> RequantizationScales(const LayerTask& task) {
  const std::vector<float>& scales = task.weights.scales;
  const auto channels = static_cast<size_t>(task.layer.output.back());
  assert(scales.size() == 1 || scales.size() == channels);
  std::vector<float> requantization_scales(channels);
  for (size_t channel = 0; channel < channels; ++channel) {
    requantization_scales[channel] =
        RequantizationScale(task.inputs[0].quantization.scale, scales[scales.size() == 1 ? 0 : channel],
                            task.output.quantization.scale);
  }
  return requantization_scales;
}

// Weights [N, K] of a pointwise or fully connected layer: of those output channels that the task computes.
template <typename T>
AlignedBuffer PackGemm(const LayerTask& task, PackTile tile) {
  const int64_t first = task.channels.begin;
  const int n = Int(task.channels.end - first);
  const int k = Int(ElementCount(task.weights.weights.shape) / task.layer.output.back());
  const auto* weights = WeightsFrom<T>(task, first * k);
  if constexpr (kIsFloat<T>) {
    AlignedBuffer packed(PackedBytesFloat<T>(n, k, tile));
    PackGemmFloat<T>(n, k, weights, task.weights.bias.As<float>() + first, tile, packed.data());
    return packed;
  } else {
    AlignedBuffer packed(PackedBytesQ8(n, k, tile));
    const ConvQuantization<T> quantization = QuantizationOf<T>(task);
    PackGemmQ8<T>(n, k, weights, task.weights.bias.As<int32_t>() + first,
                  RequantizationScales(task).data() + first, quantization.weights_zero_point,
                  quantization.input_zero_point, tile, packed.data());
    return packed;
  }
}

ConvGeometry GeometryOf(const LayerTask& task, const Window& window, int groups) {
  const Operand& input = task.inputs[0];
  const Operand& output = task.output;
  ConvGeometry geometry;
  geometry.input_height = Int(input.shape[0]);
  geometry.input_width = Int(input.shape[1]);
  geometry.input_channels = Int(input.shape[2]);
  geometry.output_height = Int(output.shape[0]);
  geometry.output_width = Int(output.shape[1]);
  geometry.output_channels = Int(task.channels.end - task.channels.begin);
  geometry.kernel_height = window.kernel_height;
  geometry.kernel_width = window.kernel_width;
  geometry.stride = window.stride;
  geometry.groups = groups;
  geometry.pad_top = task.padding.top;
  geometry.pad_left = task.padding.left;
  geometry.input_pixel_stride = Offset(input.pixel_stride);
  geometry.input_row_stride = geometry.input_width * geometry.input_pixel_stride;
  geometry.output_pixel_stride = Offset(output.pixel_stride);
  geometry.output_row_stride = geometry.output_width * geometry.output_pixel_stride;
  return geometry;
}

// Of those output channels that the task computes, which are all where there is more than one group.
template <typename T>
AlignedBuffer PackConv(const LayerTask& task, const ConvGeometry& geometry, PackTile tile) {
  const int64_t first = task.channels.begin;
  const auto* weights = WeightsFrom<T>(task, first * ConvK(geometry));
  if constexpr (kIsFloat<T>) {
    AlignedBuffer packed(PackedBytesConvFloat<T>(geometry, tile));
    PackConvFloat<T>(geometry, weights, task.weights.bias.As<float>() + first, tile, packed.data());
    return packed;
  } else {
    AlignedBuffer packed(PackedBytesConvQ8(geometry, tile));
    const ConvQuantization<T> quantization = QuantizationOf<T>(task);
    PackConvQ8<T>(geometry, weights, task.weights.bias.As<int32_t>() + first,
                  RequantizationScales(task).data() + first, quantization.weights_zero_point,
                  quantization.input_zero_point, tile, packed.data());
    return packed;
  }
}

template <typename T>
AlignedBuffer PackDwconv(const LayerTask& task, const ConvGeometry& geometry, PackTile tile) {
  const auto* weights = WeightsFrom<T>(task, 0);
  if constexpr (kIsFloat<T>) {
    AlignedBuffer packed(PackedBytesDwconvFloat<T>(geometry, tile));
    PackDwconvFloat<T>(geometry, weights, task.weights.bias.As<float>(), tile, packed.data());
    return packed;
  } else {
    AlignedBuffer packed(PackedBytesDwconvQ8(geometry, tile));
    const ConvQuantization<T> quantization = QuantizationOf<T>(task);
    PackDwconvQ8<T>(geometry, weights, task.weights.bias.As<int32_t>(), RequantizationScales(task).data(),
                    quantization.weights_zero_point, quantization.input_zero_point, tile, packed.data());
    return packed;
  }
}

// One overload per operator, for f32, qu8 and qs8; what it is made of, for f16 too.
template <typename T>
class StepMaker {
 public:
  StepMaker(const ThreadPool& threads, Isa isa, const LayerTask& task)
      : threads_(threads),
        isa_(isa),
        task_(task),
        input_(static_cast<const T*>(task.inputs[0].data)),
        output_(static_cast<T*>(task.output.data)) {}

  std::unique_ptr<Step> operator()(const Conv& op) const {
    if (IsPointwise(task_.layer)) {
      return MakePointwiseStep(Select(ByType<T>(kPointwiseF32, kPointwiseQu8, kPointwiseQs8), isa_));
    }
    return MakeConvStep(Select(ByType<T>(kConvF32, kConvQu8, kConvQs8), isa_), op);
  }

  std::unique_ptr<Step> operator()(const Depthwise& op) const {
    return MakeDwconvStep(Select(ByType<T>(kDwconvF32, kDwconvQu8, kDwconvQs8), isa_, op.window.kernel_height,
                                 op.window.kernel_width),
                          op);
  }

  std::unique_ptr<Step> operator()(const Add&) const {
    const auto& kernel = Select(ByType<T>(kAddF32, kAddQu8, kAddQs8), isa_);
    const Operand& a = task_.inputs[0];
    const Operand& b = task_.inputs[1];
    const auto rule = [&] {
      if constexpr (std::is_same_v<T, float>) {
        return ClampOf(task_.layer.activation);
      } else {
        const float scale = task_.output.quantization.scale;
        return AddQuantization<T>{static_cast<T>(a.quantization.zero_point),
                                  static_cast<T>(b.quantization.zero_point),
                                  RescaleFactor(a.quantization.scale, scale),
                                  RescaleFactor(b.quantization.scale, scale), OutputOf<T>(task_)};
      }
    }();
    return MakeStep(kernel.name, AlignedBuffer(), OutputPixels(),
                    [run = kernel.function, channels = Int(task_.output.shape[2]), a = input_,
                     a_stride = Offset(a.pixel_stride), b = static_cast<const T*>(b.data),
                     b_stride = Offset(b.pixel_stride), output = output_,
                     stride = Offset(task_.output.pixel_stride), rule](int64_t begin, int64_t end) {
                      run(Int(end - begin), channels, a + Offset(begin) * a_stride, a_stride,
                          b + Offset(begin) * b_stride, b_stride, output + Offset(begin) * stride, stride,
                          rule);
                    });
  }

  std::unique_ptr<Step> operator()(const Concat&) const {
    const auto& kernel = Select(ByType<T>(kCopyF32, kCopyQu8, kCopyQs8), isa_);
    const Operand& input = task_.inputs[0];
    const auto rule = [&] {
      if constexpr (std::is_same_v<T, float>) {
        return ClampOf(task_.layer.activation);
      } else {
        return CopyQuantization<T>{static_cast<T>(input.quantization.zero_point),
                                   RescaleFactor(input.quantization.scale, task_.output.quantization.scale),
                                   OutputOf<T>(task_)};
      }
    }();
    return MakeStep(kernel.name, AlignedBuffer(), OutputPixels(),
                    [run = kernel.function, channels = Int(task_.output.shape[2]), input = input_,
                     input_stride = Offset(input.pixel_stride), output = output_,
                     output_stride = Offset(task_.output.pixel_stride), rule](int64_t begin, int64_t end) {
                      run(Int(end - begin), channels, input + Offset(begin) * input_stride, input_stride,
                          output + Offset(begin) * output_stride, output_stride, rule);
                    });
  }

  std::unique_ptr<Step> operator()(const FullyConnected&) const {
    return MakeFullyConnectedStep(
        Select(ByType<T>(kFullyConnectedF32, kFullyConnectedQu8, kFullyConnectedQs8), isa_));
  }

  std::unique_ptr<Step> operator()(const MaxPool& op) const {
    const auto& kernel = Select(ByType<T>(kMaxPoolF32, kMaxPoolQu8, kMaxPoolQs8), isa_);
    return MakeStep(
        kernel.name, AlignedBuffer(), task_.output.shape[0],
        [run = kernel.function, geometry = GeometryOf(task_, op.window, 1), input = input_, output = output_](
            int64_t begin, int64_t end) { run(geometry, Int(begin), Int(end), input, output); });
  }

  std::unique_ptr<Step> operator()(const AvgPool& op) const {
    const auto& kernel = Select(ByType<T>(kAvgPoolF32, kAvgPoolQu8, kAvgPoolQs8), isa_);
    const auto rule = [&] {
      if constexpr (std::is_same_v<T, float>) {
        return ClampOf(task_.layer.activation);
      } else {
        const Quantization& input = task_.inputs[0].quantization;
        return AvgPoolQuantization<T>{static_cast<T>(input.zero_point), input.scale,
                                      task_.output.quantization.scale, OutputOf<T>(task_)};
      }
    }();
    return MakeStep(
        kernel.name, AlignedBuffer(), task_.output.shape[0],
        [run = kernel.function, geometry = GeometryOf(task_, op.window, 1), input = input_, output = output_,
         rule](int64_t begin, int64_t end) { run(geometry, Int(begin), Int(end), input, output, rule); });
  }

  std::unique_ptr<Step> operator()(const Lrn& op) const {
    if constexpr (std::is_same_v<T, float>) {
      const auto& kernel = Select(kLrnF32, isa_);
      return MakeStep(kernel.name, AlignedBuffer(), OutputPixels(),
                      [run = kernel.function, channels = Int(task_.output.shape[2]), input = input_,
                       input_stride = Offset(task_.inputs[0].pixel_stride), output = output_,
                       output_stride = Offset(task_.output.pixel_stride),
                       rule = LrnRule{op.size, op.alpha, op.beta, op.k}](int64_t begin, int64_t end) {
                        run(Int(end - begin), channels, input + Offset(begin) * input_stride, input_stride,
                            output + Offset(begin) * output_stride, output_stride, rule);
                      });
    } else {
      return nullptr;  // only in f32
    }
  }

  std::unique_ptr<Step> operator()(const GlobalAvgPool&) const {
    const auto& kernel = Select(ByType<T>(kGlobalAvgPoolF32, kGlobalAvgPoolQu8, kGlobalAvgPoolQs8), isa_);
    const Operand& input = task_.inputs[0];
    const int pixels = Int(input.shape[0] * input.shape[1]);
    const int channels = Int(input.shape[2]);
    const auto rule = [&] {
      if constexpr (std::is_same_v<T, float>) {
        return ClampOf(task_.layer.activation);
      } else {
        return PoolQuantization<T>{
            static_cast<T>(input.quantization.zero_point),
            GlobalAvgPoolScale(input.quantization.scale, task_.output.quantization.scale, pixels),
            OutputOf<T>(task_)};
      }
    }();
    // Some 50,000 sums: threads would wait for each other about as long as they take.
    return MakeStep(kernel.name, AlignedBuffer(), 1,
                    [run = kernel.function, pixels, channels, input = input_, output = output_, rule](
                        int64_t, int64_t) { run(pixels, channels, input, channels, output, rule); });
  }

  std::unique_ptr<Step> operator()(const Softmax&) const {
    const auto& kernel = Select(ByType<T>(kSoftmaxF32, kSoftmaxQu8, kSoftmaxQs8), isa_);
    if constexpr (std::is_same_v<T, float>) {
      return MakeScoresStep(kernel);
    } else {
      return MakeScoresStep(kernel, task_.inputs[0].quantization.scale);
    }
  }

  std::unique_ptr<Step> operator()(const Sigmoid&) const {
    const auto& kernel = Select(ByType<T>(kSigmoidF32, kSigmoidQu8, kSigmoidQs8), isa_);
    if constexpr (std::is_same_v<T, float>) {
      return MakeScoresStep(kernel);
    } else {
      const Quantization& input = task_.inputs[0].quantization;
      return MakeScoresStep(kernel, input.scale, input.zero_point);
    }
  }

 protected:
  int64_t OutputPixels() const { return task_.output.shape[0] * task_.output.shape[1]; }

  // Of the last layer. `quantization` is what its kernel takes of the input's.
  template <typename... Numbers>
  std::unique_ptr<Step> MakeScoresStep(const auto& kernel, Numbers... quantization) const {
    // A thousand numbers: not worth being shared out.
    return MakeStep(kernel.name, AlignedBuffer(), 1,
                    [run = kernel.function, n = Int(ElementCount(task_.inputs[0].shape)), input = input_,
                     scores = static_cast<float*>(task_.output.data),
                     quantization...](int64_t, int64_t) { run(n, input, quantization..., scores); });
  }

  template <typename Function>
  std::unique_ptr<Step> MakeFullyConnectedStep(const KernelEntry<Function>& kernel) const {
    AlignedBuffer packed = PackGemm<T>(task_, kernel.tile);
    const std::byte* weights = packed.data();
    const int n = Int(task_.channels.end - task_.channels.begin);
    const int k = Int(ElementCount(task_.inputs[0].shape));
    const int nr = kernel.tile.nr;
    const size_t block_bytes = BlockBytes<T>(k, kernel.tile);
    return MakeStep(kernel.name, std::move(packed), Blocks(n, nr),
                    [run = kernel.function, n, k, nr, block_bytes, input = input_, weights,
                     output = output_ + Offset(task_.channels.begin),
                     rule = OutputRule<T>(task_)](int64_t begin, int64_t end) {
                      const int n_begin = Int(begin * nr);
                      const int n_end = std::min(n, Int(end * nr));
                      run(n_end - n_begin, k, input, weights + begin * block_bytes, output + n_begin, rule);
                    });
  }

  template <typename Function>
  std::unique_ptr<Step> MakePointwiseStep(const KernelEntry<Function>& kernel) const {
    AlignedBuffer packed = PackGemm<T>(task_, kernel.tile);
    const std::byte* weights = packed.data();
    return MakeStep(kernel.name, std::move(packed), OutputPixels(),
                    [run = kernel.function, n = Int(task_.output.shape[2]), k = Int(task_.inputs[0].shape[2]),
                     input = input_, input_stride = Offset(task_.inputs[0].pixel_stride), weights,
                     output = output_, output_stride = Offset(task_.output.pixel_stride),
                     rule = OutputRule<T>(task_)](int64_t begin, int64_t end) {
                      run(Int(end - begin), n, k, input + Offset(begin) * input_stride, input_stride, weights,
                          output + Offset(begin) * output_stride, output_stride, rule);
                    });
  }

  std::unique_ptr<Step> MakeStep(const char* kernel, AlignedBuffer packed, int64_t parts,
                                 NativeStep::Work work) const {
    return std::make_unique<NativeStep>(threads_, kernel, std::move(packed), parts, std::move(work));
  }

  template <typename Function>
  std::unique_ptr<Step> MakeConvStep(const KernelEntry<Function>& kernel, const Conv& op) const {
    const ConvGeometry geometry = GeometryOf(task_, op.window, op.groups);
    return MakeWindowStep(kernel, geometry, PackConv<T>(task_, geometry, kernel.tile));
  }

  template <typename Function>
  std::unique_ptr<Step> MakeDwconvStep(const KernelEntry<Function>& kernel, const Depthwise& op) const {
    const ConvGeometry geometry = GeometryOf(task_, op.window, 1);
    return MakeWindowStep(kernel, geometry, PackDwconv<T>(task_, geometry, kernel.tile));
  }

  template <typename Function>
  std::unique_ptr<Step> MakeWindowStep(const KernelEntry<Function>& kernel, const ConvGeometry& geometry,
                                       AlignedBuffer packed) const {
    const std::byte* weights = packed.data();
    return MakeStep(kernel.name, std::move(packed), geometry.output_height,
                    [run = kernel.function, geometry, input = input_, weights,
                     output = output_ + Offset(task_.channels.begin),
                     rule = OutputRule<T>(task_)](int64_t begin, int64_t end) {
                      run(geometry, Int(begin), Int(end), input, weights, output, rule);
                    });
  }

  const ThreadPool& threads_;
  Isa isa_;
  const LayerTask& task_;
  const T* input_;
  T* output_;
};

#if MOBILENET_HAVE_NEONFP16
// Layers of half floats: those with weights, but for depthwise ones of other windows than there are kernels.
class HalfStepMaker : private StepMaker<Half> {
 public:
  using StepMaker<Half>::StepMaker;

  std::unique_ptr<Step> operator()(const Conv& op) const {
    return IsPointwise(task_.layer) ? MakePointwiseStep(kPointwiseF16[0]) : MakeConvStep(kConvF16[0], op);
  }
  std::unique_ptr<Step> operator()(const Depthwise& op) const {
    for (const auto& kernel : kDwconvF16) {
      const bool takes_window =
          op.window.kernel_height == kernel.window && op.window.kernel_width == kernel.window;
      if (takes_window) return MakeDwconvStep(kernel, op);
    }
    return nullptr;
  }
  std::unique_ptr<Step> operator()(const FullyConnected&) const {
    return MakeFullyConnectedStep(kFullyConnectedF16[0]);
  }
  template <typename Other>
  std::unique_ptr<Step> operator()(const Other&) const {
    return nullptr;
  }
};
#endif

class NativeBackend final : public Backend {
 public:
  NativeBackend(const ThreadPool& threads, Isa isa) : threads_(threads), isa_(isa) {}

  std::string_view name() const override { return "native"; }
  // The products of a pointwise layer are in an order for the cache already. For a window some pixels'
  // patches are copied at a time, which all weights then pass by.
  bool TakesPanels(const Layer& layer) const override { return !IsPointwise(layer); }

  std::unique_ptr<Step> MakeStep(const LayerTask& task) override {
    switch (task.type) {
      case DataType::kF32:
        return std::visit(StepMaker<float>(threads_, isa_, task), task.layer.op);
      case DataType::kF16:
#if MOBILENET_HAVE_NEONFP16
        if (isa_ == Isa::kNeonFp16) return std::visit(HalfStepMaker(threads_, isa_, task), task.layer.op);
#endif
        return nullptr;
      case DataType::kU8:
        return std::visit(StepMaker<uint8_t>(threads_, isa_, task), task.layer.op);
      case DataType::kS8:
        return std::visit(StepMaker<int8_t>(threads_, isa_, task), task.layer.op);
      case DataType::kS32:
        break;
    }
    return nullptr;
  }

 private:
  const ThreadPool& threads_;
  Isa isa_;
};

}  // namespace

std::unique_ptr<Step> MakeActivationStep(const ThreadPool& threads, Activation activation, const Operand& map,
                                         const ChannelRange& channels) {
  const auto make = [&](const auto& kernel) {
    const auto run_rows = [run = kernel.function,
                           data = static_cast<float*>(map.data) + Offset(channels.begin),
                           count = Int(channels.end - channels.begin),
                           stride = Offset(map.pixel_stride)](int64_t begin, int64_t end) {
      if (stride == count) {
        float* values = data + Offset(begin) * stride;
        run(Int((end - begin) * count), values, values);
        return;
      }
      for (float* pixel = data + Offset(begin) * stride; begin < end; ++begin, pixel += stride) {
        run(count, pixel, pixel);
      }
    };
    return std::make_unique<NativeStep>(threads, kernel.name, AlignedBuffer(), map.shape[0] * map.shape[1],
                                        run_rows);
  };
  return activation == Activation::kTanh ? make(Select(kTanhF32, Isa::kScalar))
                                         : make(Select(kSigmoidF32, Isa::kScalar));
}

std::unique_ptr<Backend> MakeNativeBackend(const ThreadPool& threads, Isa isa) {
  assert(CanRun(isa));
  return std::make_unique<NativeBackend>(threads, isa);
}

}  // namespace mobilenet
