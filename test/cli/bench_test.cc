// `mobilenet bench` on a small seeded model.
#include <nlohmann/json.hpp>

#include "test/support/catch.h"
#include "test/support/small_model.h"

namespace mobilenet {
namespace {

using nlohmann::json;
using test::RunMobilenet;
using test::SmallModel;

TEST_CASE("bench gives minimum and median of the inference and the layers' medians") {
  const SmallModel small;
  const auto result = RunMobilenet({"bench", "--model", small.model(), "--backend", "native", "--threads",
                                    "1", "--warmup", "2", "--runs", "5", "--format", "json"});
  CAPTURE(result.err);
  REQUIRE(result.status == 0);
  const json report = json::parse(result.out);
  CHECK(report["model"] == small.model());
  CHECK(report["architecture"] == "mobilenet_v1");
  CHECK(report["resolution"] == 32);
  CHECK(report["precision"] == "s8");
  CHECK(report["threads"] == 1);
  CHECK(report["warmup"] == 2);
  CHECK(report["runs"] == 5);
  CHECK(report["inference_ms"]["min"] > 0);
  CHECK(report["inference_ms"]["min"] <= report["inference_ms"]["median"]);
  REQUIRE(report["layers"].size() == 30);
  double sum_ms = 0;
  for (const json& layer : report["layers"]) {
    CHECK(layer["backend"] == "native");
    sum_ms += layer["latency_ms"].get<double>();
  }
  CHECK(sum_ms > 0);
}

TEST_CASE("bench as text names the model, the times and every layer") {
  const SmallModel small;
  const auto result = RunMobilenet({"bench", "--model", small.model(), "--runs", "1", "--warmup", "0"});
  CHECK(result.status == 0);
  for (const char* text :
       {"mobilenet_v1 0.25 32, s8", "min ", "median ", "of 1 run after 0", "conv_pw_13", "softmax"}) {
    CAPTURE(text, result.out);
    CHECK(result.out.find(text) != std::string::npos);
  }
}

TEST_CASE("bench refuses what it cannot measure") {
  const SmallModel small;
  for (const auto& arguments :
       std::vector<std::vector<std::string>>{{"bench", "--runs", "0"},
                                             {"bench", "--warmup", "-1"},
                                             {"bench", "--model", small / "none.safetensors"}}) {
    const auto result = RunMobilenet(arguments);
    CHECK(result.status == 2);
    CHECK(result.out == "");
    CHECK(result.err.find("mobilenet: ") == 0);
  }
}

TEST_CASE("bench measures a network of which there is no file, with random weights, in every precision") {
  for (const std::string precision : {"auto", "f32", "u8", "s8"}) {
    const auto result =
        RunMobilenet({"bench", "--arch", "mobilenet_v2", "--width", "0.35", "--resolution", "64", "--random",
                      "--precision", precision, "--warmup", "0", "--runs", "1", "--format", "json"});
    CAPTURE(precision, result.err);
    REQUIRE(result.status == 0);
    const json report = json::parse(result.out);
    CHECK(report["model"] == "mobilenet_v2 with random weights");
    CHECK(report["architecture"] == "mobilenet_v2");
    CHECK(report["width_multiplier"] == 0.35);
    CHECK(report["resolution"] == 64);
    CHECK(report["precision"] == (precision == "auto" ? "f32" : precision));
    CHECK(report["inference_ms"]["min"] > 0);
  }
}

TEST_CASE("bench wants either a model or a network with random weights") {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--arch", "mobilenet_v1"},
        {"--random"},
        {"--width", "0.5"},
        {"--arch", "mobilenet_v1", "--random", "--model", "mobilenet_v1_1.0_224_s8"},
        {"--arch", "no_such", "--random"}}) {
    std::vector<std::string> command = {"bench"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    const auto result = RunMobilenet(command);
    CAPTURE(arguments, result.err);
    CHECK(result.status == 2);
    CHECK(result.out == "");
  }
}

}  // namespace
}  // namespace mobilenet
