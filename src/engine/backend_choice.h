// Which backend runs a layer if the user leaves it open.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kernels/common/isa.h"
#include "models/layer.h"
#include "src/base/tensor.h"
#include "src/engine/backend.h"
#include "src/engine/thread_pool.h"

namespace mobilenet {

// Whether our own kernels take less time for such a layer on this core (base/cpu_part.h) than XNNPACK's:
// modelled times of MobileNet V1 and V2 1.0 224, native / XNNPACK of 2022, as kernels/README.md has them; on
// x86-64 measured ones of ResNet-50, VGG-16, GoogLeNet and, layer by layer, MobileNet V2. False for ARM cores
// that were not modelled, 0 among them, but for f32 on 64-bit ARM, where native kernels won on each core
// that was, and depthwise layers in f16, where XNNPACK's take 3.9 times their arithmetic limit. `isa`: of our
// kernels
bool NativeIsFaster(const Layer& layer, DataType type, long cpu_part, Isa isa);

struct Backends {
  std::vector<std::unique_ptr<Backend>> all;  // XNNPACK's, if it runs, and our own last
  std::string xnnpack_error;                  // why XNNPACK does not run here; "" if it does
  std::optional<long> cpu_part;               // of the cores to choose for; none: in the order of `all`
  Isa isa = Isa::kScalar;                     // of our own kernels

  // Runs the layer on the first backend that has the operator.
  std::vector<Backend*> BestFirst(const Layer& layer, DataType type) const;
};

// Whether one of them computes in half floats on this CPU, asked of a convolution. Of some layers none may:
// widened_step.h runs them.
bool ComputesInHalf(const Backends& backends);

// Those of this build and CPU, native kernels up to `isa`. Scalar kernels are never the faster ones.
// `threads` must outlive them.
Backends MakeBackends(const ThreadPool& threads, Isa isa, std::optional<long> cpu_part);

}  // namespace mobilenet
