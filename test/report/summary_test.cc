#include "src/report/summary.h"

#include <nlohmann/json.hpp>

#include "test/support/catch.h"

namespace mobilenet {
namespace {

SummaryReport Report() {
  SummaryReport report;
  report.architecture = "mobilenet_v1";
  report.width_multiplier = 0.75;
  report.resolution = 224;
  report.classes = 1000;
  report.layers = {
      {"conv1", "Conv / s2", "3 x 3 x 3 x 24", {224, 224, 3}, {112, 112, 24}, 8'128'512, 648},
      {"conv_dw_1", "Conv dw / s1", "3 x 3 x 24 dw", {112, 112, 24}, {112, 112, 24}, 2'709'504, 216},
      {"softmax", "Softmax / s1", "Classifier", {1, 1, 1000}, {1, 1, 1000}, 0, 0}};
  for (SummaryLayerRow& layer : report.layers) layer.activation = "relu6";
  SummaryLayerRow& conv = report.layers[0];
  conv.op = "conv";
  conv.inputs = {"input"};
  conv.kernel = {3, 3};
  conv.stride = 2;
  conv.padding = {0, 1, 0, 1};
  conv.groups = 1;
  conv.weights_shape = {24, 3, 3, 3};
  SummaryLayerRow& depthwise = report.layers[1];
  depthwise.op = "depthwise";
  depthwise.inputs = {"conv1"};
  depthwise.kernel = {3, 3};
  depthwise.padding = {1, 1, 1, 1};
  depthwise.groups = 1;
  depthwise.weights_shape = {3, 3, 24};
  report.layers[2].op = "softmax";
  report.layers[2].inputs = {"logits"};
  report.layers[2].activation = "none";
  report.mult_adds = 10'838'016;
  report.parameters = 864;
  report.biases = 48;
  report.groups = {{"Conv 3x3", 8'128'512, 75, 648, 75}, {"Conv DW 3x3", 2'709'504, 25, 216, 25.00004}};
  return report;
}

TEST_CASE("a summary is printed as the tables of the paper") {
  SummaryReport report = Report();
  CHECK("\n" + SummaryText(report) == R"(
mobilenet_v1, width multiplier 0.75, 224 x 224, 1000 classes

layer      type / stride  filter shape    input size      output size      mult-adds  parameters
conv1      Conv / s2      3 x 3 x 3 x 24  224 x 224 x 3   112 x 112 x 24   8,128,512         648
conv_dw_1  Conv dw / s1   3 x 3 x 24 dw   112 x 112 x 24  112 x 112 x 24   2,709,504         216
softmax    Softmax / s1   Classifier      1 x 1 x 1000    1 x 1 x 1000             0           0
------------------------------------------------------------------------------------------------
total                                                                     10,838,016         864

mult-adds  10.84 M (10,838,016)
parameters 0.00 M (864) and 48 biases

type         mult-adds      %  parameters      %
Conv 3x3     8,128,512  75.00         648  75.00
Conv DW 3x3  2,709,504  25.00         216  25.00
)");
  const std::string without_notes = SummaryText(report);
  report.notes = {"one way of counting", "another"};
  CHECK(SummaryText(report) == without_notes + "\none way of counting\nanother\n");
}

TEST_CASE("a summary is one JSON object") {
  SummaryReport report = Report();
  report.notes = {"a \"note\""};
  const std::string text = SummaryJson(report);
  CHECK(
      text ==
      R"({"architecture": "mobilenet_v1", "width_multiplier": 0.75, "resolution": 224, "classes": 1000, "layers": [)"
      R"({"name": "conv1", "type": "Conv / s2", "filter_shape": "3 x 3 x 3 x 24", "input_shape": [224, 224, 3], )"
      R"("output_shape": [112, 112, 24], "mult_adds": 8128512, "parameters": 648, )"
      R"("operator": "conv", "inputs": ["input"], "activation": "relu6", "kernel": [3, 3], "stride": 2, )"
      R"("padding": [0, 1, 0, 1], "groups": 1, "weights_shape": [24, 3, 3, 3]}, )"
      R"({"name": "conv_dw_1", "type": "Conv dw / s1", "filter_shape": "3 x 3 x 24 dw", )"
      R"("input_shape": [112, 112, 24], "output_shape": [112, 112, 24], "mult_adds": 2709504, "parameters": 216, )"
      R"("operator": "depthwise", "inputs": ["conv1"], "activation": "relu6", "kernel": [3, 3], "stride": 1, )"
      R"("padding": [1, 1, 1, 1], "groups": 1, "weights_shape": [3, 3, 24]}, )"
      R"({"name": "softmax", "type": "Softmax / s1", "filter_shape": "Classifier", "input_shape": [1, 1, 1000], )"
      R"("output_shape": [1, 1, 1000], "mult_adds": 0, "parameters": 0, "operator": "softmax", "inputs": ["logits"], )"
      R"("activation": "none"}], )"
      R"("mult_adds": 10838016, "parameters": 864, "biases": 48, "groups": [)"
      R"({"type": "Conv 3x3", "mult_adds": 8128512, "mult_adds_percent": 75, "parameters": 648, )"
      R"("parameters_percent": 75}, )"
      R"({"type": "Conv DW 3x3", "mult_adds": 2709504, "mult_adds_percent": 25, "parameters": 216, )"
      R"("parameters_percent": 25}], "notes": ["a \"note\""]})"
      "\n");
  const auto json = nlohmann::json::parse(text);
  CHECK(json["layers"].size() == 3);
  CHECK(json["layers"][1]["input_shape"].get<Shape>() == Shape{112, 112, 24});
  CHECK(json["notes"][0] == "a \"note\"");
}

}  // namespace
}  // namespace mobilenet
