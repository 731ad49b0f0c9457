#include "test/fuzz/model_target.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "src/engine/plan.h"
#include "src/weights/checksum.h"
#include "src/weights/model_file.h"
#include "test/fuzz/memory_file.h"
#include "test/fuzz/target.h"
#include "test/support/synthetic_model.h"

namespace mobilenet::test {
namespace {

using nlohmann::json;

constexpr size_t kLengthBytes = 8;
constexpr uint64_t kMaxDataBytes = 4 << 20;  // of the seeds, at most 1.9 MB

uint64_t HeaderLength(std::span<const uint8_t> file) {
  uint64_t length = 0;
  for (size_t i = kLengthBytes; i-- > 0;) length = length << 8 | file[i];
  return length;
}

// What the header says, read by another JSON reader than the program's; discarded if it is not JSON.
json Header(std::span<const uint8_t> file) {
  if (file.size() < kLengthBytes) return json(json::value_t::discarded);
  const uint64_t length = std::min<uint64_t>(HeaderLength(file), file.size() - kLengthBytes);
  const auto text = file.subspan(kLengthBytes, static_cast<size_t>(length));
  return json::parse(text.begin(), text.end(), nullptr, false);
}

struct TensorInHeader {
  std::string name;
  std::string dtype;
  Shape shape;
  uint64_t begin = 0;
  uint64_t end = 0;
};

std::vector<TensorInHeader> Tensors(const json& header) {
  std::vector<TensorInHeader> tensors;
  if (!header.is_object()) return tensors;
  const auto is_number = [](const json& value) { return value.is_number_unsigned(); };
  for (const auto& [name, value] : header.items()) {
    if (name == "__metadata__" || !value.is_object()) continue;
    const json dtype = value.value("dtype", json()), shape = value.value("shape", json()),
               offsets = value.value("data_offsets", json());
    if (!dtype.is_string() || !shape.is_array() || !offsets.is_array() || offsets.size() != 2) continue;
    if (!std::all_of(shape.begin(), shape.end(), is_number) ||
        !std::all_of(offsets.begin(), offsets.end(), is_number)) {
      continue;
    }
    tensors.push_back(
        {name, dtype.get<std::string>(), {}, offsets[0].get<uint64_t>(), offsets[1].get<uint64_t>()});
    for (const json& extent : shape) tensors.back().shape.push_back(extent.get<int64_t>());
  }
  return tensors;
}

// Data that work in a network: small floats, zero points of zero.
Bytes DataFor(const std::vector<TensorInHeader>& tensors) {
  uint64_t bytes = 0;
  for (const TensorInHeader& tensor : tensors) bytes = std::max(bytes, tensor.end);
  if (bytes > kMaxDataBytes) return {};
  Bytes data(static_cast<size_t>(bytes), 0);
  for (const TensorInHeader& tensor : tensors) {
    if (tensor.begin > tensor.end || tensor.dtype == "I32") continue;
    for (uint64_t at = tensor.begin; at < tensor.end; ++at) {
      data[static_cast<size_t>(at)] = tensor.dtype == "F32" ? 0x3C : static_cast<uint8_t>(at * 7);
    }
  }
  return data;
}

// The file that an input stands for.
Bytes FileOf(std::span<const uint8_t> input, const std::vector<TensorInHeader>& tensors) {
  Bytes file(input.begin(), input.end());
  if (input.size() >= kLengthBytes && HeaderLength(input) == input.size() - kLengthBytes) {
    file = std::move(file) + DataFor(tensors);
  }
  return file;
}

}  // namespace

void FuzzModel(std::span<const uint8_t> input) {
  const std::vector<TensorInHeader> tensors = Tensors(Header(input));
  const Bytes file = FileOf(input, tensors);
  const MemoryFile in_memory(file);
  const std::string path = in_memory.path();
  ErrorFrom(path, [&] {
    const ModelFile model = ModelFile::Open(path);
    Require(!model.architecture().empty(), "a model without architecture");
    Require(model.width_multiplier() > 0, "a width of ", model.width_multiplier());
    Require(model.resolution() >= 1 && model.classes() >= 1, "a resolution of ", model.resolution(), ", ",
            model.classes(), " classes");
    Require(model.labels().size() == static_cast<size_t>(model.classes()), model.labels().size(),
            " labels for ", model.classes(), " classes");

    // Every tensor of an accepted file lies in it, and each of its bytes belongs to exactly one.
    const auto data =
        std::span<const uint8_t>(file).subspan(kLengthBytes + static_cast<size_t>(HeaderLength(file)));
    uint64_t sum = 0;
    for (const TensorInHeader& tensor : tensors) {
      Require(tensor.begin <= tensor.end && tensor.end <= data.size(), tensor.name, " at ", tensor.begin,
              " to ", tensor.end, " of ", data.size(), " bytes");
      sum += tensor.end - tensor.begin;
      const std::pair<std::string_view, DataType> kTypes[] = {
          {"F32", DataType::kF32}, {"U8", DataType::kU8}, {"I8", DataType::kS8}, {"I32", DataType::kS32}};
      for (const auto& [name, type] : kTypes) {
        if (name != tensor.dtype) continue;
        ErrorFrom(path, [&, type = type] {
          const TensorView view = model.Tensor(tensor.name, type, tensor.shape);
          const auto size_bytes = static_cast<size_t>(tensor.end - tensor.begin);
          Require(size_bytes == 0 || std::memcmp(view.data, data.data() + tensor.begin, size_bytes) == 0,
                  tensor.name, ": other bytes than the file has");
        });
      }
      if (tensor.name.ends_with(".scale") && tensor.shape.size() == 1) {
        const std::string owner = tensor.name.substr(0, tensor.name.size() - 6);
        ErrorFrom(path, [&] {
          for (const float scale : model.Scales(owner, tensor.shape[0]))
            Require(scale > 0, "a scale of ", scale);
        });
        ErrorFrom(path, [&] {
          const int zero_point = model.ZeroPoint(owner);
          Require(zero_point >= -128 && zero_point <= 255, "a zero point of ", zero_point);
        });
      }
    }
    Require(sum == data.size(), "tensors of ", sum, " bytes in ", data.size());
  });
}

void FuzzPlan(std::span<const uint8_t> input) {
  const Bytes file = FileOf(input, Tensors(Header(input)));
  const MemoryFile in_memory(file);
  const std::string path = in_memory.path();
  ErrorFrom(path, [&] {
    const ModelFile model = ModelFile::Open(path);
    if (model.resolution() > 64 || model.classes() > 100) return;  // would take seconds
    Plan plan(model, {.backend = BackendChoice::kNative, .cache_bytes = input.size() % 2 == 0 ? 0 : 1 << 16});
    const int resolution = plan.network().resolution;
    const auto values = static_cast<size_t>(resolution * resolution * 3);
    for (size_t i = 0; i < values; ++i) {
      if (plan.type() == DataType::kF32) {
        static_cast<float*>(plan.input())[i] = static_cast<float>(i % 17) / 8 - 1;
      } else {
        static_cast<uint8_t*>(plan.input())[i] = static_cast<uint8_t>(i * 31);
      }
    }
    const std::span<const float> scores = plan.Run();
    Require(scores.size() == static_cast<size_t>(model.classes()), scores.size(), " scores");
    for (const float score : scores) {
      // Weights that are finite may still lead beyond what a float holds.
      Require(!(score < 0) && !(score > 1.001f), "a score of ", score);
      Require(plan.type() == DataType::kF32 || std::isfinite(score), "a score of ", score);
    }
  });
}

// A network that the file itself describes.
SafetensorsContents ModelWithLayers() {
  SafetensorsContents contents;
  contents.metadata = SyntheticModel({.resolution = 32, .classes = 5}).metadata;
  contents.metadata["mobilenet.architecture"] = "own";
  contents.metadata["mobilenet.layers"] =
      R"([{"name": "conv1", "operator": "conv", "inputs": ["input"], "channels": 8, "kernel": [3, 3], "stride": 2,)"
      R"( "padding": "same", "activation": "relu6"},)"
      R"( {"name": "left", "operator": "depthwise", "inputs": ["conv1"], "kernel": [5, 5], "padding": "same"},)"
      R"( {"name": "right", "operator": "conv", "inputs": ["conv1"], "channels": 8, "kernel": [1, 3],)"
      R"( "padding": [0, 0, 1, 1], "groups": 2, "activation": "relu"},)"
      R"( {"name": "sum", "operator": "add", "inputs": ["left", "right"]},)"
      R"( {"name": "join", "operator": "concat", "inputs": ["sum", "conv1"]},)"
      R"( {"name": "max", "operator": "max_pool", "inputs": ["join"], "kernel": [3, 3], "padding": "same"},)"
      R"( {"name": "lrn", "operator": "lrn", "inputs": ["max"], "size": 5, "alpha": 0.5, "beta": 0.75, "k": 2},)"
      R"( {"name": "mean", "operator": "average_pool", "inputs": ["lrn"], "kernel": [2, 2], "stride": 2,)"
      R"( "padding": [1, 0, 1, 0]},)"
      R"( {"name": "pool", "operator": "avg_pool", "inputs": ["mean"]},)"
      R"( {"name": "logits", "operator": "fully_connected", "inputs": ["pool"], "channels": 5},)"
      R"( {"name": "softmax", "operator": "softmax", "inputs": ["logits"]}])";
  const auto add = [&](const std::string& name, const Shape& shape) {
    const auto bytes = static_cast<size_t>(ElementCount(shape)) * sizeof(float);
    contents.tensors.push_back({name, "F32", shape, std::string(bytes, '\0')});
  };
  add("conv1.weights", {8, 3, 3, 3});
  add("conv1.bias", {8});
  add("left.weights", {5, 5, 8});
  add("left.bias", {8});
  add("right.weights", {8, 1, 3, 4});
  add("right.bias", {8});
  add("logits.weights", {5, 16});
  add("logits.bias", {5});
  return contents;
}

std::vector<Bytes> ModelSeeds() {
  std::vector<Bytes> seeds;
  // Whole models without their data, and a file with three tensors as it is.
  for (const WeightQuantization quantization :
       {WeightQuantization::kNone, WeightQuantization::kU8PerTensor, WeightQuantization::kS8PerChannel}) {
    SafetensorsContents contents =
        SyntheticModel({.resolution = 32, .classes = 2, .quantization = quantization});
    seeds.push_back(FromText(AlignedSafetensorsFile(contents.Header(), "")));
    contents.tensors.resize(3);
    seeds.push_back(FromText(AlignedSafetensorsFile(contents.Header(), "")));
    if (quantization == WeightQuantization::kS8PerChannel) {
      const std::string data = contents.Data();
      contents.metadata["mobilenet.checksum"] = WeightsChecksum(std::as_bytes(std::span(data)));
      seeds.push_back(FromText(contents.File()));
    }
  }
  seeds.push_back(FromText(AlignedSafetensorsFile(ModelWithLayers().Header(), "")));
  return seeds;
}

void RepairModel(Bytes& input) {
  if (input.size() < kLengthBytes) return;
  // The header is text; a whole file has data after it, which seldom are.
  const auto text = input.begin() + static_cast<ptrdiff_t>(kLengthBytes);
  const auto end = std::find_if(text, input.end(), [](uint8_t byte) { return byte < 0x20 || byte >= 0x7F; });
  auto length = static_cast<uint64_t>(end - text);
  // Data of all types are aligned after it.
  const size_t padding = (kLengthBytes - length % kLengthBytes) % kLengthBytes;
  input.insert(input.begin() + static_cast<ptrdiff_t>(kLengthBytes + length), padding, uint8_t{' '});
  length += padding;
  for (size_t i = 0; i < kLengthBytes; ++i, length >>= 8) input[i] = static_cast<uint8_t>(length);
}

}  // namespace mobilenet::test
