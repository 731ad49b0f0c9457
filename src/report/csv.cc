#include "src/report/csv.h"

#include <cmath>

#include "src/base/number_text.h"
#include "src/base/str_cat.h"
#include "src/report/layer_json.h"
#include "src/report/terminal_text.h"

namespace mobilenet {
namespace {

class CsvWriter {
 public:
  void Text(const std::string& text) { Raw(CsvText(text)); }
  void Empty() { Raw(""); }
  void Integer(int64_t value) { Raw(std::to_string(value)); }
  // The same digits as in JSON, and nothing if it is not a number.
  void Time(double value_ms) {
    std::isfinite(value_ms) ? Raw(ShortFixedText(value_ms, kTimeDecimals)) : Empty();
  }
  void Score(float score) {
    std::isfinite(score) ? Raw(SignificantText(static_cast<double>(score), kScoreDigits)) : Empty();
  }

  std::string Line() const { return line_ + "\n"; }

 private:
  void Raw(const std::string& cell) {
    if (!is_first_) line_ += ',';
    is_first_ = false;
    line_ += cell;
  }

  std::string line_;
  bool is_first_ = true;
};

}  // namespace

bool CsvTextNeedsPrefix(std::string_view escaped) {
  return !escaped.empty() && escaped != "-" &&
         std::string_view("=+-@'").find(escaped[0]) != std::string_view::npos;
}

std::string CsvText(std::string_view text) {
  const std::string escaped = EscapedText(text);
  const bool has_prefix = CsvTextNeedsPrefix(escaped);
  if (!has_prefix && escaped.find_first_of(",\"") == std::string::npos) return escaped;
  std::string quoted = has_prefix ? "\"'" : "\"";
  for (const char c : escaped) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

std::optional<std::vector<std::string>> CsvCells(std::string_view line) {
  std::vector<std::string> cells(1);
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == ',') {
      cells.emplace_back();
    } else if (line[i] != '"') {
      cells.back() += line[i];
    } else {
      for (++i;; ++i) {
        if (i == line.size()) return std::nullopt;
        if (line[i] == '"' && (i + 1 == line.size() || line[i + 1] != '"')) break;
        if (line[i] == '"') ++i;
        cells.back() += line[i];
      }
    }
  }
  return cells;
}

std::string CsvHeader(const RecordFields& fields, int top_k) {
  std::string header = "path";
  if (fields.frame) header += ",frame";
  header += ",width,height,decode_ms,preprocess_ms,inference_ms,error,damaged";
  if (fields.stamp) header += ",file_bytes,modified";
  for (int i = 1; i <= top_k; ++i) header += StrCat(",class_index_", i, ",label_", i, ",score_", i);
  return header + "\n";
}

std::string CsvLine(const ClassifyRow& row, const RecordFields& fields, int top_k) {
  CsvWriter csv;
  csv.Text(row.path);
  if (fields.frame) csv.Integer(row.frame.value_or(0));
  csv.Integer(row.width);
  csv.Integer(row.height);
  csv.Time(row.decode_ms);
  csv.Time(row.preprocess_ms);
  csv.Time(row.inference_ms);
  csv.Text(row.error.value_or(""));
  csv.Text(row.damaged.value_or(""));
  if (fields.stamp) {
    row.stamp ? csv.Integer(row.stamp->file_bytes) : csv.Empty();
    row.stamp ? csv.Text(row.stamp->modified) : csv.Empty();
  }
  for (size_t i = 0; i < static_cast<size_t>(top_k); ++i) {
    if (row.error || i >= row.predictions.size()) {
      for (int cell = 0; cell < 3; ++cell) csv.Empty();
      continue;
    }
    csv.Integer(row.predictions[i].class_index);
    csv.Text(row.predictions[i].label);
    csv.Score(row.predictions[i].score);
  }
  return csv.Line();
}

}  // namespace mobilenet
