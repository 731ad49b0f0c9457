// Networks that a model file itself describes (`mobilenet.layers`), in the program.
#include <nlohmann/json.hpp>

#include <cmath>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "test/support/catch.h"
#include "test/support/run_command.h"
#include "test/support/small_model.h"
#include "test/support/text_mutation.h"
#include "test/support/under_test.h"

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

    // The two networks have the same logits, so their differences must agree.
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

// A model file with that layer list, without tensors: mistakes in the list must be reported before tensors
// are looked for.
std::string WriteLayers(const test::TemporaryFolder& folder, const std::string& layers) {
  test::SafetensorsContents contents = test::SyntheticModel({.resolution = 224});
  contents.metadata["mobilenet.architecture"] = "hostile";
  contents.metadata["mobilenet.layers"] = layers;
  contents.tensors.clear();
  test::WriteFileBytes(folder / "hostile.safetensors", contents.File());
  return folder / "hostile.safetensors";
}

std::string Repeated(int count, const std::function<std::string(int)>& layer) {
  std::string text = "[";
  for (int i = 0; i < count; ++i) text += (i == 0 ? "" : ",") + layer(i);
  return text + "]";
}

std::string Before(int i) {
  return i == 0 ? "input" : "l" + std::to_string(i - 1);
}

std::string Ppm(const std::string& pixel) {
  std::string bytes = "P6\n32 32\n255\n";
  for (int i = 0; i < 32 * 32; ++i) bytes += pixel;
  return bytes;
}

TEST_CASE("a network of grey pictures takes the luma of those in colour") {
  const test::TemporaryFolder folder;
  const std::string model = test::WriteSyntheticModel(
      folder / "lenet5.safetensors",
      {.width_multiplier = 1.0, .resolution = 32, .classes = 4, .architecture = "lenet5"});
  const auto scores_of = [&](const std::string& name, const std::string& bytes) {
    test::WriteFileBytes(folder / name, bytes);
    return Scores(Classify(model, folder / name));
  };
  const auto red = scores_of("red.ppm", Ppm("\xff" + std::string(2, '\0')));
  CHECK(red == scores_of("luma.ppm", Ppm("LLL")));  // L is 76: 0.299 x 255
  CHECK(red == scores_of("grey.pgm", "P5\n32 32\n255\n" + std::string(32 * 32, 'L')));
  CHECK(red != scores_of("brighter.ppm", Ppm("\xff\xff" + std::string(1, '\0'))));
}

TEST_CASE("a model whose colours are not those that its network reads is refused") {
  const test::TemporaryFolder folder;
  const auto message = [&](const std::string& architecture, const std::string& preprocess) {
    test::SafetensorsContents contents =
        test::SyntheticModel({.width_multiplier = 1.0, .architecture = architecture});
    contents.metadata["mobilenet.preprocess"] =
        R"({"resize": "crop", "crop_fraction": 1, "interpolation": "bilinear", )" + preprocess + "}";
    const std::string path = folder / "model.safetensors";
    test::WriteFileBytes(path, contents.File());
    test::WriteFileBytes(folder / "grey.pgm", "P5\n1 1\n255\nL");
    const auto result = RunMobilenet({"classify", "--model", path, folder / "grey.pgm"});
    CHECK(result.status == 2);
    return result.err.substr(("mobilenet: " + path + ": ").size());
  };
  CHECK(message("lenet5", R"("color": "rgb", "mean": [1, 1, 1], "std": [1, 1, 1])") ==
        "mobilenet.preprocess: color of 3 channels (1, as lenet5 reads)\n");
  CHECK(message("mobilenet_v1", R"("color": "grey", "mean": [1], "std": [1])") ==
        "mobilenet.preprocess: color of 1 channel (3, as mobilenet_v1 reads)\n");
}

