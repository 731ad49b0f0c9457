// Rows of cells in aligned columns, for terminals.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "src/report/terminal_style.h"

namespace mobilenet {

enum class Align { kLeft, kRight };

class TextTable {
 public:
  struct Column {
    std::string header;
    Align align = Align::kLeft;
  };
  explicit TextTable(std::vector<Column> columns);

  // As many cells as columns. Control characters are made visible; each code point counts as one column.
  void AddRow(std::vector<std::string> cells, bool is_bold = false);
  // A line across the table.
  void AddRule();

  // Every line starts with `indent` and ends with a newline, without trailing spaces. The last columns are
  // left out if they do not fit the style's.
  std::string Text(std::string_view indent, const TerminalStyle& style = {}) const;
  // All columns: if they do not fit the style's, in blocks with an empty line between them, each of which
  // begins with the first column.
  std::string Blocks(std::string_view indent, const TerminalStyle& style) const;
  // Its width without an indent, with all its columns.
  size_t Width() const { return Width(columns_.size()); }

 private:
  struct Row {
    std::vector<std::string> cells;  // none: a rule
    bool is_bold = false;
  };

  size_t Width(size_t columns) const;  // of the first ones
  // The lines of the first column and those in begin...end - 1.
  std::string Lines(std::string_view indent, const TerminalStyle& style, size_t begin, size_t end) const;

  std::vector<Column> columns_;
  std::vector<size_t> widths_;
  std::vector<Row> rows_;
};

}  // namespace mobilenet
