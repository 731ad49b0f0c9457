#include "src/report/text.h"

#include "src/base/number_text.h"
#include "src/base/str_cat.h"
#include "src/report/layer_table.h"
#include "src/report/terminal_text.h"

namespace mobilenet {
namespace {

std::string FrameText(const ClassifyRow& row) {
  return row.frame ? StrCat(" frame ", *row.frame) : "";
}

// Below this, a score would be 0.00 %, which tells people nothing.
constexpr float kShownScore = 0.00005F;

std::string PredictionsText(const std::vector<Prediction>& predictions, const TerminalStyle& style) {
  std::string text;
  for (const Prediction& prediction : predictions) {
    if (prediction.score < kShownScore && !text.empty()) continue;
    std::string percent = FixedText(100.0 * static_cast<double>(prediction.score), 2);
    percent.insert(0, percent.size() < 6 ? 6 - percent.size() : 0, ' ');  // as wide as "100.00"
    const std::string line = StrCat("  ", percent, " %  ", TerminalText(prediction.label));
    const bool is_first = text.empty();
    text += StrCat(is_first ? Bold(line, style) : line, "  (class ", prediction.class_index, ")\n");
  }
  return text;
}

}  // namespace

std::string TextReport(const ClassifyRow& row, std::string_view model, const TerminalStyle& style) {
  std::string text = StrCat(EscapedText(row.path), FrameText(row));
  if (row.error) return StrCat(text, "\n  error: ", TerminalText(*row.error), "\n");
  text += StrCat(" (", row.width, " x ", row.height, ")");
  if (!model.empty()) text += StrCat(", ", TerminalText(model));
  text += "\n";
  if (row.damaged) text += StrCat("  damaged: ", TerminalText(*row.damaged), "\n");
  text += PredictionsText(row.predictions, style);
  text +=
      StrCat("  decode ", FixedText(row.decode_ms, 2), " ms, preprocess ", FixedText(row.preprocess_ms, 2),
             " ms, inference ", Bold(FixedText(row.inference_ms, 2), style), " ms\n");
  if (!row.layers.empty()) text += StrCat("\n", LayerTable(row.layers, {}, style));
  return text;
}

}  // namespace mobilenet
