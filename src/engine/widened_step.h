// Layers of half floats that no backend computes in them: widened, run in f32, and the result rounded.
#pragma once

#include <memory>
#include <string_view>

#include "src/engine/backend.h"
#include "src/engine/backend_choice.h"
#include "src/engine/thread_pool.h"

namespace mobilenet {

struct WidenedStep {
  std::unique_ptr<Step> step;
  std::string_view backend;  // whose f32 kernel runs
};

// The task, of f16, with its activation, by the first backend that has the operator in f32. `threads` must
// outlive it. Throws Error where none has.
WidenedStep MakeWidenedStep(const Backends& backends, const ThreadPool& threads, const LayerTask& task);

}  // namespace mobilenet
