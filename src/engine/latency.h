// How long inferences and their layers take on this machine.
#pragma once

#include "src/engine/plan.h"
#include "src/report/rows.h"
#include "src/weights/model_file.h"

namespace mobilenet {

// Runs the model, whose weights nobody needs besides, on a grey picture, `warmup` times unmeasured and then
// `runs` times. Throws Error.
BenchReport MeasureLatency(ModelFile file, const PlanOptions& options, int warmup, int runs);

}  // namespace mobilenet
