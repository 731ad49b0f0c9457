// What `mobilenet classify` prints, for a small seeded model.
#include <nlohmann/json.hpp>

#include <cmath>
#include <set>

#include "test/support/catch.h"
#include "test/support/json_lines.h"
#include "test/support/small_model.h"
#include "test/support/under_test.h"

namespace mobilenet {
namespace {

using nlohmann::json;
using test::BackendNames;
using test::JsonLines;
using test::RunMobilenet;
using test::SmallModel;

std::set<std::string> Keys(const json& object) {
  std::set<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.insert(key);
  return keys;
}

TEST_CASE("classify gives one JSON object an image, in the order given") {
  const SmallModel small;
  test::WriteFileBytes(small / "second.ppm", SmallModel::GradientPpm(64, 64));
  const auto result = RunMobilenet(
      {"classify", "--format", "json", "--model", small.model(), small / "second.ppm", small.picture()});
  CHECK(result.status == 0);
  CHECK(result.err.find("2 images, 0 failures, ") == 0);
  const auto lines = JsonLines(result.out);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0]["path"] == small / "second.ppm");
  CHECK(lines[1]["path"] == small.picture());
  CHECK(lines[1]["width"] == 40);
  CHECK(lines[1]["height"] == 30);
  CHECK(lines[1]["error"].is_null());
  CHECK(lines[1]["inference_ms"] > 0);
  CHECK(Keys(lines[1]) == std::set<std::string>{"path", "width", "height", "predictions", "decode_ms",
                                                "preprocess_ms", "inference_ms", "error", "damaged"});
  REQUIRE(lines[1]["predictions"].size() == 5);
  CHECK(Keys(lines[1]["predictions"][0]) == std::set<std::string>{"class_index", "label", "score"});
}

TEST_CASE("predictions come best first, to all classes, and their scores add up to 1") {
  for (auto quantization :
       {WeightQuantization::kNone, WeightQuantization::kU8PerTensor, WeightQuantization::kS8PerChannel}) {
    const SmallModel small(quantization);
    const auto result = RunMobilenet(
        {"classify", "--format", "json", "--top-k", "1000000", "--model", small.model(), small.picture()});
    REQUIRE(result.status == 0);
    const json predictions = JsonLines(result.out)[0]["predictions"];
    REQUIRE(predictions.size() == 10);
    double sum = 0;
    double last = 1;
    std::set<int> classes;
    for (const json& prediction : predictions) {
      CHECK(prediction["score"] <= last);
      last = prediction["score"];
      sum += last;
      classes.insert(prediction["class_index"].get<int>());
    }
    CHECK(std::abs(sum - 1) < 1e-4);
    CHECK(classes.size() == 10);
  }
}

TEST_CASE("the option --layers lists all layers with shapes, costs, times and kernels") {
  const SmallModel small;
  for (const std::string& backend : BackendNames()) {
    CAPTURE(backend);
    const auto result = RunMobilenet({"classify", "--format", "json", "--layers", "--backend", backend,
                                      "--model", small.model(), small.picture()});
    REQUIRE(result.status == 0);
    const json line = JsonLines(result.out)[0];
    const json layers = line["layers"];
    REQUIRE(layers.size() == 30);
    double latency_ms = 0;
    for (const json& layer : layers) {
      CHECK(Keys(layer) == std::set<std::string>{"name", "operator", "output_shape", "mult_adds",
                                                 "parameters", "latency_ms", "backend", "kernel"});
      latency_ms += layer["latency_ms"].get<double>();
      CHECK(layer["kernel"].get<std::string>().size() > 3);
    }
    CHECK(latency_ms > 0);
    CHECK(latency_ms <= line["inference_ms"].get<double>() + 0.01);
    CHECK(layers[0]["name"] == "conv1");
    CHECK(layers[0]["output_shape"] == json({16, 16, 8}));
    CHECK(layers[0]["mult_adds"] == 27 * 8 * 16 * 16);
    CHECK(layers[0]["parameters"] == 27 * 8);
    const std::string expected = backend == "native" || !test::HasXnnpack() ? "native" : "xnnpack";
    CHECK(layers[28]["name"] == "logits");
    for (const json& layer : {layers[0], layers[28]}) {
      // Of auto it depends on the CPU (the test of doctor).
      CHECK((layer["backend"] == expected || (backend == "auto" && layer["backend"] == "native")));
    }
    CHECK(layers[29]["name"] == "softmax");
  }
}

