#include "src/engine/layer_weights.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <utility>
#include <variant>

#include "kernels/common/half.h"
#include "src/base/error.h"

namespace mobilenet {
namespace {

// All kernels keep sums in 32 bits; with a bias from a hostile file they would overflow.
void CheckSumsFit(const ModelFile& file, const Layer& layer, const LayerWeights& weights) {
  const int64_t sum_length = ElementCount(weights.weights.shape) / layer.output.back();  // KH x KW x IC
  const int64_t limit = LargestBias(sum_length);
  const auto* bias = weights.bias.As<int32_t>();
  for (int64_t oc = 0; oc < layer.output.back(); ++oc) {
    if (std::abs(int64_t{bias[oc]}) > limit) {
      Fail(file.path(), ": ", layer.name, ".bias: value ", bias[oc], " of channel ", oc, " (at most ", limit,
           " in magnitude, so that 32 bits hold every sum)");
    }
  }
}

// Symmetric weights contain no -128, and kernels rely on it: two products of int8 then fit into 16 bits.
void CheckSymmetric(const ModelFile& file, const Layer& layer, const LayerWeights& weights) {
  const auto* values = weights.weights.As<int8_t>();
  const int64_t count = ElementCount(weights.weights.shape);
  // Compilers vectorise this, but not a search.
  int8_t lowest = 0;
  for (int64_t i = 0; i < count; ++i) lowest = std::min(lowest, values[i]);
  if (lowest == -128) {
    Fail(file.path(), ": ", layer.name, ".weights: element ",
         std::find(values, values + count, -128) - values,
         " is -128 (-127...127: int8 weights are symmetric)");
  }
}

template <typename T>
void Dequantize(const Layer& layer, const LayerWeights& from, const Quantization& input, LoadedWeights& to) {
  const int64_t channels = layer.output.back();
  const int64_t count = ElementCount(from.weights.shape);
  // Channels are outermost, except in depthwise weights, where they are innermost.
  const bool channels_innermost = std::holds_alternative<Depthwise>(layer.op);
  const int64_t per_channel = count / channels;
  const auto scale = [&](int64_t oc) {
    return from.scales[from.scales.size() == 1 ? 0 : static_cast<size_t>(oc)];
  };

  to.dequantized_weights = AlignedBuffer(static_cast<size_t>(count) * sizeof(float));
  to.dequantized_bias = AlignedBuffer(static_cast<size_t>(channels) * sizeof(float));
  auto* weights = to.dequantized_weights.As<float>();
  auto* bias = to.dequantized_bias.As<float>();
  for (int64_t i = 0; i < count; ++i) {
    const int64_t oc = channels_innermost ? i % channels : i / per_channel;
    weights[i] = scale(oc) * static_cast<float>(from.weights.As<T>()[i] - from.zero_point);
  }
  for (int64_t oc = 0; oc < channels; ++oc) {
    // In double: biases have more bits than a float's mantissa.
    bias[oc] = static_cast<float>(double{input.scale} * scale(oc) * from.bias.As<int32_t>()[oc]);
  }
  to.views.weights = {DataType::kF32, from.weights.shape, weights};
  to.views.bias = {DataType::kF32, from.bias.shape, bias};
}

}  // namespace

DataType StoredType(WeightQuantization quantization) {
  switch (quantization) {
    case WeightQuantization::kU8PerTensor:
      return DataType::kU8;
    case WeightQuantization::kS8PerChannel:
      return DataType::kS8;
    case WeightQuantization::kNone:
      break;
  }
  return DataType::kF32;
}

void CheckFitsHalf(const ModelFile& file, const std::string& name, const TensorView& tensor) {
  const auto* values = tensor.As<float>();
  const int64_t count = ElementCount(tensor.shape);
  const auto* beyond = std::find_if(values, values + count, [](float x) { return !Half(x).IsFinite(); });
  if (beyond == values + count) return;
  Fail(file.path(), ": ", name, ": ", *beyond, " is more than half floats hold, ", kLargestHalf,
       " (stays in f32)");
}

int64_t LargestBias(int64_t sum_length) {
  constexpr int64_t kLargestProduct = 255 * 255;
  return std::numeric_limits<int32_t>::max() - sum_length * kLargestProduct;
}

LoadedWeights LoadLayerWeights(const ModelFile& file, const Layer& layer, DataType type,
                               const Quantization& input) {
  const Shape shape = WeightsShape(layer);
  if (shape.empty()) return {};
  if (type == DataType::kF16) {
    LoadedWeights loaded = LoadLayerWeights(file, layer, DataType::kF32, input);
    CheckFitsHalf(file, layer.name + ".weights", loaded.views.weights);
    CheckFitsHalf(file, layer.name + ".bias", loaded.views.bias);
    return loaded;
  }
  const int64_t channels = layer.output.back();
  const DataType stored = StoredType(file.quantization());
  const std::string weights_name = layer.name + ".weights";

  if (stored == DataType::kF32 && file.IsHalf(weights_name)) {
    LoadedWeights loaded;
    loaded.dequantized_weights = AlignedBuffer(static_cast<size_t>(ElementCount(shape)) * sizeof(float));
    auto* widened = loaded.dequantized_weights.As<float>();
    file.WidenHalf(weights_name, shape, widened);
    loaded.views.weights = {DataType::kF32, shape, widened};
    loaded.views.bias = file.Tensor(layer.name + ".bias", DataType::kF32, {channels});
    return loaded;
  }

  LayerWeights views;
  views.weights = file.Tensor(weights_name, stored, shape);
  views.bias = file.Tensor(layer.name + ".bias", stored == DataType::kF32 ? DataType::kF32 : DataType::kS32,
                           {channels});
  if (stored != DataType::kF32) {
    views.scales = file.Scales(weights_name, stored == DataType::kS8 ? channels : 1);
    views.zero_point = file.ZeroPoint(weights_name);
    if (stored == DataType::kS8 && views.zero_point != 0) {
      Fail(file.path(), ": ", weights_name, ".zero_point: ", views.zero_point,
           " (0: int8 weights are symmetric)");
    }
    if (stored == DataType::kS8) CheckSymmetric(file, layer, views);
    CheckSumsFit(file, layer, views);
  }
  LoadedWeights loaded;
  loaded.stored_weights = views.weights;
  loaded.views = std::move(views);
  if (stored != type) {
    const LayerWeights from = std::exchange(loaded.views, {});
    if (stored == DataType::kU8) {
      Dequantize<uint8_t>(layer, from, input, loaded);
    } else {
      Dequantize<int8_t>(layer, from, input, loaded);
    }
  }
  return loaded;
}

void GiveBack(const WeightsSource& source, const LoadedWeights& weights) {
  if (source.own_file && weights.stored_weights.data) source.own_file->GiveBack(weights.stored_weights);
}

void GiveBack(const WeightsSource& source, const LoadedWeights& weights, const LayerTask& task) {
  const int64_t all = task.layer.output.back();
  if (task.channels.begin == 0 && task.channels.end == all) return GiveBack(source, weights);
  TensorView part = weights.stored_weights;
  if (!source.own_file || !part.data) return;
  // Channels are outermost in all weights that are packed in parts.
  const int64_t per_channel = ElementCount(part.shape) / all;
  const auto offset = static_cast<size_t>(task.channels.begin * per_channel) * ElementBytes(part.type);
  part.data = static_cast<const std::byte*>(part.data) + offset;
  part.shape = {task.channels.end - task.channels.begin, per_channel};
  source.own_file->GiveBack(part);
}

}  // namespace mobilenet
