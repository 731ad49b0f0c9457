#include "src/engine/xnnpack_backend.h"

#include <xnnpack.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "kernels/common/half.h"
#include "src/base/aligned_buffer.h"
#include "src/base/error.h"
#include "src/base/str_cat.h"
#include "src/engine/activation_range.h"
#include "src/engine/cannot_run.h"

namespace mobilenet {
namespace {

static_assert(AlignedBuffer::kSlackBytes >= XNN_EXTRA_BYTES);

struct DeleteOperator {
  void operator()(xnn_operator_t op) const { xnn_delete_operator(op); }
};
using OperatorHandle = std::unique_ptr<xnn_operator, DeleteOperator>;

std::string_view StatusText(xnn_status status) {
  switch (status) {
    case xnn_status_success:
      return "success";
    case xnn_status_uninitialized:
      return "not initialized";
    case xnn_status_invalid_parameter:
      return "invalid parameter";
    case xnn_status_invalid_state:
      return "invalid state";
    case xnn_status_unsupported_parameter:
      return "unsupported parameter";
    case xnn_status_unsupported_hardware:
      return "unsupported hardware";
    case xnn_status_out_of_memory:
      return "out of memory";
    default:
      return "unknown status";
  }
}

void Check(xnn_status status, const Layer& layer) {
  if (status != xnn_status_success) Fail(layer.name, ": XNNPACK: ", StatusText(status));
}

// To XNNPACK, every layer with weights is a convolution: a fully connected layer is 1x1, since int8 per
// channel exists for convolutions only (in the generation of 2022).
struct Geometry {
  Window window = {};  // the padding is the task's
  uint32_t groups = 1;
  size_t group_input_channels = 0;
  size_t group_output_channels = 0;
  size_t input_pixel_stride = 0;
  size_t output_pixel_stride = 0;
  size_t input_height = 1;
  size_t input_width = 1;
  uint32_t flags = 0;
  const char* algorithm = "gemm";  // as XNNPACK chooses by the shape
};

// False for layers without weights.
bool GeometryOf(const LayerTask& task, Geometry& geometry) {
  const Layer& layer = task.layer;
  const Operand& input = task.inputs[0];
  geometry.group_input_channels = static_cast<size_t>(input.shape[2]);
  geometry.group_output_channels = static_cast<size_t>(task.channels.end - task.channels.begin);
  geometry.input_pixel_stride = static_cast<size_t>(input.pixel_stride);
  geometry.output_pixel_stride = static_cast<size_t>(task.output.pixel_stride);
  if (std::holds_alternative<FullyConnected>(layer.op)) {
    geometry.group_input_channels = geometry.input_pixel_stride =
        static_cast<size_t>(ElementCount(input.shape));
    return true;
  }
  geometry.input_height = static_cast<size_t>(input.shape[0]);
  geometry.input_width = static_cast<size_t>(input.shape[1]);
  if (const auto* conv = std::get_if<Conv>(&layer.op)) {
    geometry.window = conv->window;
    geometry.window.padding = task.padding;
    geometry.groups = static_cast<uint32_t>(conv->groups);
    geometry.group_input_channels /= geometry.groups;
    geometry.group_output_channels /= geometry.groups;
    if (!IsPointwise(layer)) geometry.algorithm = "igemm";
    return true;
  }
  if (const auto* depthwise = std::get_if<Depthwise>(&layer.op)) {
    geometry.window = depthwise->window;
    geometry.window.padding = task.padding;
    geometry.groups = static_cast<uint32_t>(input.shape[2]);
    geometry.group_input_channels = geometry.group_output_channels = 1;
    geometry.flags = XNN_FLAG_DEPTHWISE_CONVOLUTION;  // weights [KH, KW, C]
    geometry.algorithm = "dwconv";
    return true;
  }
  return false;
}

// Whether XNNPACK has such a pool: for 8-bit integers it has averages only of u8, which count the padding,
// and it takes no window of a single pixel nor one that leaves pixels out. Of half floats the generation of
// 2022 has no averages, and maxima are the same in f32.
bool HasPool(const LayerTask& task) {
  const Layer& layer = task.layer;
  const bool is_max = std::holds_alternative<MaxPool>(layer.op);
  if (task.type == DataType::kF16) return false;
  if (!is_max && !(std::holds_alternative<AvgPool>(layer.op) && task.type == DataType::kF32)) return false;
  const Window& window = *WindowOf(layer);
  return window.kernel_height * window.kernel_width > 1 &&
         window.stride <= std::min(window.kernel_height, window.kernel_width);
}

// What a pool needs to know about its channels: {channels, pixel stride of the input, of the output}.
struct PoolSizes {
  explicit PoolSizes(const LayerTask& task)
      : channels(static_cast<size_t>(task.output.shape[2])),
        input_pixel_stride(static_cast<size_t>(task.inputs[0].pixel_stride)),
        output_pixel_stride(static_cast<size_t>(task.output.pixel_stride)) {}