TEST_CASE("the backends answer alike") {
  for (auto quantization :
       {WeightQuantization::kNone, WeightQuantization::kU8PerTensor, WeightQuantization::kS8PerChannel}) {
    const SmallModel small(quantization);
    std::vector<json> answers;
    for (const std::string& backend : BackendNames()) {
      const auto result = RunMobilenet(
          {"classify", "--format", "json", "--backend", backend, "--model", small.model(), small.picture()});
      REQUIRE(result.status == 0);
      answers.push_back(JsonLines(result.out)[0]["predictions"]);
    }
    if (test::HasXnnpack()) CHECK(answers[0] == answers[1]);
    const double tolerance = quantization == WeightQuantization::kS8PerChannel ? 0 : 0.01;
    for (size_t i = 0; i < answers[0].size(); ++i) {
      CHECK(std::abs(answers.front()[i]["score"].get<double>() - answers.back()[i]["score"].get<double>()) <=
            tolerance);
    }
  }
}

TEST_CASE("the number of threads changes nothing in the answer") {
  const SmallModel small;
  for (const std::string& backend : BackendNames()) {
    std::set<std::string> answers;
    for (const char* threads : {"1", "2", "3"}) {
      const auto result = RunMobilenet({"classify", "--format", "json", "--threads", threads, "--backend",
                                        backend, "--model", small.model(), small.picture()});
      REQUIRE(result.status == 0);
      answers.insert(JsonLines(result.out)[0]["predictions"].dump());
    }
    CHECK(answers.size() == 1);
  }
}

TEST_CASE("a quantised model runs as float with --precision f32") {
  for (auto quantization : {WeightQuantization::kU8PerTensor, WeightQuantization::kS8PerChannel}) {
    const SmallModel small(quantization);
    const auto result = RunMobilenet({"classify", "--format", "json", "--layers", "--precision", "f32",
                                      "--model", small.model(), small.picture()});
    REQUIRE(result.status == 0);
    const json layers = JsonLines(result.out)[0]["layers"];
    for (const json& layer : layers)
      CHECK(layer["kernel"].get<std::string>().find("f32") != std::string::npos);
  }
}

TEST_CASE("text names the picture, its labels and its times, and the layer table when asked for") {
  const SmallModel small;
  const auto plain = RunMobilenet({"classify", "--top-k", "3", "--model", small.model(), small.picture()});
  CHECK(plain.status == 0);
  CHECK(plain.out.find(small.picture()) == 0);
  CHECK(plain.out.find("40 x 30") != std::string::npos);
  CHECK(plain.out.find("inference") != std::string::npos);
  CHECK(plain.out.find("conv_dw_13") == std::string::npos);
  const auto table = RunMobilenet({"classify", "--layers", "--model", small.model(), small.picture()});
  CHECK(table.out.find("conv_dw_13") != std::string::npos);
  CHECK(table.out.find("GFLOP/s") != std::string::npos);
}

TEST_CASE("one image on a terminal gets the layer table unasked, two don't") {
  const SmallModel small;
  // script(1) runs the command on its own terminal.
  const auto on_terminal = [&](const std::string& images) {
    return test::RunCommand({"/usr/bin/script", "-qec",
                             test::MobilenetCommand() + " classify --model " + small.model() + " " + images,
                             "/dev/null"});
  };
  const auto one = on_terminal(small.picture());
  CHECK(one.status == 0);
  CHECK(one.out.find("conv_dw_13") != std::string::npos);
  const auto two = on_terminal(small.picture() + " " + small.picture());
  CHECK(two.status == 0);
  CHECK(two.out.find("inference") != std::string::npos);
  CHECK(two.out.find("conv_dw_13") == std::string::npos);
}

TEST_CASE("the option --resize overrides what the model file says") {
  const SmallModel small;
  std::set<std::string> answers;
  for (const char* resize : {"crop", "squash", "fit"}) {
    const auto result = RunMobilenet(
        {"classify", "--format", "json", "--resize", resize, "--model", small.model(), small.picture()});
    REQUIRE(result.status == 0);
    answers.insert(JsonLines(result.out)[0]["predictions"].dump());
    if (std::string(resize) == "crop") {
      const auto from_file =
          RunMobilenet({"classify", "--format", "json", "--model", small.model(), small.picture()});
      CHECK(JsonLines(from_file.out)[0]["predictions"] == JsonLines(result.out)[0]["predictions"]);
    }
  }
  CHECK(answers.size() == 3);
}

}  // namespace
}  // namespace mobilenet
