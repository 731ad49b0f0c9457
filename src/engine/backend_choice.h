// Which backend runs a layer where the user leaves it open.
#pragma once

#include <memory>
#include <vector>

#include "models/layer.h"
#include "src/base/tensor.h"
#include "src/engine/backend.h"

namespace mobilenet {

// Whether our own kernels take less time for such a layer on this core (base/cpu_part.h) than XNNPACK's:
// modelled cycles of MobileNet V1 1.0 224, native / XNNPACK of 2022, as kernels/README.md has them. False for
// cores that were not modelled, 0 among them, but for float on 64-bit ARM, where native kernels won on each
// core that was.
bool NativeIsFaster(const Layer& layer, DataType type, long cpu_part);

// The backends, best first, of which the first that has the operator runs the layer. `backends`: XNNPACK's,
// if there is one, then our own; they stay in that order but where native kernels are faster.
std::vector<Backend*> BestFirst(const std::vector<std::unique_ptr<Backend>>& backends, const Layer& layer,
                                DataType type, long cpu_part);

}  // namespace mobilenet
