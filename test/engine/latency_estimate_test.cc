// Estimates for machines whose layers all take the time of a formula.
#include "src/engine/latency_estimate.h"

#include <cmath>
#include <string>
#include <vector>

#include "models/registry.h"
#include "src/engine/latency.h"
#include "test/support/catch.h"

namespace mobilenet {
namespace {

double TrueMs(const Layer& layer, const Network& network, double beside) {
  const double per_mult_add = LayerType(layer) == "Conv 1x1" ? 1e-8 : 4e-8;
  return beside * (0.002 + per_mult_add * static_cast<double>(MultAdds(layer)) +
                   5e-8 * static_cast<double>(MovedBytes(network, layer, DataType::kS8)));
}

double TrueMs(const Network& network, double beside = 1) {
  double ms = 0;
  for (const Layer& layer : network.layers) ms += TrueMs(layer, network, beside);
  return ms;
}

// `beside`: how many times as long the whole network takes as its layers.
BenchResult Measured(const Network& network, double beside = 1) {
  BenchResult result;
  result.architecture = network.architecture;
  result.way.precision = "s8";
  for (const Layer& layer : network.layers) {
    BenchLayerRow row;
    row.type = LayerType(layer);
    row.layer.mult_adds = MultAdds(layer);
    row.layer.latency_ms = TrueMs(layer, network, 1);
    row.moved_bytes = MovedBytes(network, layer, DataType::kS8);
    result.layers.push_back(row);
  }
  const double ms = TrueMs(network, beside);
  for (int i = 0; i < 10; ++i) result.runs_ms.push_back(i < 8 ? ms : 1.25 * ms);
  return result;
}

TEST_CASE("what follows the lines is estimated as it is") {
  const std::vector<BenchResult> measured = {Measured(MakeNetwork("mobilenet_v1", 1, 224, 1001)),
                                             Measured(MakeNetwork("mobilenet_v1", 0.25, 128, 1001))};
  const LatencyEstimate estimate(measured);
  for (const Network& network :
       {MakeNetwork("mobilenet_v1", 0.5, 160, 1001), MakeNetwork("mobilenet_v1", 0.75, 192, 1000)}) {
    const auto latency = estimate.Of(network, DataType::kS8);
    REQUIRE(latency.has_value());
    CHECK(std::abs(latency->median_ms / TrueMs(network) - 1) < 0.01);
    CHECK(std::abs(latency->p90_ms / latency->median_ms - 1.25) < 1e-9);
  }
  CHECK_FALSE(estimate.Of(MakeNetwork("mobilenet_v1", 0.5, 160, 1001), DataType::kF32).has_value());
}

TEST_CASE("an estimate is stretched as networks of about its size and of its architecture were") {
  const std::vector<BenchResult> measured = {Measured(MakeNetwork("mobilenet_v1", 1, 224, 1001), 1.1),
                                             Measured(MakeNetwork("mobilenet_v1", 0.25, 128, 1001), 1.5),
                                             Measured(MakeNetwork("mobilenet_v2", 1, 224, 1001), 3)};
  const LatencyEstimate estimate(measured);
  const auto factor = [&](const Network& network) {
    return estimate.Of(network, DataType::kS8)->median_ms / TrueMs(network);
  };
  CHECK(std::abs(factor(MakeNetwork("mobilenet_v1", 1, 224, 1001)) - 1.1) < 0.02);
  CHECK(std::abs(factor(MakeNetwork("mobilenet_v1", 0.25, 128, 1001)) - 1.5) < 0.02);
  const double between = factor(MakeNetwork("mobilenet_v1", 0.5, 160, 1001));
  CHECK(between > 1.12);
  CHECK(between < 1.48);
  CHECK(std::abs(factor(MakeNetwork("mobilenet_v2", 0.5, 128, 1001)) - 3) < 0.05);
}

TEST_CASE("no estimate is below 0, whatever was measured") {
  // Large layers that took no longer than small ones, and layers that took no time.
  BenchResult result = Measured(MakeNetwork("mobilenet_v1", 0.25, 128, 1001));
  for (BenchLayerRow& row : result.layers)
    row.layer.latency_ms = row.layer.mult_adds > 1'000'000 ? 0.001 : 0.1;
  result.layers[3].layer.latency_ms = 0;
  const LatencyEstimate estimate(std::vector<BenchResult>{result});
  for (const char* architecture : {"mobilenet_v1", "mobilenet_v2", "vgg16"}) {
    const auto latency = estimate.Of(MakeNetwork(architecture, 1, 224, 1000), DataType::kS8);
    REQUIRE(latency.has_value());
    CHECK(latency->median_ms > 0);
    CHECK(std::isfinite(latency->median_ms));
  }
  CHECK_FALSE(LatencyEstimate({}).Of(MakeNetwork("vgg16", 1, 224, 1000), DataType::kS8).has_value());
}

}  // namespace
}  // namespace mobilenet
