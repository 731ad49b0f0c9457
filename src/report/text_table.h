// Rows of cells in aligned columns, for terminals, and the numbers in them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/tensor.h"

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

// "12.30", in every locale; "-" for what is infinite or not a number.
std::string FixedText(double value, int decimals);
// {112, 112, 32} as "112x112x32" with separator "x".
std::string JoinedShape(const Shape& shape, std::string_view separator);

}  // namespace mobilenet
