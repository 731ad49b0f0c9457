// The models on which other tests are made: complete, and the same everywhere.
#include "test/support/synthetic_model.h"

#include <algorithm>

#include "models/registry.h"
#include "test/support/catch.h"
#include "test/support/files.h"

namespace mobilenet {
namespace {

using test::SyntheticModel;
using test::SyntheticModelOptions;
using test::TemporaryFolder;

uint64_t Fnv1a(const std::string& bytes) {
  uint64_t hash = 14695981039346656037u;
  for (const char byte : bytes) hash = (hash ^ static_cast<unsigned char>(byte)) * 1099511628211u;
  return hash;
}

TEST_CASE("a synthetic model has every tensor of its network") {
  for (const auto quantization :
       {WeightQuantization::kNone, WeightQuantization::kU8PerTensor, WeightQuantization::kS8PerChannel}) {
    const SyntheticModelOptions options{
        .width_multiplier = 0.5, .resolution = 64, .classes = 7, .quantization = quantization, .seed = 3};
    const TemporaryFolder folder;
    const ModelFile model = ModelFile::Open(WriteSyntheticModel(folder / "model.safetensors", options));
    CHECK(model.quantization() == quantization);
    CHECK(model.labels().size() == 7);
    const bool is_float = quantization == WeightQuantization::kNone;
    const bool is_u8 = quantization == WeightQuantization::kU8PerTensor;
    if (!is_float) {
      model.Scales("input", 1);
      CHECK(model.ZeroPoint("input") == (is_u8 ? 128 : 0));
    }
    for (const Layer& layer : MakeNetwork("mobilenet_v1", 0.5, 64, 7).layers) {
      if (Parameters(layer) == 0) continue;
      const int64_t channels = layer.output.back();
      const std::string weights = layer.name + ".weights";
      const DataType type = is_float ? DataType::kF32 : is_u8 ? DataType::kU8 : DataType::kS8;
      model.Tensor(weights, type, WeightsShape(layer));
      model.Tensor(layer.name + ".bias", is_float ? DataType::kF32 : DataType::kS32, {channels});
      if (is_float) continue;
      model.Scales(weights, is_u8 ? 1 : channels);
      model.Scales(layer.name + ".output", 1);
      if (!is_u8) CHECK(model.ZeroPoint(weights) == 0);
      if (layer.name != "logits") CHECK(model.ZeroPoint(layer.name + ".output") == (is_u8 ? 0 : -128));
    }
  }
}

TEST_CASE("the same options give the same bytes on every machine, another seed gives others") {
  const auto hash = [](WeightQuantization quantization, uint32_t seed) {
    return Fnv1a(SyntheticModel({.quantization = quantization, .seed = seed}).File());
  };
  CHECK(hash(WeightQuantization::kNone, 1) == 0xb5fb71f20c727bdb);
  CHECK(hash(WeightQuantization::kU8PerTensor, 1) == 0xdff16ebdad726818);
  CHECK(hash(WeightQuantization::kS8PerChannel, 1) == 0xee41e9678a4f8724);
  CHECK(hash(WeightQuantization::kNone, 1) != hash(WeightQuantization::kNone, 2));
}

}  // namespace
}  // namespace mobilenet
