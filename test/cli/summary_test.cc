// `mobilenet summary` as text and JSON: the printed digits of the paper's tables.
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

#include "models/registry.h"
#include "test/support/catch.h"
#include "test/support/small_model.h"

namespace mobilenet {
namespace {

using nlohmann::json;
using test::RunMobilenet;

json Summary(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"summary", "--format", "json"});
  const auto result = RunMobilenet(arguments);
  CAPTURE(result.err);
  REQUIRE(result.status == 0);
  return json::parse(result.out);
}

TEST_CASE("summary has the rows of Table 1") {
  const json summary = Summary({});
  CHECK(summary["architecture"] == "mobilenet_v1");
  CHECK(summary["classes"] == 1000);
  const json& layers = summary["layers"];
  REQUIRE(layers.size() == 30);
  const auto row = [&](size_t i) {
    return layers[i]["type"].get<std::string>() + " | " + layers[i]["filter_shape"].get<std::string>() +
           " | " + layers[i]["input_shape"].dump();
  };
  CHECK(row(0) == "Conv / s2 | 3 x 3 x 3 x 32 | [224,224,3]");
  CHECK(row(1) == "Conv dw / s1 | 3 x 3 x 32 dw | [112,112,32]");
  CHECK(row(2) == "Conv / s1 | 1 x 1 x 32 x 64 | [112,112,32]");
  CHECK(row(3) == "Conv dw / s2 | 3 x 3 x 64 dw | [112,112,64]");
  CHECK(row(26) == "Conv / s1 | 1 x 1 x 1024 x 1024 | [7,7,1024]");
  CHECK(row(27) == "Avg Pool / s1 | Pool 7 x 7 | [7,7,1024]");
  CHECK(row(28) == "FC / s1 | 1024 x 1000 | [1,1,1024]");
  CHECK(row(29) == "Softmax / s1 | Classifier | [1,1,1000]");
}

TEST_CASE("summary has the totals and Table 2's shares") {
  const json summary = Summary({});
  CHECK(summary["mult_adds"] == 568740352);
  CHECK(summary["parameters"] == 4209088);
  CHECK(summary["biases"] == 10944 + 1000);
  const json& groups = summary["groups"];
  REQUIRE(groups.size() == 4);
  const auto row = [&](size_t i) {
    char text[100];
    std::snprintf(text, sizeof(text), "%s %.2f %.2f", groups[i]["type"].get<std::string>().c_str(),
                  groups[i]["mult_adds_percent"].get<double>(),
                  groups[i]["parameters_percent"].get<double>());
    return std::string(text);
  };
  CHECK(row(0) == "Conv 1x1 94.86 74.59");
  CHECK(row(1) == "Conv DW 3x3 3.06 1.06");
  CHECK(row(2) == "Conv 3x3 1.91 0.02");
  CHECK(row(3) == "Fully Connected 0.18 24.33");
}

TEST_CASE("summary counts all 16 variants") {
  // Computed by hand: with k = 32 x width, the paper's formulae at each resolution.
  const struct {
    const char* width;
    const char* resolution;
    int64_t mult_adds, parameters;
  } variants[] = {
      {"1.0", "224", 568740352, 4209088},  {"1.0", "192", 418121728, 4209088},
      {"1.0", "160", 290675200, 4209088},  {"1.0", "128", 186400768, 4209088},
      {"0.75", "224", 325400448, 2568144}, {"0.75", "192", 239273472, 2568144},
      {"0.75", "160", 166396800, 2568144}, {"0.75", "128", 106770432, 2568144},
      {"0.5", "224", 149497088, 1319648},  {"0.5", "192", 109970432, 1319648},
      {"0.5", "160", 76524800, 1319648},   {"0.5", "128", 49160192, 1319648},
      {"0.25", "224", 41030272, 463600},   {"0.25", "192", 30212608, 463600},
      {"0.25", "160", 21059200, 463600},   {"0.25", "128", 13570048, 463600},
  };
  for (const auto& variant : variants) {
    CAPTURE(variant.width, variant.resolution);
    const json summary = Summary({"--width", variant.width, "--resolution", variant.resolution});
    CHECK(summary["mult_adds"] == variant.mult_adds);
    CHECK(summary["parameters"] == variant.parameters);
  }
}

