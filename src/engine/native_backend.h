// The backend of our own kernels (kernels/): every layer, every type but f16, every CPU. Of half floats it
// has convolutions and fully connected layers, on CPUs that compute in them.
#pragma once

#include <memory>

#include "kernels/common/isa.h"
#include "src/engine/backend.h"
#include "src/engine/thread_pool.h"

namespace mobilenet {

// Uses the best kernels up to `isa`, which this CPU must have. `threads` must outlive the backend and its
// steps. Results do not depend on the number of threads.
std::unique_ptr<Backend> MakeNativeBackend(const ThreadPool& threads, Isa isa);

// An activation that no kernel computes together with its sums, on those channels of a map of floats, in
// place: sigmoid or tanh. The values are the same on every CPU.
std::unique_ptr<Step> MakeActivationStep(const ThreadPool& threads, Activation activation, const Operand& map,
                                         const ChannelRange& channels);

}  // namespace mobilenet
