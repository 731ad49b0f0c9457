// Figures that papers and publishers of weights print about networks, as printed, with the reason if ours
// differ. Ours are not here: `summary --paper` computes them from the layers, and a test checks that each
// equals the printed figure or has its explanation.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace mobilenet {

struct PrintedFigure {
  double value = 0;
  // significant decimals: 0 for 569, 1 for 4.2, -2 for 1700, whose zeros mean nothing
  int decimals = 0;
  std::string_view why = {};  // why ours, rounded the same way, differs; "" if it does not
};

// A network's complexity, a row of a table; only its accuracy if there are no figures.
struct PrintedComplexity {
  std::string_view label;  // as printed: "0.75 MobileNet-224"
  std::string_view architecture;
  double width_multiplier = 1.0;
  int resolution = 224;
  std::optional<double> top1_percent = {};
  std::optional<PrintedFigure> mult_adds = {};   // in millions
  std::optional<PrintedFigure> parameters = {};  // in millions
  int classes = 1000;
};

struct PrintedComplexityTable {
  std::string_view source;  // "arXiv 1704.04861", "tensorflow/models"
  std::string_view table;   // "Table 4", "mobilenet_v1.md"
  std::string_view title;
  std::span<const PrintedComplexity> rows;
  bool is_of_weights = false;  // weights that can be downloaded, otherwise a paper's
};

// Those of the papers, in their order, then those of the publishers of weights.
std::span<const PrintedComplexityTable> PrintedComplexityTables();

// A layer of Table 1 of arXiv 1704.04861, in which x is printed as a multiplication sign.
struct PrintedLayer {
  std::string_view type;          // "Conv dw / s1"
  std::string_view filter_shape;  // "3 x 3 x 32 dw"
  std::string_view input_size;    // "112 x 112 x 32"
  std::string_view why_type = {};
};
std::span<const PrintedLayer> PrintedLayersOfV1();

// The share of a type of layer, Table 2 of arXiv 1704.04861.
struct PrintedShare {
  std::string_view type;  // "Conv 1x1"
  PrintedFigure mult_adds_percent;
  PrintedFigure parameters_percent;
};
std::span<const PrintedShare> PrintedSharesOfV1();

// One layer of MobileNet V1, changed step by step, Table 3 of arXiv 1704.04861.
struct PrintedStep {
  std::string_view label;
  bool is_separable = true;  // false: a standard convolution
  double width_multiplier = 1.0;
  int resolution = 224;      // the network's
  PrintedFigure mult_adds;   // in millions
  PrintedFigure parameters;  // in millions
};
std::span<const PrintedStep> PrintedStepsOfV1();

// A line of Table 2 of arXiv 1801.04381; "-" if it has no figure.
struct PrintedStage {
  std::string_view input;  // "112 x 112 x 32"
  std::string_view op;     // "conv2d", "bottleneck", "conv2d 1x1", "avgpool 7x7"
  std::string_view expansion, channels, repeats, stride;
};
std::span<const PrintedStage> PrintedStagesOfV2();

inline constexpr std::string_view kPublishedWeights = "the published weights";

// The top-1 accuracy of published weights, percent of ImageNet's validation images, and who says so.
struct PublishedTop1 {
  double percent = 0;
  std::string_view source;
};

// For the network with weights of that type ("f32", "u8" or "s8"): the catalogue's, else the publishers',
// else the papers'. None if nobody has published any.
std::optional<PublishedTop1> FindPublishedTop1(std::string_view architecture, double width_multiplier,
                                               int resolution, std::string_view type);

}  // namespace mobilenet
