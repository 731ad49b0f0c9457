// Whether what was measured can be believed: judged by what the machine told meanwhile, and by the latencies.
#pragma once

#include <span>
#include <string_view>

#include "src/report/bench_rows.h"

namespace mobilenet {

// "valid", "throttled", "under_voltage", "clock_changed", "disturbed".
std::string_view VerdictName(BenchVerdict verdict);

BenchJudgement JudgeBench(std::span<const MachineLook> looks, std::span<const BenchResult> results);

}  // namespace mobilenet
