// Where every feature map of a network lies: its place in the arena, and which maps share one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "models/network.h"
#include "src/base/tensor.h"
#include "src/engine/schedule.h"
#include "src/engine/strips.h"

namespace mobilenet {

// A value lies in the memory of another one, `root`, or in its own: from that channel of each pixel on.
struct ValuePlace {
  Value root = 0;
  int64_t first_channel = 0;
};

// The strips of one segment, and the windows of its values, numbered as in strips.h.
struct SegmentLayout {
  StripSegment segment;
  std::vector<Strip> strips;
  std::vector<int64_t> window_offsets;  // in bytes; for values that have their own window
};

struct Layout {
  std::vector<ValuePlace> places;  // for each value
  // In bytes, for each root; -1 for values that exist in strips only.
  std::vector<int64_t> offsets;
  std::vector<SegmentLayout> segments;
  int64_t bytes = 0;  // of the arena
};

// Values share memory where that saves work or memory:
// - a concatenation costs nothing where each input has no other reader and the same quantisation: what
//   computes the input writes its range of channels;
// - an addition overwrites an operand that nobody reads afterwards.
// All other values that are needed at the same time lie apart. The logits and the output of the last layer
// are there when the network has run; the input may be overwritten.
Layout MakeLayout(const Network& network, const std::vector<Quantization>& quantizations, DataType type,
                  std::span<const StripSegment> segments);

}  // namespace mobilenet
