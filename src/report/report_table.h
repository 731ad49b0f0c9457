// A table of a report in every format that can show one: for terminals, as CSV, as Markdown.
#pragma once

#include <string>
#include <vector>

#include "src/base/number_text.h"
#include "src/report/text_table.h"

namespace mobilenet {

// Decimals of a percentage: as it is shown, and in Cell::raw and JSON.
constexpr int kShownPercentDecimals = 1;
constexpr int kRawPercentDecimals = 4;

// A format that shows tables; as text, for a terminal of so many columns.
struct TableFormat {
  enum Kind { kText, kCsv, kMarkdown };
  TableFormat(Kind the_kind, int the_columns = 0)  // NOLINT: implicit, since most have no terminal
      : kind(the_kind), columns(the_columns) {}

  friend bool operator==(const TableFormat& a, Kind b) { return a.kind == b; }

  Kind kind = kText;
  int columns = 0;  // 0: as many as needed
};

class ReportTable {
 public:
  struct Column {
    std::string key;     // for CSV: "mult_adds"
    std::string header;  // for people: "M mult-adds"
    Align align = Align::kLeft;
  };
  struct Cell {
    std::string shown;  // for people: "568.74"
    std::string raw;    // for CSV: "568740352"
  };
  // A text that is the same in all formats.
  static Cell Same(std::string text) { return {text, text}; }
  static Cell Integer(int64_t value) { return Same(std::to_string(value)); }
  // A large number, with its digits grouped for people.
  static Cell Count(int64_t value) { return {GroupedText(value), std::to_string(value)}; }

  explicit ReportTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // As many cells as columns.
  void AddRow(std::vector<Cell> cells) { rows_.push_back(std::move(cells)); }
  // The last row, set apart for people; CSV leaves it out.
  void SetTotal(std::vector<Cell> cells) { total_ = std::move(cells); }

  // Lines that end with a newline. As text, what is too wide for the columns comes in blocks, one below the
  // other.
  std::string Text(int columns = 0) const;
  std::string Csv() const;
  std::string Markdown() const;
  std::string Format(TableFormat format) const;
  // An HTML table; a cell that has more digits than it shows keeps them as data-raw. `pictures`: none, or one
  // per row, each the source of an <img>, "" for none: they come first.
  std::string Html(const std::vector<std::string>& pictures = {}) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
  std::vector<Cell> total_;
};

// Text within a Markdown document: control characters made visible, and nothing taken for Markdown's own.
std::string MarkdownText(std::string_view text);
// Text beside tables of that format, for people.
std::string ShownText(std::string_view text, TableFormat format);

}  // namespace mobilenet
