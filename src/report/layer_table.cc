#include "src/report/layer_table.h"

#include <algorithm>
#include <utility>

#include "src/base/number_text.h"
#include "src/base/str_cat.h"
#include "src/report/text_table.h"

namespace mobilenet {
namespace {

constexpr int kDetailColumn = 5;  // after the milliseconds

// The columns of numbers are empty for a layer without mult-adds.
std::string GflopsText(int64_t mult_adds, double latency_ms) {
  if (mult_adds == 0) return "";
  return FixedText(2 * Millions(mult_adds) / latency_ms, 1);  // "-" if it took no time
}

std::string MillionsText(int64_t mult_adds) {
  return mult_adds == 0 ? "" : FixedText(Millions(mult_adds), 2);
}

}  // namespace

std::string LayerTable(const std::vector<LayerRow>& layers, const std::vector<LayerDetail>& details,
                       const TerminalStyle& style) {
  int64_t total_mult_adds = 0;
  double total_ms = 0;
  for (const LayerRow& layer : layers) {
    total_mult_adds += layer.mult_adds;
    total_ms += layer.latency_ms;
  }
  const auto percent = [&](double latency_ms) { return FixedText(100 * latency_ms / total_ms, 1); };

  std::vector<TextTable::Column> columns = {{"layer"},
                                            {"operator"},
                                            {"output"},
                                            {"M mult-adds", Align::kRight},
                                            {"ms", Align::kRight},
                                            {"%", Align::kRight},
                                            {"GFLOP/s", Align::kRight},
                                            {"backend"},
                                            {"kernel"}};
  if (!details.empty()) {
    columns.insert(columns.begin() + kDetailColumn, {{"+-", Align::kRight}, {"MB moved", Align::kRight}});
  }
  TextTable table(std::move(columns));
  int64_t total_moved_bytes = 0;
  const auto add = [&](std::vector<std::string> cells, const std::string& stddev, int64_t moved_bytes,
                       bool is_bold = false) {
    if (!details.empty()) {
      cells.insert(cells.begin() + kDetailColumn, {stddev, FixedText(Millions(moved_bytes), 2)});
    }
    table.AddRow(std::move(cells), is_bold);
  };
  for (size_t i = 0; i < layers.size(); ++i) {
    const LayerRow& layer = layers[i];
    const LayerDetail detail = details.empty() ? LayerDetail{} : details[i];
    total_moved_bytes += detail.moved_bytes;
    add({layer.name, layer.op, StrJoin(layer.output_shape, "x"), MillionsText(layer.mult_adds),
         FixedText(layer.latency_ms, 3), percent(layer.latency_ms),
         GflopsText(layer.mult_adds, layer.latency_ms), layer.backend, layer.kernel},
        FixedText(detail.stddev_ms, 3), detail.moved_bytes,
        layer.latency_ms * static_cast<double>(layers.size()) >= 2 * total_ms);
  }
  table.AddRule();
  add({"total", "", "", MillionsText(total_mult_adds), FixedText(total_ms, 3), percent(total_ms),
       GflopsText(total_mult_adds, total_ms), "", ""},
      "", total_moved_bytes);
  std::string text = details.empty() ? table.Text("", style) : table.Blocks("", style);
  std::string notes = "1 mult-add = 2 FLOPs\n";
  const auto is_xnnpack = [](const LayerRow& layer) { return layer.backend == "xnnpack"; };
  if (details.empty() && style.columns > 0 && table.Width() > static_cast<size_t>(style.columns)) {
    notes += StrCat("a terminal with ", table.Width(), " columns shows backends and kernels, too\n");
  } else if (std::any_of(layers.begin(), layers.end(), is_xnnpack)) {
    notes += "xnnpack does not name its kernels: they are inferred from the layer's shape\n";
  }
  return text + notes;
}

}  // namespace mobilenet