  size_t channels;
  size_t input_pixel_stride;
  size_t output_pixel_stride;
};

// The operators by element type. The macros hide where the generations differ in name or order.
#if MOBILENET_XNNPACK_HAS_RESHAPE
#define MOBILENET_XNN_CREATE_POOL_SIZES(sizes)
#define MOBILENET_XNN_CREATE_CACHES nullptr, nullptr,
#define MOBILENET_XNN_S8(verb) xnn_##verb##_convolution2d_nhwc_qs8_qc8w
#else
#define MOBILENET_XNN_CREATE_POOL_SIZES(sizes) \
  sizes.channels, sizes.input_pixel_stride, sizes.output_pixel_stride,
#define MOBILENET_XNN_CREATE_CACHES
#define MOBILENET_XNN_S8(verb) xnn_##verb##_convolution2d_nhwc_qc8
#endif

class XnnpackStep final : public Step {
 public:
  XnnpackStep(OperatorHandle op, const ThreadPool& threads, std::string kernel, AlignedBuffer workspace = {})
      : operator_(std::move(op)),
        threads_(threads),
        kernel_(std::move(kernel)),
        workspace_(std::move(workspace)) {}

  void Run() override {
    if (xnn_run_operator(operator_.get(), threads_.get()) != xnn_status_success)
      Fail(kernel_, ": XNNPACK cannot run");
  }
  std::string kernel() const override { return kernel_; }

 private:
  OperatorHandle operator_;
  const ThreadPool& threads_;
  std::string kernel_;
  AlignedBuffer workspace_;  // empty where the operator needs none
};

class XnnpackBackend final : public Backend {
 public:
  explicit XnnpackBackend(const ThreadPool& threads) : threads_(threads) {
    const xnn_status status = xnn_initialize(nullptr);
    if (status != xnn_status_success) {
      FailToRun("XNNPACK does not run on this CPU: ", StatusText(status), " (use --backend native)");
    }
  }

  std::string_view name() const override { return "xnnpack"; }
  bool TakesPanels(const Layer&) const override { return true; }

  std::unique_ptr<Step> MakeStep(const LayerTask& task) override {
    if (HasPool(task)) return MakePoolStep(task);
    Geometry geometry;
    if (!GeometryOf(task, geometry)) return nullptr;
    if (task.type == DataType::kF16 && !HasRightHalfProducts()) return nullptr;
    return MakeConvStep(task, geometry);
  }

 private:
  // Debian 13's XNNPACK multiplies half floats with AVX-512 FP16, and gets wrong every 64 output channels
  // that it computes at a time. So a product whose result is known comes first, and without it there are
  // none.
  bool HasRightHalfProducts() {
    if (has_right_half_products_) return *has_right_half_products_;
    constexpr int64_t kChannels = 64;
    AlignedBuffer weights(kChannels * sizeof(float));
    const AlignedBuffer bias(kChannels * sizeof(float));
    AlignedBuffer input(sizeof(Half));
    AlignedBuffer output(kChannels * sizeof(Half));
    const auto weight = [](int64_t channel) { return static_cast<float>(channel + 1); };
    for (int64_t i = 0; i < kChannels; ++i) weights.As<float>()[i] = weight(i);
    *input.As<Half>() = Half(1.0f);
    const Layer layer{"probe", Conv{}, Activation::kNone, {1, 1, 1}, {1, 1, kChannels}};
    LayerWeights layer_weights;
    layer_weights.weights = {DataType::kF32, WeightsShape(layer), weights.data()};
    layer_weights.bias = {DataType::kF32, {kChannels}, bias.data()};
    LayerTask task = WholeLayer(layer, DataType::kF16, std::move(layer_weights));
    task.inputs[0].data = input.data();
    task.output.data = output.data();
    Geometry geometry;
    const auto step = GeometryOf(task, geometry) ? MakeConvStep(task, geometry) : nullptr;
    if (step) step->Run();
    bool are_right = step != nullptr;
    for (int64_t i = 0; i < kChannels; ++i) are_right &= output.As<Half>()[i] == weight(i);
    has_right_half_products_ = are_right;
    return are_right;
  }

