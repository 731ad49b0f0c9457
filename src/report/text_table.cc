#include "src/report/text_table.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "src/base/str_cat.h"
#include "src/base/utf8.h"
#include "src/report/terminal_text.h"

namespace mobilenet {
namespace {

constexpr std::string_view kGap = "  ";

}  // namespace

TextTable::TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {
  for (const Column& column : columns_) widths_.push_back(CountUtf8(column.header));
}

void TextTable::AddRow(std::vector<std::string> cells, bool is_bold) {
  assert(cells.size() == columns_.size());
  for (size_t i = 0; i < cells.size(); ++i) {
    cells[i] = TerminalText(cells[i]);
    widths_[i] = std::max(widths_[i], CountUtf8(cells[i]));
  }
  rows_.push_back({std::move(cells), is_bold});
}

void TextTable::AddRule() {
  rows_.emplace_back();
}

size_t TextTable::Width(size_t columns) const {
  size_t width = kGap.size() * (columns - 1);
  for (size_t i = 0; i < columns; ++i) width += widths_[i];
  return width;
}

std::string TextTable::Lines(std::string_view indent, const TerminalStyle& style, size_t begin,
                             size_t end) const {
  size_t width = 0;
  const auto line = [&](const auto& cell) {
    std::string text(indent);
    const auto add = [&](size_t i) {
      const std::string& content = cell(i);
      const std::string padding(widths_[i] - CountUtf8(content), ' ');
      text += columns_[i].align == Align::kLeft ? content + padding : padding + content;
    };
    add(0);
    for (size_t i = begin; i < end; ++i) {
      text += kGap;
      add(i);
    }
    width = CountUtf8(text) - indent.size();
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
  };
  std::string text = line([&](size_t i) -> const std::string& { return columns_[i].header; }) + "\n";
  for (const Row& row : rows_) {
    if (row.cells.empty()) {
      text += StrCat(indent, std::string(width, '-'), "\n");
    } else {
      const std::string cells = line([&](size_t i) -> const std::string& { return row.cells[i]; });
      text += (row.is_bold ? Bold(cells, style) : cells) + "\n";
    }
  }
  return text;
}

std::string TextTable::Text(std::string_view indent, const TerminalStyle& style) const {
  size_t shown = columns_.size();
  if (style.columns > 0) {
    while (shown > 1 && indent.size() + Width(shown) > static_cast<size_t>(style.columns)) --shown;
  }
  return Lines(indent, style, 1, shown);
}

std::string TextTable::Blocks(std::string_view indent, const TerminalStyle& style) const {
  std::string text;
  size_t end = 1;
  do {
    const size_t begin = end;
    size_t width = indent.size() + widths_[0];
    while (end < columns_.size()) {
      width += kGap.size() + widths_[end];
      if (style.columns > 0 && width > static_cast<size_t>(style.columns) && end > begin) break;
      ++end;
    }
    if (begin > 1) text += "\n";
    text += Lines(indent, style, begin, end);
  } while (end < columns_.size());
  return text;
}

}  // namespace mobilenet
