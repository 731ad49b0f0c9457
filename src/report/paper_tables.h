// The tables of papers computed from our layers, beside what they print (models/printed_figures.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "src/report/report_table.h"

namespace mobilenet {

// A figure or, in tables of layers, a text.
struct PaperFigure {
  std::string quantity;  // "mult_adds_millions"
  std::string printed;
  std::string computed;  // with as many digits as are printed or, where they are others, two more
  std::optional<double> printed_number;
  std::optional<double> computed_number;
  bool agrees = false;      // rounded to the digits that are printed
  std::string explanation;  // of a difference
};

struct PaperRow {
  std::string label;                   // as printed
  std::string network;                 // as `summary --compare` takes it; "" for a part of the table's
  std::optional<double> top1_percent;  // as printed
  std::vector<PaperFigure> figures;    // those that the row has
};

struct PaperTable {
  std::string source;  // "arXiv 1704.04861"
  std::string table;   // "Table 4"
  std::string title;
  std::vector<PaperRow> rows;
};

// In the order of the papers.
std::vector<PaperTable> MakePaperTables();

// CSV: a line a figure: source, table, row, network, quantity, printed, computed, agrees, explanation.
std::string PaperText(const std::vector<PaperTable>& tables, TableFormat format);

// JSON lines: an object a table: source, table, title, rows [{label, network, top1_percent, figures
// [{quantity, printed, computed, agrees, explanation}]}]; printed and computed are numbers where they are
// some.
std::string PaperJson(const std::vector<PaperTable>& tables);

}  // namespace mobilenet