TEST_CASE("hostile lists of layers are refused before memory is taken") {
  const auto pool = [](int i) {
    return R"({"name":"l)" + std::to_string(i) + R"(","operator":"avg_pool","inputs":[")" + Before(i) +
           "\"]}";
  };
  const auto doubled = [](int i) {
    return R"({"name":"l)" + std::to_string(i) + R"(","operator":"concat","inputs":[")" + Before(i) +
           R"(",")" + Before(i) + "\"]}";
  };
  const auto conv = [](const std::string& rest) {
    return R"([{"name":"l0","operator":"conv","inputs":["input"],)" + rest + "}]";
  };
  const struct {
    std::string layers;
    std::string message;
    double most_mb;
  } cases[] = {
      {Repeated(1'000'000, pool), "more than 500000 values", 400},  // a file of 70 MB
      {Repeated(4097, pool), "l4096: more than 4096 layers", 30},
      {Repeated(60, doubled), "l10: writes [224, 224, 6144] (extents of 1 and more, at most 268435456", 20},
      {conv(R"("channels":268435456,"kernel":[1,1],"padding":"same")"),
       "l0: writes [224, 224, 268435456] (extents of 1 and more, at most 268435456", 20},
      {conv(R"("channels":9223372036854775807,"kernel":[1,1],"padding":"same")"),
       "l0: channels is not a whole number in 0...268435456", 20},
      {conv(R"("channels":1,"kernel":[2147483647,2147483647],"padding":"same")"), "l0: kernel", 20},
      {R"([{"name":"l0","operator":"fully_connected","inputs":["input"],"channels":268435456}])",
       "l0: weights [268435456, 150528] (at most 2147483647 in a layer)", 20},
      {R"([{"name":"l0","operator":"add","inputs":["l0","input"]}])",
       "l0: reads \"l0\", which is not an earlier layer", 20},
      {std::string(7, '[') + std::string(7, ']'), "layer 0 is not a JSON object", 20},
      {std::string(100'000, '['), "nested more than 8 deep", 20},
  };
  for (const auto& hostile : cases) {
    const test::TemporaryFolder folder;
    const std::string model = WriteLayers(folder, hostile.layers);
    CAPTURE(hostile.layers.substr(0, 100), hostile.message);
    const auto result =
        RunMobilenet({"classify", "--model", model, test::Checkout() + "/models/sample/chelsea.jpg"});
    CHECK(result.status == 2);
    CHECK(result.err.starts_with("mobilenet: " + model + ": mobilenet.layers: "));
    CHECK(result.err.find(hostile.message) != std::string::npos);
    CHECK(result.err.size() < 1000);
    CHECK(result.out.empty());
    if (!test::TellsMemory()) continue;
    const auto measured =
        test::RunMeasured(test::MobilenetCommand() + " classify --model " + model + " " + test::Checkout() +
                          "/models/sample/chelsea.jpg 2> " + folder.path() + "/messages");
    CHECK(measured.status == 2);
    CHECK(measured.peak_memory_mb < hostile.most_mb);
  }
}

TEST_CASE("200 mutations of the layers of a model file end in an answer or in a message") {
  const test::TemporaryFolder folder;
  const std::string picture = folder / "gradient.ppm";
  test::WriteFileBytes(picture, test::SmallModel::GradientPpm(40, 30));
  test::SafetensorsContents contents =
      test::SyntheticModel({.classes = 4, .architecture = "own", .layers = Layers("sigmoid")});
  const std::string layers = contents.metadata["mobilenet.layers"];
  std::mt19937 random(11);
  int refused = 0;
  // Every run of the program takes milliseconds; under emulation, a second.
  for (int i = 0; i < (test::IsSlow() ? 10 : 200); ++i) {
    std::string text = layers;
    test::MutateText(text, random);
    contents.metadata["mobilenet.layers"] = text;
    test::WriteFileBytes(folder / "own.safetensors", contents.File());
    const auto result = RunMobilenet({"classify", "--model", folder / "own.safetensors", picture});
    CAPTURE(i, text, result.err);
    REQUIRE((result.status == 0 || result.status == 2));
    if (result.status == 0) continue;
    ++refused;
    CHECK(result.err.starts_with("mobilenet: " + (folder / "own.safetensors") + ": "));
    CHECK(result.err.find('\n') == result.err.size() - 1);
  }
  CHECK(refused >= (test::IsSlow() ? 1 : 100));
}

}  // namespace
}  // namespace mobilenet
