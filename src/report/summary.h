// SummaryReport for people, as CSV and as JSON.
#pragma once

#include <string>

#include "src/report/report_table.h"
#include "src/report/rows.h"

namespace mobilenet {

// The network in one line, Table 1, the totals, Table 2 and the notes. As CSV, one line per layer: name,
// type, filter_shape, input_shape, output_shape, mult_adds, parameters.
std::string SummaryText(const SummaryReport& report, TableFormat format = TableFormat::kText);

// One object on one line: architecture, width_multiplier, resolution, classes, layers [{name, type,
// filter_shape, input_shape, output_shape, mult_adds, parameters, operator, inputs, activation; for
// convolutions and pools kernel, stride and padding; for convolutions groups; for local response
// normalisations size, alpha, beta and k; and weights_shape if there are weights}], mult_adds, parameters,
// biases, groups [{type, mult_adds, mult_adds_percent, parameters, parameters_percent}], notes, in this
// order, and a newline at the end.
std::string SummaryJson(const SummaryReport& report);

}  // namespace mobilenet
