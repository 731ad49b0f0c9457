// Models with random weights are whole files, the same everywhere.
#include "src/weights/random_model.h"

#include <algorithm>
#include <cmath>

#include "models/registry.h"
#include "test/support/catch.h"

namespace mobilenet {
namespace {

TEST_CASE("a random model has every tensor of its network, in every type") {
  const Network network = MakeNetwork("mobilenet_v2", 0.35, 96, 17);
  for (const auto quantization :
       {WeightQuantization::kNone, WeightQuantization::kU8PerTensor, WeightQuantization::kS8PerChannel}) {
    const ModelFile model = RandomModel(network, quantization);
    const bool is_float = quantization == WeightQuantization::kNone;
    const bool is_s8 = quantization == WeightQuantization::kS8PerChannel;
    CHECK(model.path() == "mobilenet_v2 with random weights");
    CHECK(model.quantization() == quantization);
    CHECK(model.architecture() == "mobilenet_v2");
    CHECK(model.width_multiplier() == 0.35);
    CHECK(model.resolution() == 96);
    CHECK(model.classes() == 17);
    CHECK(model.labels().back() == "class 16");
    for (const Layer& layer : network.layers) {
      if (Parameters(layer) == 0) continue;
      CAPTURE(layer.name);
      const int64_t channels = layer.output.back();
      const DataType type = is_float ? DataType::kF32 : is_s8 ? DataType::kS8 : DataType::kU8;
      model.Tensor(layer.name + ".weights", type, WeightsShape(layer));
      model.Tensor(layer.name + ".bias", is_float ? DataType::kF32 : DataType::kS32, {channels});
      if (is_float) continue;
      CHECK(model.Scales(layer.name + ".weights", is_s8 ? channels : 1)[0] > 0);
      CHECK(model.ZeroPoint(layer.name + ".weights") == (is_s8 ? 0 : 128));
      CHECK(model.Scales(layer.name + ".output", 1)[0] > 0);
    }
  }
}

TEST_CASE("random weights keep feature maps about as large as they are, and are the same each time") {
  const Network network = MakeNetwork("mobilenet_v1", 0.5, 224, 10);
  const ModelFile model = RandomModel(network, WeightQuantization::kNone);
  const ModelFile again = RandomModel(network, WeightQuantization::kNone);
  const Layer& layer = network.layers[8];  // 128 x 128 weights
  const Shape shape = WeightsShape(layer);
  const auto* weights = model.Tensor(layer.name + ".weights", DataType::kF32, shape).As<float>();
  const auto* others = again.Tensor(layer.name + ".weights", DataType::kF32, shape).As<float>();
  CHECK(std::equal(weights, weights + ElementCount(shape), others));
  double sum = 0;
  double squares = 0;
  for (int64_t i = 0; i < ElementCount(shape); ++i) {
    sum += double{weights[i]};
    squares += double{weights[i]} * double{weights[i]};
  }
  const auto count = static_cast<double>(ElementCount(shape));
  const double variance = 2.0 / static_cast<double>(shape.back());  // He et al. 2015
  CHECK(std::abs(sum / count) < 4 * std::sqrt(variance / count));
  CHECK(std::abs(squares / count / variance - 1) < 0.05);
}

}  // namespace
}  // namespace mobilenet
