#include "src/weights/random_model.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "src/base/number_text.h"
#include "src/base/random.h"
#include "src/base/str_cat.h"
#include "src/json/json_writer.h"
#include "src/weights/model_writer.h"

namespace mobilenet {
namespace {

struct Tensor {
  std::string name;
  DataType type;
  Shape shape;
  double limit = 0;  // values are uniform in -limit...limit; 0: all are `value`
  double value = 0;
  size_t offset = 0;  // in the data, in bytes

  size_t bytes() const { return static_cast<size_t>(ElementCount(shape)) * ElementBytes(type); }
};

// The tensors of the network, and what they hold.
class TensorList {
 public:
  TensorList(const Network& network, WeightQuantization quantization) : quantization_(quantization) {
    if (IsQuantized()) AddQuantization("input", 1.0 / 128, 128);
    for (const Layer& layer : network.layers) {
      if (Parameters(layer) != 0) AddWeights(layer);
      if (!IsQuantized() || KeepsQuantization(layer) || MayKeepQuantization(layer)) continue;
      const bool is_positive = layer.activation != Activation::kNone;
      AddQuantization(layer.name + ".output", is_positive ? 6.0 / 255 : 0.1, is_positive ? 0 : 128);
    }
  }

  // Those with 4-byte elements first, so that they are aligned.
  std::vector<Tensor> Take() {
    std::stable_partition(tensors_.begin(), tensors_.end(),
                          [](const Tensor& tensor) { return ElementBytes(tensor.type) == 4; });
    size_t offset = 0;
    for (Tensor& tensor : tensors_) {
      tensor.offset = offset;
      offset += tensor.bytes();
    }
    return std::move(tensors_);
  }

 private:
  bool IsQuantized() const { return quantization_ != WeightQuantization::kNone; }
  bool IsS8() const { return quantization_ == WeightQuantization::kS8PerChannel; }

  // The zero point in the form of u8.
  void AddQuantization(const std::string& name, double scale, int zero_point) {
    tensors_.push_back({name + ".scale", DataType::kF32, {1}, 0, scale});
    tensors_.push_back({name + ".zero_point", DataType::kS32, {1}, 0, zero_point - (IsS8() ? 128.0 : 0.0)});
  }

  void AddWeights(const Layer& layer) {
    const Shape shape = WeightsShape(layer);
    const int64_t channels = layer.output.back();
    const double fan_in = static_cast<double>(ElementCount(shape) / channels);
    const double limit = std::sqrt(6 / fan_in);  // a variance of 2 / fan_in
    const std::string name = layer.name + ".weights";
    if (!IsQuantized()) {
      tensors_.push_back({name, DataType::kF32, shape, limit});
      tensors_.push_back({layer.name + ".bias", DataType::kF32, {channels}});
      return;
    }
    constexpr int kLargest = 127;
    tensors_.push_back({name + ".scale", DataType::kF32, {IsS8() ? channels : 1}, 0, limit / kLargest});
    tensors_.push_back({name + ".zero_point", DataType::kS32, {1}, 0, IsS8() ? 0.0 : 128.0});
    tensors_.push_back({layer.name + ".bias", DataType::kS32, {channels}});
    tensors_.push_back({name, IsS8() ? DataType::kS8 : DataType::kU8, shape, kLargest});
  }

  WeightQuantization quantization_;
  std::vector<Tensor> tensors_;
};

Safetensors::Metadata MakeMetadata(const Network& network, WeightQuantization quantization) {
  JsonWriter labels;
  labels.BeginArray();
  for (int i = 0; i < network.classes; ++i) labels.String(StrCat("class ", i));
  labels.EndArray();
  const bool is_grey = ShapeOf(network, 0).back() == 1;
  const std::string numbers = is_grey ? "[127.5]" : "[127.5, 127.5, 127.5]";
  return {
      {"mobilenet.format", "1"},
      {"mobilenet.architecture", network.architecture},
      {"mobilenet.width_multiplier", ShortestText(network.width_multiplier)},
      {"mobilenet.resolution", std::to_string(network.resolution)},
      {"mobilenet.classes", std::to_string(network.classes)},
      {"mobilenet.quantization", std::string(QuantizationName(quantization))},
      {"mobilenet.preprocess",
       StrCat(R"({"color": ")", is_grey ? "grey" : "rgb",
              R"(", "resize": "crop", "crop_fraction": 0.875, "interpolation": "bilinear", "mean": )",
              numbers, R"(, "std": )", numbers, "}")},
      {"mobilenet.labels", labels.text()},
  };
}

template <typename T>
void Fill(const Tensor& tensor, int zero_point, Random& random, std::byte* to) {
  auto* values = reinterpret_cast<T*>(to);
  const int64_t count = ElementCount(tensor.shape);
  if (tensor.limit == 0) {
    std::fill_n(values, count, static_cast<T>(tensor.value));
  } else if constexpr (std::is_same_v<T, float>) {
    for (int64_t i = 0; i < count; ++i)
      values[i] = static_cast<float>(random.Uniform(-tensor.limit, tensor.limit));
  } else {
    const int limit = static_cast<int>(tensor.limit);
    for (int64_t i = 0; i < count; ++i)
      values[i] = static_cast<T>(random.Integer(-limit, limit) + zero_point);
  }
}

}  // namespace

std::string RandomModelName(const std::string& architecture) {
  return architecture + " with random weights";
}

ModelFile RandomModel(const Network& network, WeightQuantization quantization) {
  const std::vector<Tensor> tensors = TensorList(network, quantization).Take();
  std::vector<NamedTensor> named;
  for (const Tensor& tensor : tensors) named.push_back({tensor.name, {tensor.type, tensor.shape}});
  const std::string header = ModelHeader(MakeMetadata(network, quantization), named);
  const std::string name = RandomModelName(network.architecture);
  LoadedFile file(name, header.size() + tensors.back().offset + tensors.back().bytes());
  std::memcpy(file.contents().data(), header.data(), header.size());
  Random random;
  for (const Tensor& tensor : tensors) {
    std::byte* const to = file.contents().data() + header.size() + tensor.offset;
    switch (tensor.type) {
      case DataType::kF32:
        Fill<float>(tensor, 0, random, to);
        break;
      case DataType::kS32:
        Fill<int32_t>(tensor, 0, random, to);
        break;
      case DataType::kU8:
        Fill<uint8_t>(tensor, 128, random, to);
        break;
      case DataType::kS8:
        Fill<int8_t>(tensor, 0, random, to);
        break;
      case DataType::kF16:
        break;  // weights are stored as the network's type, which is none of them
    }
  }
  return ModelFile::Parse(name, std::move(file));
}

}  // namespace mobilenet
