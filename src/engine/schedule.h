// How the work of a layer is cut into steps so that what they read again stays in the cache.
#pragma once

#include <cstdint>

#include "models/layer.h"
#include "src/base/tensor.h"

namespace mobilenet {

// The number of output channels that one step of the layer computes: all of them, or the width of a panel.
//
// XNNPACK walks over all weights of a pointwise layer for every few pixels. Where they are larger than the
// cache they come from memory each time; in panels whose weights fill a quarter of `cache_bytes` they come
// once, and what is read again for every panel is the input, which is smaller. A layer whose weights fit into
// half of the cache is left whole, and so is all where `cache_bytes` is 0. Steps cost barriers between
// threads, so panels are as wide as that rule allows, a multiple of 16 channels, which is what the widest
// tiles of XNNPACK compute.
int64_t PanelChannels(const Layer& layer, DataType type, int64_t cache_bytes);

}  // namespace mobilenet
