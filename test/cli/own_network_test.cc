// Networks that a model file itself describes (`mobilenet.layers`), by the program.
#include <nlohmann/json.hpp>

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "test/support/catch.h"
#include "test/support/small_model.h"

namespace mobilenet {
namespace {

using nlohmann::json;
using test::RunMobilenet;

// An inverted residual and a hidden layer; `scores` is the operator of the last layer.
std::string Layers(const std::string& scores) {
  return R"([
    {"name": "conv1", "operator": "conv", "inputs": ["input"], "channels": 16, "kernel": [3, 3], "stride": 2,
     "padding": "same", "activation": "relu6"},
    {"name": "depthwise", "operator": "depthwise", "inputs": ["conv1"], "kernel": [5, 5], "padding": "same",
     "activation": "relu6"},
    {"name": "project", "operator": "conv", "inputs": ["depthwise"], "channels": 16, "kernel": [1, 1],
     "padding": "same"},
    {"name": "add", "operator": "add", "inputs": ["conv1", "project"]},
    {"name": "pool", "operator": "avg_pool", "inputs": ["add"]},
    {"name": "hidden", "operator": "fully_connected", "inputs": ["pool"], "channels": 12, "activation": "relu"},
    {"name": "logits", "operator": "fully_connected", "inputs": ["hidden"], "channels": 4},
    {"name": "scores", "operator": ")" +
         scores + R"(", "inputs": ["logits"]}])";
}

std::string WriteModel(const test::TemporaryFolder& folder, const std::string& scores,
                       WeightQuantization quantization) {
  return test::WriteSyntheticModel(
      folder / (scores + ".safetensors"),
      {.classes = 4, .quantization = quantization, .architecture = "own", .layers = Layers(scores)});
}

json Classify(const std::string& model, const std::string& picture) {
  const auto result =
      RunMobilenet({"classify", "--format", "json", "--layers", "--top-k", "4", "--model", model, picture});
  CAPTURE(result.err);
  REQUIRE(result.status == 0);
  return json::parse(result.out);
}

std::map<int, double> Scores(const json& record) {
  std::map<int, double> scores;
  for (const json& prediction : record["predictions"])
    scores[prediction["class_index"].get<int>()] = prediction["score"].get<double>();
  return scores;
}

TEST_CASE("a network that ends with a sigmoid gives each class a probability of its own") {
  for (auto quantization :
       {WeightQuantization::kNone, WeightQuantization::kU8PerTensor, WeightQuantization::kS8PerChannel}) {
    const test::TemporaryFolder folder;
    const std::string picture = folder / "gradient.ppm";
    test::WriteFileBytes(picture, test::SmallModel::GradientPpm(40, 30));
    const json softmax = Classify(WriteModel(folder, "softmax", quantization), picture);
    const json sigmoid = Classify(WriteModel(folder, "sigmoid", quantization), picture);
    CAPTURE(softmax.dump(), sigmoid.dump());
    const json& last = sigmoid["layers"].back();
    CHECK(last["name"] == "scores");
    CHECK(last["operator"] == "sigmoid");
    CHECK(last["kernel"].get<std::string>().starts_with("sigmoid_"));

    // The two networks have the same logits: their differences are told by either.
    const std::map<int, double> shares = Scores(softmax);
    const std::map<int, double> scores = Scores(sigmoid);
    REQUIRE(scores.size() == 4);
    double sum = 0;
    double first = 0;
    for (const auto& [class_index, score] : scores) {
      REQUIRE(score > 1e-3);
      REQUIRE(score < 1 - 1e-3);
      const double offset = std::log(score / (1 - score)) - std::log(shares.at(class_index));
      if (class_index == 0) first = offset;
      CHECK(std::abs(offset - first) < 1e-2);  // of scores with six digits
      sum += score;
    }
    CHECK(std::abs(sum - 1) > 0.01);
    // Best first in both.
    CHECK(sigmoid["predictions"][0]["class_index"] == softmax["predictions"][0]["class_index"]);
  }
}

}  // namespace
}  // namespace mobilenet
