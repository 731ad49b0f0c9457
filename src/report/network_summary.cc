#include "src/report/network_summary.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "models/registry.h"
#include "src/base/str_cat.h"

namespace mobilenet {
namespace {

struct TableOneText {
  std::string type;
  std::string filter_shape;
};

// The first two columns of the paper's Table 1.
struct TableOneVisitor {
  const Layer& layer;

  std::string Extents(const Window& window, int64_t channels) const {
    return StrCat(window.kernel_height, " x ", window.kernel_width, " x ", channels);
  }

  static TableOneText Pool(const char* kind, const Window& window) {
    return {StrCat(kind, " Pool / s", window.stride),
            StrCat("Pool ", window.kernel_height, " x ", window.kernel_width)};
  }

  TableOneText operator()(const Conv& op) const {
    return {StrCat("Conv / s", op.window.stride),
            StrCat(Extents(op.window, layer.input.back() / op.groups), " x ", layer.output.back())};
  }
  TableOneText operator()(const Depthwise& op) const {
    return {StrCat("Conv dw / s", op.window.stride), Extents(op.window, layer.input.back()) + " dw"};
  }
  TableOneText operator()(const MaxPool& op) const { return Pool("Max", op.window); }
  TableOneText operator()(const AvgPool& op) const { return Pool("Avg", op.window); }
  TableOneText operator()(const Lrn& op) const { return {"LRN", StrCat(op.size, " channels")}; }
  TableOneText operator()(const Add&) const { return {"Add", "-"}; }
  TableOneText operator()(const Concat&) const { return {"Concat", "-"}; }
  TableOneText operator()(const GlobalAvgPool&) const {
    return {"Avg Pool / s1", StrCat("Pool ", layer.input[0], " x ", layer.input[1])};
  }
  TableOneText operator()(const FullyConnected&) const {
    return {"FC / s1", StrCat(ElementCount(layer.input), " x ", layer.output.back())};
  }
  TableOneText operator()(const Softmax&) const { return {"Softmax / s1", "Classifier"}; }
  TableOneText operator()(const Sigmoid&) const { return {"Sigmoid / s1", "Classifier"}; }
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

// How things are counted, and what sets the network apart. Differences from printed tables are the matter of
// summary --paper.
std::vector<std::string> Notes(const Network& network) {
  std::vector<std::string> notes = {
      "mult-adds and parameters are counted as in arXiv 1704.04861: all layers, weights without biases and "
      "batch norm"};
  for (const Architecture& architecture : kArchitectures) {
    if (architecture.name == network.architecture && !architecture.note.empty()) {
      notes.push_back(StrCat(architecture.name, ": ", architecture.note));
    }
  }
  return notes;
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
    SummaryLayerRow row{layer.name,       std::move(text.type), std::move(text.filter_shape),
                        layer.input,      layer.output,         MultAdds(layer),
                        Parameters(layer)};
    row.op = OperatorKind(layer);
    for (const Value value : layer.inputs) {
      row.inputs.push_back(value == 0 ? "input" : network.layers[value - 1].name);
    }
    row.activation = ActivationName(layer.activation);
    if (const Window* window = WindowOf(layer)) {
      row.kernel = {window->kernel_height, window->kernel_width};
      row.stride = window->stride;
      row.padding = {window->padding.top, window->padding.bottom, window->padding.left,
                     window->padding.right};
    }
    if (const auto* conv = std::get_if<Conv>(&layer.op)) row.groups = conv->groups;
    if (std::holds_alternative<Depthwise>(layer.op)) row.groups = 1;
    if (const auto* lrn = std::get_if<Lrn>(&layer.op)) {
      row.lrn = SummaryLrn{lrn->size, lrn->alpha, lrn->beta, lrn->k};
    }
    row.weights_shape = WeightsShape(layer);
    row.group = OperatorGroup(layer);
    report.layers.push_back(std::move(row));
  }
  report.mult_adds = MultAdds(network);
  report.parameters = Parameters(network);
  report.biases = Biases(network);
  report.groups = Groups(network);
  report.notes = Notes(network);
  return report;
}

}  // namespace mobilenet
