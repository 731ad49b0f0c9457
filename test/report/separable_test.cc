#include "src/report/separable.h"

#include <nlohmann/json.hpp>

#include <cmath>

#include "models/network_builder.h"
#include "models/registry.h"
#include "test/support/catch.h"

namespace mobilenet {
namespace {

TEST_CASE("each separable convolution of V1 costs 1/N + 1/K^2 of a standard one") {
  for (const int resolution : {224, 160}) {
    for (const double width : {1.0, 0.5}) {
      const SeparableReport report =
          MakeSeparableReport(MakeNetwork("mobilenet_v1", width, resolution, 1000));
      REQUIRE(report.rows.size() == 13);
      for (const SeparableRow& row : report.rows) {
        CAPTURE(row.depthwise, row.ratio, row.formula);
        CHECK(std::abs(row.ratio - row.formula) < 1e-12);
      }
    }
  }
}

TEST_CASE("V1 with standard convolutions costs what the paper's Table 4 says") {
  const SeparableReport report = MakeSeparableReport(MakeNetwork("mobilenet_v1", 1.0, 224, 1000));
  // The pair of Table 3: 462 and 52.3 million mult-adds.
  const SeparableRow& row = report.rows[7];
  CHECK(row.depthwise == "conv_dw_8");
  CHECK(row.pointwise == "conv_pw_8");
  CHECK(row.kernel == Shape{3, 3});
  CHECK(row.input_channels == 512);
  CHECK(row.output_channels == 512);
  CHECK(row.output_shape == Shape{14, 14, 512});
  CHECK(row.mult_adds == 52'283'392);
  CHECK(row.standard_mult_adds == 462'422'016);
  CHECK(row.parameters == 266'752);
  CHECK(row.standard_parameters == 2'359'296);
  CHECK(report.mult_adds == 568'740'352);
  // 4866 million are printed: without the fully connected layer.
  CHECK(report.standard_mult_adds == 4'867'293'184);
  CHECK(std::round(static_cast<double>(report.standard_mult_adds - 1'024'000) / 1e6) == 4866);
  CHECK(std::round(static_cast<double>(report.standard_parameters) / 1e5) == 293);
}

TEST_CASE("in V2, the expansion is not part of the separable convolution") {
  const SeparableReport report = MakeSeparableReport(MakeNetwork("mobilenet_v2", 1.0, 224, 1000));
  REQUIRE(report.rows.size() == 17);
  CHECK(report.rows[1].depthwise == "block_1.depthwise");
  CHECK(report.rows[1].pointwise == "block_1.project");
  CHECK(report.rows[1].input_channels == 96);
  CHECK(report.rows[1].output_channels == 24);
}

TEST_CASE("only a depthwise convolution that one pointwise convolution reads is separable") {
  NetworkBuilder net({32, 32, 3});
  const Value once = net.Depthwise("once", net.kInput, {5, 3, 1}, Activation::kRelu);
  const Value pointwise = net.Conv("pointwise", once, 4, Square(1), Activation::kNone);
  const Value twice = net.Depthwise("twice", pointwise, Square(3), Activation::kNone);
  const Value a = net.Conv("a", twice, 4, Square(1), Activation::kNone);
  const Value b = net.Conv("b", twice, 4, Square(1), Activation::kNone);
  const Value before_conv = net.Depthwise("before_conv", net.Add("sum", a, b), Square(3), Activation::kNone);
  const Value conv = net.Conv("conv", before_conv, 4, Square(3), Activation::kNone);
  net.Softmax("softmax", net.FullyConnected("logits", conv, 10));
  const Network network = net.Build();
  const SeparableReport report = MakeSeparableReport(network);
  REQUIRE(report.rows.size() == 1);
  CHECK(report.rows[0].depthwise == "once");
  CHECK(report.rows[0].kernel == Shape{5, 3});
  CHECK(std::abs(report.rows[0].formula - (1.0 / 4 + 1.0 / 15)) < 1e-12);
  CHECK(std::abs(report.rows[0].ratio - report.rows[0].formula) < 1e-12);
  CHECK(report.standard_mult_adds - report.mult_adds ==
        report.rows[0].standard_mult_adds - report.rows[0].mult_adds);
}

SeparableReport SmallReport() {
  SeparableReport report;
  report.architecture = "mobilenet_v1";
  report.resolution = 224;
  report.classes = 1000;
  report.rows = {{"conv_dw_1",
                  "conv_pw_1",
                  {3, 3},
                  32,
                  64,
                  {112, 112, 64},
                  29'302'784,
                  231'211'008,
                  2336,
                  18'432,
                  0.126736111,
                  0.126736111}};
  report.mult_adds = 40'140'800;
  report.standard_mult_adds = 242'049'024;
  report.parameters = 3200;
  report.standard_parameters = 19'296;
  return report;
}

TEST_CASE("separable convolutions are printed beside the standard ones") {
  CHECK("\n" + SeparableTable(SmallReport(), TableFormat::kText) == R"(
mobilenet_v1, width multiplier 1.0, 224 x 224, 1000 classes

depthwise      pointwise  kernel   M   N  output      mult-adds   standard   ratio  1/N + 1/K^2  parameters  standard
conv_dw_1      conv_pw_1  3x3     32  64  112x112x64   29302784  231211008  0.1267       0.1267        2336     18432
---------------------------------------------------------------------------------------------------------------------
whole network                                          40140800  242049024  0.1658                     3200     19296

standard: one convolution with the kernel from M to N channels instead of the two (arXiv 1704.04861, section 3.1); the whole network includes the layers not listed
)");
  CHECK(SeparableTable(SmallReport(), TableFormat::kCsv) ==
        "depthwise,pointwise,kernel,input_channels,output_channels,output_shape,mult_adds,standard_mult_adds,"
        "ratio,formula,parameters,standard_parameters\n"
        "conv_dw_1,conv_pw_1,3x3,32,64,112x112x64,29302784,231211008,0.126736,0.126736,2336,18432\n");
  SeparableReport none = SmallReport();
  none.rows.clear();
  CHECK(SeparableTable(none, TableFormat::kText).find("no depthwise separable convolutions (") !=
        std::string::npos);
}

TEST_CASE("separable convolutions are one JSON object") {
  const std::string text = SeparableJson(SmallReport());
  CHECK(text ==
        R"({"architecture": "mobilenet_v1", "width_multiplier": 1, "resolution": 224, "classes": 1000, )"
        R"("layers": [{"depthwise": "conv_dw_1", "pointwise": "conv_pw_1", "kernel": [3, 3], )"
        R"("input_channels": 32, "output_channels": 64, "output_shape": [112, 112, 64], )"
        R"("mult_adds": 29302784, "standard_mult_adds": 231211008, "parameters": 2336, )"
        R"("standard_parameters": 18432, "ratio": 0.126736, "formula": 0.126736}], )"
        R"("mult_adds": 40140800, "standard_mult_adds": 242049024, "parameters": 3200, )"
        R"("standard_parameters": 19296})"
        "\n");
}

}  // namespace
}  // namespace mobilenet
