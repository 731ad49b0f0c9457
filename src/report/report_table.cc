#include "src/report/report_table.h"

#include <cassert>

#include "src/base/str_cat.h"
#include "src/report/csv.h"
#include "src/report/terminal_text.h"
#include "src/report/xml_text.h"

namespace mobilenet {

std::string MarkdownText(std::string_view text) {
  std::string out;
  for (const char c : TerminalText(text)) {
    if (std::string_view("\\`*<|[").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string ShownText(std::string_view text, TableFormat format) {
  return format == TableFormat::kMarkdown ? MarkdownText(text) : TerminalText(text);
}

std::string ReportTable::Text(int terminal_columns) const {
  std::vector<TextTable::Column> columns;
  for (const Column& column : columns_) columns.push_back({column.header, column.align});
  TextTable table(std::move(columns));
  const auto add = [&](const std::vector<Cell>& row) {
    std::vector<std::string> cells;
    for (const Cell& cell : row) cells.push_back(cell.shown);
    table.AddRow(std::move(cells));
  };
  for (const auto& row : rows_) add(row);
  if (!total_.empty()) {
    table.AddRule();
    add(total_);
  }
  return table.Blocks("", {.columns = terminal_columns});
}

std::string ReportTable::Csv() const {
  std::string text = StrJoin(columns_, ",", [](const Column& column) { return column.key; }) + "\n";
  for (const auto& row : rows_) {
    assert(row.size() == columns_.size());
    text += StrJoin(row, ",", [](const Cell& cell) { return CsvText(cell.raw); }) + "\n";
  }
  return text;
}

std::string ReportTable::Markdown() const {
  std::string text = "|";
  for (const Column& column : columns_) text += StrCat(" ", MarkdownText(column.header), " |");
  text += "\n|";
  for (const Column& column : columns_) text += column.align == Align::kRight ? "---:|" : "---|";
  text += "\n";
  const auto add = [&](const std::vector<Cell>& row, std::string_view emphasis) {
    text += "|";
    for (const Cell& cell : row) {
      const std::string shown = MarkdownText(cell.shown);
      text += shown.empty() ? " |" : StrCat(" ", emphasis, shown, emphasis, " |");
    }
    text += "\n";
  };
  for (const auto& row : rows_) add(row, "");
  if (!total_.empty()) add(total_, "**");
  return text;
}

std::string ReportTable::Html(const std::vector<std::string>& pictures) const {
  assert(pictures.empty() || pictures.size() == rows_.size());
  const auto align = [&](size_t i) { return columns_[i].align == Align::kRight ? " class=\"right\"" : ""; };
  std::string text = "<table>\n<thead><tr>";
  if (!pictures.empty()) text += "<th></th>";
  for (size_t i = 0; i < columns_.size(); ++i) {
    text += StrCat("<th", align(i), ">", XmlText(columns_[i].header), "</th>");
  }
  text += "</tr></thead>\n<tbody>\n";
  for (size_t row = 0; row < rows_.size(); ++row) {
    text += "<tr>";
    if (!pictures.empty()) {
      text += pictures[row].empty() ? std::string("<td></td>")
                                    : StrCat("<td><img alt=\"\" src=\"", XmlText(pictures[row]), "\"></td>");
    }
    for (size_t i = 0; i < columns_.size(); ++i) {
      const Cell& cell = rows_[row][i];
      const std::string raw = cell.raw == cell.shown ? "" : StrCat(" data-raw=\"", XmlText(cell.raw), "\"");
      text += StrCat("<td", align(i), raw, ">", XmlText(cell.shown), "</td>");
    }
    text += "</tr>\n";
  }
  return text + "</tbody>\n</table>\n";
}

std::string ReportTable::Format(TableFormat format) const {
  switch (format.kind) {
    case TableFormat::kCsv:
      return Csv();
    case TableFormat::kMarkdown:
      return Markdown();
    case TableFormat::kText:
      break;
  }
  return Text(format.columns);
}

}  // namespace mobilenet
