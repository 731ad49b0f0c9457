#include "src/report/network_summary.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "src/base/error.h"

namespace mobilenet {
namespace {

struct TableOneText {
  std::string type;
  std::string filter_shape;
};

// The first two columns of the paper's Table 1.
struct TableOneVisitor {
  const Layer& layer;

  std::string Extents(int kernel) const { return StrCat(kernel, " x ", kernel, " x ", layer.input.back()); }

  TableOneText operator()(const Conv3x3& op) const {
    return {StrCat("Conv / s", op.stride), StrCat(Extents(3), " x ", layer.output.back())};
  }
  TableOneText operator()(const Depthwise3x3& op) const {
    return {StrCat("Conv dw / s", op.stride), Extents(3) + " dw"};
  }
  TableOneText operator()(const Pointwise&) const {
    return {"Conv / s1", StrCat(Extents(1), " x ", layer.output.back())};
  }
  TableOneText operator()(const GlobalAvgPool&) const {
    return {"Avg Pool / s1", StrCat("Pool ", layer.input[0], " x ", layer.input[1])};
  }
  TableOneText operator()(const FullyConnected&) const {
    return {"FC / s1", StrCat(layer.input.back(), " x ", layer.output.back())};
  }
  TableOneText operator()(const Softmax&) const { return {"Softmax / s1", "Classifier"}; }
};

// Table 2: the groups in the order of their mult-adds.
std::vector<SummaryGroupRow> Groups(const Network& network) {
  std::vector<SummaryGroupRow> groups;
  for (const Layer& layer : network.layers) {
    const std::string type = OperatorGroup(layer);
    if (type.empty()) continue;
    auto group =
        std::find_if(groups.begin(), groups.end(), [&](const auto& row) { return row.type == type; });
    if (group == groups.end()) group = groups.insert(groups.end(), {type, 0, 0, 0, 0});
    group->mult_adds += MultAdds(layer);
    group->parameters += Parameters(layer);
  }
  const auto percent = [](int64_t part, int64_t whole) {
    return 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  };
  for (SummaryGroupRow& group : groups) {
    group.mult_adds_percent = percent(group.mult_adds, MultAdds(network));
    group.parameters_percent = percent(group.parameters, Parameters(network));
  }
  std::sort(groups.begin(), groups.end(),
            [](const auto& a, const auto& b) { return a.mult_adds > b.mult_adds; });
  return groups;
}

// What a reader who compares with the published tables would stumble over.
std::vector<std::string> Notes() {
  return {
      "mult-adds and parameters are counted as in arXiv 1704.04861: all layers, weights without biases and "
      "batch norm",
      "the table of the published weights leaves conv1 out of the mult-adds at width 0.75 (317 M at 224, not "
      "325 M) "
      "and adds the 1001st class, its biases and three batch norm vectors to the parameters",
      "Table 2 of the paper prints 1.19 % of the mult-adds for Conv 3x3 at 1.0 224; its formulae give 1.91 %",
  };
}

}  // namespace

SummaryReport MakeSummaryReport(const Network& network) {
  SummaryReport report;
  report.architecture = network.architecture;
  report.width_multiplier = network.width_multiplier;
  report.resolution = network.resolution;
  report.classes = network.classes;
  for (const Layer& layer : network.layers) {
    TableOneText text = std::visit(TableOneVisitor{layer}, layer.op);
    report.layers.push_back({layer.name, std::move(text.type), std::move(text.filter_shape), layer.input,
                             layer.output, MultAdds(layer), Parameters(layer)});
  }
  report.mult_adds = MultAdds(network);
  report.parameters = Parameters(network);
  report.biases = Biases(network);
  report.groups = Groups(network);
  report.notes = Notes();
  return report;
}

}  // namespace mobilenet