  // A convolution of any kind.
  std::unique_ptr<Step> MakeConvStep(const LayerTask& task, const Geometry& geometry) const {
    const Layer& layer = task.layer;
    xnn_operator_t op = nullptr;
    const xnn_status status = Create(task, geometry, &op);
    OperatorHandle handle(op);
    // The native backend runs what it refuses (such as a requantisation scale of 256 and more).
    if (status == xnn_status_unsupported_parameter || status == xnn_status_unsupported_hardware)
      return nullptr;
    Check(status, layer);
    Check(Setup(task, geometry, op), layer);
    return std::make_unique<XnnpackStep>(std::move(handle), threads_,
                                         KernelName(geometry.algorithm, task.type));
  }

  static std::string KernelName(const char* algorithm, DataType type) {
    return StrCat(algorithm, IsFloat(type) ? "_" : "_q", DataTypeName(type));
  }

  std::unique_ptr<Step> MakePoolStep(const LayerTask& task) const {
    xnn_operator_t op = nullptr;
    const xnn_status status = CreatePool(task, &op);
    OperatorHandle handle(op);
    if (status == xnn_status_unsupported_parameter || status == xnn_status_unsupported_hardware)
      return nullptr;
    Check(status, task.layer);
    AlignedBuffer workspace;
    Check(SetupPool(task, op, workspace), task.layer);
    const bool is_max = std::holds_alternative<MaxPool>(task.layer.op);
    return std::make_unique<XnnpackStep>(std::move(handle), threads_,
                                         KernelName(is_max ? "maxpool" : "avgpool", task.type),
                                         std::move(workspace));
  }

  xnn_status CreatePool(const LayerTask& task, xnn_operator_t* op) const {
    const Window& window = *WindowOf(task.layer);
    const auto unsigned_int = [](int value) { return static_cast<uint32_t>(value); };
    const uint32_t stride = unsigned_int(window.stride);
    [[maybe_unused]] const PoolSizes sizes(task);
    const auto create = [&](auto create_operator, auto min, auto max, auto... dilations) {
      return create_operator(unsigned_int(task.padding.top), unsigned_int(task.padding.right),
                             unsigned_int(task.padding.bottom), unsigned_int(task.padding.left),
                             unsigned_int(window.kernel_height), unsigned_int(window.kernel_width), stride,
                             stride, dilations..., MOBILENET_XNN_CREATE_POOL_SIZES(sizes) min, max,
                             ThreadFlags(), op);
    };
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    if (std::holds_alternative<AvgPool>(task.layer.op)) {
      return create(xnn_create_average_pooling2d_nhwc_f32, -kInfinity, kInfinity);
    }
    switch (task.type) {
      case DataType::kF32:
        return create(xnn_create_max_pooling2d_nhwc_f32, -kInfinity, kInfinity, 1u, 1u);
      case DataType::kU8:
        return create(xnn_create_max_pooling2d_nhwc_u8, uint8_t{0}, uint8_t{255}, 1u, 1u);
      case DataType::kS8:
        return create(xnn_create_max_pooling2d_nhwc_s8, int8_t{-128}, int8_t{127}, 1u, 1u);
      case DataType::kF16:
      case DataType::kS32:
        break;
    }
    return xnn_status_unsupported_parameter;
  }

