// The tables of an EvaluationReport that its text and its HTML share.
#pragma once

#include <string>
#include <vector>

#include "src/report/evaluation.h"
#include "src/report/report_table.h"

namespace mobilenet {

inline constexpr int kRateDecimals = 6;

// For a rate, 0...1: "88.0".
std::string Percent(double rate);

ReportTable ClassesTable(const std::vector<EvaluatedClassRow>& classes);
ReportTable ConfusionsTable(const std::vector<ConfusionRow>& confusions);
ReportTable ReliabilityTable(const std::vector<ReliabilityRow>& reliability);
ReportTable MistakesTable(const std::vector<MistakeRow>& mistakes);

}  // namespace mobilenet
