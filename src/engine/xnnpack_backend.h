// XNNPACK's operators as a backend. The only place that knows XNNPACK, in both of its API generations.
#pragma once

#include <memory>
#include <string_view>

#include "src/engine/backend.h"
#include "src/engine/thread_pool.h"

namespace mobilenet {

// "create/setup/run (2022)" or "create/reshape/setup/run (2024)": the generation this program was compiled
// for; "" if it was compiled without XNNPACK.
std::string_view XnnpackGeneration();

// Runs all layers with weights (in half floats where it can on this CPU), and max and average pools of f32;
// layers that average 8-bit integers or whole maps, add, make scores or normalise are left to the native
// backend, whose rounding is the same on every CPU (XNNPACK's averages round ties differently by
// architecture, and its newer generation has none of whole maps). `threads` must outlive the steps. Throws
// Error if XNNPACK does not run on this CPU or was not compiled in.
std::unique_ptr<Backend> MakeXnnpackBackend(const ThreadPool& threads);

}  // namespace mobilenet
