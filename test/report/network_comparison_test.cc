#include "src/report/network_comparison.h"

#include <nlohmann/json.hpp>

#include <vector>

#include "test/support/catch.h"

namespace mobilenet {
namespace {

std::vector<ComparisonRow> Rows() {
  ComparisonRow small;
  small.name = "mobilenet_v1_0.25_128_s8";
  small.architecture = "mobilenet_v1";
  small.width_multiplier = 0.25;
  small.input_shape = {128, 128, 3};
  small.classes = 1001;
  small.layers = 28;
  small.mult_adds = 13'570'304;
  small.parameters = 463'856;
  small.biases = 3737;
  small.activation_peak_f32_bytes = 395'008;
  small.activation_peak_s8_bytes = 100'096;
  small.file_f32_bytes = 1'870'372;
  small.file_s8_bytes = 490'000;
  small.file_u8_bytes = 479'168;
  small.published_top1_percent = 39.9;
  small.published_top1_source = "the published weights";
  ComparisonRow float_only = small;
  float_only.name = "own|net";
  float_only.architecture = "own";
  float_only.activation_peak_s8_bytes = float_only.file_s8_bytes = float_only.file_u8_bytes = std::nullopt;
  float_only.published_top1_percent = std::nullopt;
  float_only.published_top1_source = "";
  return {small, float_only};
}

TEST_CASE("networks stand side by side in a table") {
  CHECK("\n" + ComparisonTable(Rows(), TableFormat::kText) == R"(
network                   input      classes  layers  M mult-adds  M parameters  peak f32 MB  s8 MB  file f32 MB  s8 MB  u8 MB  top-1 %
mobilenet_v1_0.25_128_s8  128x128x3     1001      28        13.57          0.46         0.40   0.10         1.87   0.49   0.48     39.9
own|net                   128x128x3     1001      28        13.57          0.46         0.40      -         1.87      -      -        -

layers: those with weights; M: millions, weights without biases; 1 mult-add = 2 FLOPs
peak: memory of the feature maps, one operator per layer; u8 needs as much as s8
file: the tensors, without the header (mostly labels, 30 to 60 KB for 1000 classes)
top-1 of mobilenet_v1_0.25_128_s8: the published weights
)");
}

TEST_CASE("the comparison as CSV has every field and every digit") {
  CHECK(ComparisonTable(Rows(), TableFormat::kCsv) ==
        "name,architecture,width_multiplier,input_shape,classes,layers,mult_adds,parameters,biases,"
        "activation_peak_f32_bytes,activation_peak_s8_bytes,file_f32_bytes,file_s8_bytes,file_u8_bytes,"
        "published_top1_percent,published_top1_source\n"
        "mobilenet_v1_0.25_128_s8,mobilenet_v1,0.25,128x128x3,1001,28,13570304,463856,3737,395008,100096,"
        "1870372,490000,479168,39.9,the published weights\n"
        "own|net,own,0.25,128x128x3,1001,28,13570304,463856,3737,395008,,1870372,,,,\n");
}

TEST_CASE("the comparison as Markdown is a table and a list") {
  const std::string text = ComparisonTable(Rows(), TableFormat::kMarkdown);
  CHECK(text.find("| network | input | classes |") == 0);
  CHECK(text.find("\n|---|---|---:|") != std::string::npos);
  CHECK(text.find("\n| own\\|net | 128x128x3 |") != std::string::npos);
  CHECK(text.find("\n\n- layers: those with weights") != std::string::npos);
}

TEST_CASE("the comparison as JSON is an object a network") {
  const std::string text = ComparisonJson(Rows());
  CHECK(text.substr(0, text.find('\n')) ==
        R"({"name": "mobilenet_v1_0.25_128_s8", "architecture": "mobilenet_v1", "width_multiplier": 0.25, )"
        R"("input_shape": [128, 128, 3], "classes": 1001, "layers": 28, "mult_adds": 13570304, )"
        R"("parameters": 463856, "biases": 3737, "activation_peak_f32_bytes": 395008, )"
        R"("activation_peak_s8_bytes": 100096, "file_f32_bytes": 1870372, "file_s8_bytes": 490000, )"
        R"("file_u8_bytes": 479168, "published_top1_percent": 39.9, )"
        R"("published_top1_source": "the published weights"})");
  const auto second = nlohmann::json::parse(text.substr(text.find('\n') + 1));
  for (const char* key : {"activation_peak_s8_bytes", "file_s8_bytes", "file_u8_bytes",
                          "published_top1_percent", "published_top1_source"}) {
    CAPTURE(key);
    CHECK(second.at(key).is_null());
  }
}

}  // namespace
}  // namespace mobilenet