  // `workspace` is the memory that the operator needs in addition while it runs.
  xnn_status SetupPool(const LayerTask& task, xnn_operator_t op,
                       [[maybe_unused]] AlignedBuffer& workspace) const {
    const auto height = static_cast<size_t>(task.inputs[0].shape[0]);
    const auto width = static_cast<size_t>(task.inputs[0].shape[1]);
    const void* input = task.inputs[0].data;
    void* output = task.output.data;
#if MOBILENET_XNNPACK_HAS_RESHAPE
    const PoolSizes sizes(task);
    if (std::holds_alternative<AvgPool>(task.layer.op)) {
      size_t bytes = 0;
      size_t alignment = 0;
      const xnn_status status = xnn_reshape_average_pooling2d_nhwc_f32(
          op, 1, height, width, sizes.channels, sizes.input_pixel_stride, sizes.output_pixel_stride, &bytes,
          &alignment, nullptr, nullptr, threads_.get());
      if (status != xnn_status_success) return status;
      if (alignment > AlignedBuffer::kAlignmentBytes) return xnn_status_invalid_state;
      if (bytes != 0) workspace = AlignedBuffer(bytes);
      return xnn_setup_average_pooling2d_nhwc_f32(op, workspace.data(), static_cast<const float*>(input),
                                                  static_cast<float*>(output));
    }
    const auto setup = [&](auto reshape, auto setup_operator, auto type) {
      using T = decltype(type);
      const xnn_status status = reshape(op, 1, height, width, sizes.channels, sizes.input_pixel_stride,
                                        sizes.output_pixel_stride, nullptr, nullptr, threads_.get());
      if (status != xnn_status_success) return status;
      return setup_operator(op, static_cast<const T*>(input), static_cast<T*>(output));
    };
    switch (task.type) {
      case DataType::kF32:
        return setup(xnn_reshape_max_pooling2d_nhwc_f32, xnn_setup_max_pooling2d_nhwc_f32, float{});
      case DataType::kU8:
        return setup(xnn_reshape_max_pooling2d_nhwc_u8, xnn_setup_max_pooling2d_nhwc_u8, uint8_t{});
      case DataType::kS8:
        return setup(xnn_reshape_max_pooling2d_nhwc_s8, xnn_setup_max_pooling2d_nhwc_s8, int8_t{});
      case DataType::kF16:
      case DataType::kS32:
        break;
    }
#else
    const auto setup = [&](auto setup_operator, auto type) {
      using T = decltype(type);
      return setup_operator(op, 1, height, width, static_cast<const T*>(input), static_cast<T*>(output),
                            threads_.get());
    };
    if (std::holds_alternative<AvgPool>(task.layer.op)) {
      return setup(xnn_setup_average_pooling2d_nhwc_f32, float{});
    }
    switch (task.type) {
      case DataType::kF32:
        return setup(xnn_setup_max_pooling2d_nhwc_f32, float{});
      case DataType::kU8:
        return setup(xnn_setup_max_pooling2d_nhwc_u8, uint8_t{});
      case DataType::kS8:
        return setup(xnn_setup_max_pooling2d_nhwc_s8, int8_t{});
      case DataType::kF16:
      case DataType::kS32:
        break;
    }
#endif
    return xnn_status_unsupported_parameter;
  }

  uint32_t ThreadFlags() const {
    return threads_.is_crowded() ? XNN_FLAG_YIELD_WORKERS : 0;
  }

  xnn_status Create(const LayerTask& task, const Geometry& g, xnn_operator_t* op) const {
    const Layer& layer = task.layer;
    const auto unsigned_int = [](int value) { return static_cast<uint32_t>(value); };
    const uint32_t kernel_height = unsigned_int(g.window.kernel_height);
    const uint32_t kernel_width = unsigned_int(g.window.kernel_width);
    const uint32_t stride = unsigned_int(g.window.stride);
    const uint32_t top = unsigned_int(g.window.padding.top);
    const uint32_t bottom = unsigned_int(g.window.padding.bottom);
    const uint32_t left = unsigned_int(g.window.padding.left);
    const uint32_t right = unsigned_int(g.window.padding.right);
    const LayerWeights& w = task.weights;
    const Quantization& in = task.inputs[0].quantization;
    const Quantization& out = task.output.quantization;
    // The panel's part of the weights; that of the output begins as many channels later, in rows as wide as
    // the layer.
    const int64_t first = task.channels.begin;
    const int64_t first_weight = first * ElementCount(w.weights.shape) / layer.output.back();
    const uint32_t flags =
        g.flags | ThreadFlags() | (task.type == DataType::kF16 ? XNN_FLAG_FP32_STATIC_WEIGHTS : 0);
    const auto create = [&](auto create_operator, auto... arguments) {
      return create_operator(top, right, bottom, left, kernel_height, kernel_width, stride, stride, 1, 1,
                             g.groups, g.group_input_channels, g.group_output_channels, g.input_pixel_stride,
                             g.output_pixel_stride, arguments..., flags, MOBILENET_XNN_CREATE_CACHES op);
    };
    const auto create_float = [&](auto create_operator) {
      const auto [min, max] = FloatActivationRange(layer.activation);
      return create(create_operator, w.weights.As<float>() + first_weight, w.bias.As<float>() + first, min,
                    max);
    };
    switch (task.type) {
      case DataType::kF32:
        return create_float(xnn_create_convolution2d_nhwc_f32);
      case DataType::kF16:
        return create_float(xnn_create_convolution2d_nhwc_f16);
      case DataType::kU8: {
        const auto [min, max] = QuantizedActivationRange<uint8_t>(layer.activation, out);
        return create(xnn_create_convolution2d_nhwc_qu8, static_cast<uint8_t>(in.zero_point), in.scale,
                      static_cast<uint8_t>(w.zero_point), w.scales[0], w.weights.As<uint8_t>() + first_weight,
                      w.bias.As<int32_t>() + first, static_cast<uint8_t>(out.zero_point), out.scale, min,
                      max);
      }
      case DataType::kS8: {
        const auto [min, max] = QuantizedActivationRange<int8_t>(layer.activation, out);
        return create(MOBILENET_XNN_S8(create), static_cast<int8_t>(in.zero_point), in.scale,
                      w.scales.data() + first, w.weights.As<int8_t>() + first_weight,
                      w.bias.As<int32_t>() + first, static_cast<int8_t>(out.zero_point), out.scale, min, max);
      }
      case DataType::kS32:
        break;
    }
    return xnn_status_unsupported_parameter;
  }

