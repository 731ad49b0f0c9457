#include "src/report/text_table.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "src/base/utf8.h"
#include "src/report/terminal_text.h"

namespace mobilenet {
namespace {

constexpr std::string_view kGap = "  ";

}  // namespace

TextTable::TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {
  for (const Column& column : columns_) widths_.push_back(CountUtf8(column.header));
}

void TextTable::AddRow(std::vector<std::string> cells) {
  assert(cells.size() == columns_.size());
  for (size_t i = 0; i < cells.size(); ++i) {
    cells[i] = TerminalText(cells[i]);
    widths_[i] = std::max(widths_[i], CountUtf8(cells[i]));
  }
  rows_.push_back(std::move(cells));
}

void TextTable::AddRule() {
  rows_.emplace_back();
}

std::string TextTable::Text(std::string_view indent) const {
  std::string text;
  const auto add_line = [&](const auto& cell) {
    std::string line(indent);
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (i > 0) line += kGap;
      const std::string& content = cell(i);
      const std::string padding(widths_[i] - CountUtf8(content), ' ');
      line += columns_[i].align == Align::kLeft ? content + padding : padding + content;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  };
  add_line([&](size_t i) -> const std::string& { return columns_[i].header; });
  for (const auto& row : rows_) {
    if (row.empty()) {
      size_t width = kGap.size() * (columns_.size() - 1);
      for (const size_t column_width : widths_) width += column_width;
      text += std::string(indent) + std::string(width, '-') + "\n";
    } else {
      add_line([&](size_t i) -> const std::string& { return row[i]; });
    }
  }
  return text;
}

}  // namespace mobilenet
