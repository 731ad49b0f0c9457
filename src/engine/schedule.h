// How the work of a network is cut into steps so that what they read again stays in the cache.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "models/layer.h"
#include "src/base/tensor.h"

namespace mobilenet {

// Layers [first, first + count) run in strips of this many rows of the last one's output (strips.h).
struct StripSegment {
  size_t first = 0;
  size_t count = 0;
  int64_t rows = 0;
};

struct Schedule {
  // In the order of the layers. A layer outside of segments is finished before the next begins.
  std::vector<StripSegment> strips;
  // For each layer: output channels that one step computes, all of them or a panel.
  std::vector<int64_t> panel_channels;
};

// The schedule for a last-level cache of this many bytes; 0: one step per layer.
//
// Strips: the feature maps of the first layers are the largest, up to 3 MB in float, and go through memory if
// they don't fit into the cache. In strips they stay there, if the windows of rows fit, and the weights,
// which every strip needs again. More strips are more steps, each with a barrier between threads. So the
// layers run in those strips that save the most traffic, minus the cost of the barriers, and each strip has
// as many rows as fit. Strips begin and end where the layers after a value read nothing else from before it:
// between the blocks of a network with branches.
//
// Panels: XNNPACK walks over all weights of a convolution for every few pixels. If they are larger than the
// cache, they come from memory each time; in panels whose weights fill a quarter of it they come once, and
// what is read again for every panel is the input, which is smaller. A layer whose weights fit into half of
// the cache stays whole. Panels are as wide as that rule allows, a multiple of 16 channels, which is what the
// widest tiles of XNNPACK compute.
Schedule MakeSchedule(std::span<const Layer> layers, DataType type, int64_t cache_bytes);

}  // namespace mobilenet
