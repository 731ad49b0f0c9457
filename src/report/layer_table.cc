#include "src/report/layer_table.h"
#include "src/base/str_cat.h"

#include <algorithm>

#include "src/base/number_text.h"
#include "src/report/text_table.h"

namespace mobilenet {
namespace {

// The columns of numbers are empty where a layer has no mult-adds.
std::string GflopsText(int64_t mult_adds, double latency_ms) {
  if (mult_adds == 0) return "";
  return FixedText(2.0 * static_cast<double>(mult_adds) / latency_ms / 1e6, 1);  // "-" if it took no time
}

std::string MillionsText(int64_t mult_adds) {
  return mult_adds == 0 ? "" : FixedText(static_cast<double>(mult_adds) / 1e6, 2);
}

}  // namespace

std::string LayerTable(const std::vector<LayerRow>& layers) {
  int64_t total_mult_adds = 0;
  double total_ms = 0;
  for (const LayerRow& layer : layers) {
    total_mult_adds += layer.mult_adds;
    total_ms += layer.latency_ms;
  }
  const auto percent = [&](double latency_ms) { return FixedText(100 * latency_ms / total_ms, 1); };

  TextTable table({{"layer"},
                   {"operator"},
                   {"output"},
                   {"M mult-adds", Align::kRight},
                   {"ms", Align::kRight},
                   {"%", Align::kRight},
                   {"GFLOP/s", Align::kRight},
                   {"backend"},
                   {"kernel"}});
  for (const LayerRow& layer : layers) {
    table.AddRow({layer.name, layer.op, StrJoin(layer.output_shape, "x"), MillionsText(layer.mult_adds),
                  FixedText(layer.latency_ms, 3), percent(layer.latency_ms),
                  GflopsText(layer.mult_adds, layer.latency_ms), layer.backend, layer.kernel});
  }
  table.AddRule();
  table.AddRow({"total", "", "", MillionsText(total_mult_adds), FixedText(total_ms, 3), percent(total_ms),
                GflopsText(total_mult_adds, total_ms), "", ""});
  std::string text = table.Text("") + "1 mult-add = 2 FLOPs\n";
  const auto is_xnnpack = [](const LayerRow& layer) { return layer.backend == "xnnpack"; };
  if (std::any_of(layers.begin(), layers.end(), is_xnnpack)) {
    text += "kernels of xnnpack, which does not name them, are inferred from the layer's shape\n";
  }
  return text;
}

}  // namespace mobilenet
