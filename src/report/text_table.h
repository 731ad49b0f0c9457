// Rows of cells in aligned columns, for terminals.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mobilenet {

enum class Align { kLeft, kRight };

class TextTable {
 public:
  struct Column {
    std::string header;
    Align align = Align::kLeft;
  };
  explicit TextTable(std::vector<Column> columns);

  // As many cells as columns. Control characters are made visible; a code point counts as one column.
  void AddRow(std::vector<std::string> cells);
  // A line across the table.
  void AddRule();

  // Every line starts with `indent` and ends with a newline, without spaces before it.
  std::string Text(std::string_view indent) const;

 private:
  std::vector<Column> columns_;
  std::vector<size_t> widths_;
  std::vector<std::vector<std::string>> rows_;  // an empty one is a rule
};

}  // namespace mobilenet
