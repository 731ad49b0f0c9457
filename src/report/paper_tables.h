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
  std::string computed;  // with as many digits as are printed or, if they differ, two more
  std::optional<double> printed_number;
  std::optional<double> computed_number;
  bool agrees = false;      // when rounded to the printed digits
  std::string explanation;  // explains a difference
};

struct PaperRow {
  std::string label;                   // as printed
  std::string network;                 // as for `summary --compare`; "" for a part of the table's network
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

// CSV: one line per figure: source, table, row, network, quantity, printed, computed, agrees, explanation.
std::string PaperText(const std::vector<PaperTable>& tables, TableFormat format);

// JSON lines: one object per table: source, table, title, rows [{label, network, top1_percent, figures
// [{quantity, printed, computed, agrees, explanation}]}]; printed and computed are numbers if they can
// be.
std::string PaperJson(const std::vector<PaperTable>& tables);

}  // namespace mobilenet