TEST_CASE("summary of a model file is that of its network") {
  const test::SmallModel small;
  const json summary = Summary({"--model", small.model()});
  CHECK(summary["width_multiplier"] == 0.25);
  CHECK(summary["resolution"] == 32);
  CHECK(summary["classes"] == 10);
}

TEST_CASE("summary says how the layers of MobileNet V2 hang together") {
  const json summary = Summary({"--arch", "mobilenet_v2"});
  CHECK(summary["resolution"] == 224);
  CHECK(summary["mult_adds"] == 300774272);
  CHECK(summary["parameters"] == 3469760);
  const json& layers = summary["layers"];
  const auto add = std::find_if(layers.begin(), layers.end(),
                                [](const json& layer) { return layer["name"] == "block_2.add"; });
  REQUIRE(add != layers.end());
  CHECK((*add)["operator"] == "add");
  CHECK((*add)["inputs"] == json({"block_1.project", "block_2.project"}));
  CHECK(!add->contains("kernel"));
  CHECK(layers[1]["name"] == "block_0.depthwise");
  CHECK(layers[1]["inputs"] == json({"conv1"}));
  CHECK(layers[0]["padding"] == json({0, 1, 0, 1}));
  CHECK(layers[0]["weights_shape"] == json({32, 3, 3, 3}));
}

TEST_CASE("summary shows the parameters of AlexNet's layers, and what sets a network apart") {
  const json summary = Summary({"--arch", "alexnet"});
  CHECK(summary["resolution"] == 227);
  const json& layers = summary["layers"];
  CHECK(layers[1]["operator"] == "lrn");
  CHECK(layers[1]["size"] == 5);
  CHECK(layers[1]["alpha"] == 0.0005);
  CHECK(layers[1]["beta"] == 0.75);
  CHECK(layers[1]["k"] == 2);
  CHECK(!layers[1].contains("kernel"));
  CHECK(layers[2]["operator"] == "max_pool");
  CHECK(layers[2]["type"] == "Max Pool / s2");
  CHECK(layers[2]["filter_shape"] == "Pool 3 x 3");
  CHECK(layers[2]["kernel"] == json({3, 3}));
  CHECK(layers[2]["padding"] == json({0, 0, 0, 0}));
  CHECK(!layers[2].contains("groups"));
  CHECK(layers[3]["groups"] == 2);
  CHECK(summary["notes"].back() == "alexnet: the paper's: two towers (groups), local response normalisation");
  CHECK(Summary({"--arch", "lenet5"})["layers"][0]["input_shape"] == json({32, 32, 1}));
  CHECK(Summary({"--arch", "lenet5"})["layers"][1]["operator"] == "average_pool");
  CHECK(Summary({"--arch", "vgg16"})["notes"].size() == 1);
}

TEST_CASE("summary as text shows the table, the totals and the shares") {
  const auto result = RunMobilenet({"summary"});
  CHECK(result.status == 0);
  for (const char* text :
       {"Conv dw / s1", "3 x 3 x 32 dw", "568.74 M (568,740,352)", "94.86", "24.33", "are counted as in"}) {
    CAPTURE(text, result.out);
    CHECK(result.out.find(text) != std::string::npos);
  }
}

TEST_CASE("summary of an unknown network is an error") {
  const auto message = [](std::vector<std::string> arguments) {
    const auto result = RunMobilenet(arguments);
    CHECK(result.status == 2);
    CHECK(result.out == "");
    return result.err;
  };
  CHECK(message({"summary", "--arch", "lenet"}) ==
        "mobilenet: unknown architecture lenet (known: " + ArchitectureNames() + ")\n");
  CHECK(message({"summary", "--width", "-1"}) ==
        "mobilenet: width multiplier -1 (more than 0, at most 16)\n");
  CHECK(message({"summary", "--resolution", "225"}) ==
        "mobilenet: resolution 225 (a multiple of 32 in 32...2048)\n");
  CHECK(message({"summary", "--model", "x.safetensors", "--width", "1.0"}).find("excludes") !=
        std::string::npos);
}

}  // namespace
}  // namespace mobilenet
