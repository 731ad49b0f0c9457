// Whether a measurement can be believed: judged by what the machine reported meanwhile, and by the latencies.
#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <string_view>

#include "src/json/json_writer.h"
#include "src/report/bench_rows.h"
#include "src/report/report_table.h"

namespace mobilenet {

// "valid", "throttled", "under_voltage", "clock_changed", "disturbed".
std::string_view VerdictName(BenchVerdict verdict);
// The same in words: "clock changed".
std::string VerdictWords(BenchVerdict verdict);

// Its name and, below it, at most this many reasons, for people.
std::string JudgementText(const BenchJudgement& judgement, TableFormat format,
                          size_t most_reasons = std::numeric_limits<size_t>::max());
// The members verdict and reasons.
void WriteJudgement(JsonWriter& json, const BenchJudgement& judgement);

BenchJudgement JudgeBench(std::span<const MachineLook> looks, std::span<const BenchResult> results);

}  // namespace mobilenet
