// ClassifyRow as CSV (RFC 4180): a header, then one line a row, whatever is in its path: text is written as
// EscapedText (terminal_text.h) before it is quoted. What a spreadsheet would take for a formula gets an
// apostrophe before it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/report/rows.h"

namespace mobilenet {

// path, width, height, decode_ms, preprocess_ms, inference_ms, error; of `fields` frame (after path),
// file_bytes and modified; then class_index_1, label_1, score_1 and so on to `top_k`. Lines end with a
// newline alone.
std::string CsvHeader(const RecordFields& fields, int top_k);
// A row with an error has no predictions; width, height and times are then as far as they are known, else 0.
std::string CsvLine(const ClassifyRow& row, const RecordFields& fields, int top_k);

// A cell of text: escaped, with an apostrophe before it if need be, quoted where it has to be.
std::string CsvText(std::string_view text);

// Whether text, escaped, gets an apostrophe before it: after = + - @, with which formulas begin, and after
// an apostrophe, so that it can be undone. Standard input's name, "-" alone, is no formula.
bool CsvTextNeedsPrefix(std::string_view escaped);

// The cells of a line, quotes undone; none where a quote has no end.
std::optional<std::vector<std::string>> CsvCells(std::string_view line);

}  // namespace mobilenet
