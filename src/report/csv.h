// ClassifyRow as CSV (RFC 4180): a header, then one line per row, whatever its path contains: text is written
// as EscapedText (terminal_text.h) before it is quoted. What a spreadsheet would take for a formula gets an
// apostrophe in front.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/report/rows.h"

namespace mobilenet {

// path, width, height, decode_ms, preprocess_ms, inference_ms, error; if in `fields`, frame (after path),
// file_bytes and modified; then class_index_1, label_1, score_1 and so on to `top_k`. Lines end with a
// newline only.
std::string CsvHeader(const RecordFields& fields, int top_k);
// A row with an error has no predictions; its width, height and times are given if known, else 0.
std::string CsvLine(const ClassifyRow& row, const RecordFields& fields, int top_k);

// A cell of text: escaped, with an apostrophe in front if necessary, and quoted if it has to be.
std::string CsvText(std::string_view text);

// Whether escaped text gets an apostrophe in front: before = + - @, with which formulas begin, and before an
// apostrophe, so that it can be undone. Standard input's name, "-" by itself, is not a formula.
bool CsvTextNeedsPrefix(std::string_view escaped);

// The cells of a line, with quotes undone; none if a quote does not end.
std::optional<std::vector<std::string>> CsvCells(std::string_view line);

}  // namespace mobilenet