  xnn_status Setup(const LayerTask& task, const Geometry& g, xnn_operator_t op) const {
    const size_t height = g.input_height;
    const size_t width = g.input_width;
#if MOBILENET_XNNPACK_HAS_RESHAPE
    const auto setup = [&](auto reshape, auto setup_operator, auto type) {
      using T = decltype(type);
      size_t workspace_bytes = 0;
      size_t workspace_alignment = 0;
      const xnn_status status = reshape(op, 1, height, width, &workspace_bytes, &workspace_alignment, nullptr,
                                        nullptr, threads_.get());
      if (status != xnn_status_success) return status;
      // A workspace is needed only with XNN_FLAG_TRANSIENT_INDIRECTION_BUFFER.
      if (workspace_bytes != 0) return xnn_status_invalid_state;
      return setup_operator(op, nullptr, static_cast<const T*>(task.inputs[0].data),
                            static_cast<T*>(task.output.data) + task.channels.begin);
    };
    switch (task.type) {
      case DataType::kF32:
        return setup(xnn_reshape_convolution2d_nhwc_f32, xnn_setup_convolution2d_nhwc_f32, float{});
      case DataType::kF16:
        return setup(xnn_reshape_convolution2d_nhwc_f16, xnn_setup_convolution2d_nhwc_f16, Half{});
      case DataType::kU8:
        return setup(xnn_reshape_convolution2d_nhwc_qu8, xnn_setup_convolution2d_nhwc_qu8, uint8_t{});
      case DataType::kS8:
        return setup(MOBILENET_XNN_S8(reshape), MOBILENET_XNN_S8(setup), int8_t{});
      case DataType::kS32:
        break;
    }
#else
    const auto setup = [&](auto setup_operator, auto type) {
      using T = decltype(type);
      return setup_operator(op, 1, height, width, static_cast<const T*>(task.inputs[0].data),
                            static_cast<T*>(task.output.data) + task.channels.begin, threads_.get());
    };
    switch (task.type) {
      case DataType::kF32:
        return setup(xnn_setup_convolution2d_nhwc_f32, float{});
      case DataType::kF16:
        return setup(xnn_setup_convolution2d_nhwc_f16, Half{});
      case DataType::kU8:
        return setup(xnn_setup_convolution2d_nhwc_qu8, uint8_t{});
      case DataType::kS8:
        return setup(MOBILENET_XNN_S8(setup), int8_t{});
      case DataType::kS32:
        break;
    }
#endif
    return xnn_status_unsupported_parameter;
  }

  const ThreadPool& threads_;
  std::optional<bool> has_right_half_products_;  // once it is known
};

}  // namespace

std::string_view XnnpackGeneration() {
#if MOBILENET_XNNPACK_HAS_RESHAPE
  return "create/reshape/setup/run (2024)";
#else
  return "create/setup/run (2022)";
#endif
}

std::unique_ptr<Backend> MakeXnnpackBackend(const ThreadPool& threads) {
  return std::make_unique<XnnpackBackend>(threads);
}

}  // namespace mobilenet
