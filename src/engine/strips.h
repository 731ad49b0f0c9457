// Strips of rows: some layers of a network run a few rows at a time, one layer after another, so that what
// one writes is still in the cache when the next one reads it. Nothing is computed twice: rows that the next
// strip needs again are kept.
//
// The layers form a segment: consecutive ones that read only each other and one value from before it, and of
// which only the last is read after it. Its values are numbered from there: 0 is the input of the segment, i
// + 1 is what its layer i writes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "models/layer.h"
#include "src/base/tensor.h"

namespace mobilenet {

// Rows of zeros above and below those that a strip of a convolution reads.
struct RowPadding {
  int top = 0;
  int bottom = 0;

  bool operator==(const RowPadding&) const = default;
};

// Rows [begin, end) of a feature map.
struct RowRange {
  int64_t begin = 0;
  int64_t end = 0;

  int64_t size() const { return end - begin; }
};

// What a layer does in one strip.
struct LayerStrip {
  RowRange input;      // the rows it reads of each input, without padding
  RowRange output;     // the rows it computes; empty if earlier strips computed all that is needed
  RowPadding padding;  // of the rows it reads
};

// Each value has a window in memory, which holds some of its rows, the first one at its beginning.
struct WindowStrip {
  RowRange rows;          // present when the strip is done; the last of them were computed in it
  int64_t kept_rows = 0;  // the last ones, which the next strip needs again
};

struct Strip {
  std::vector<LayerStrip> layers;
  std::vector<WindowStrip> windows;  // for each value
};

// The strips of a segment. Its last layer computes `rows` rows in each, and the remaining ones in the last
// strip. Every layer has as many rows computed as the reader that wants the most needs. At most
// `most_strips`: those after the third do the same, except for the last ones.
std::vector<Strip> StripRows(std::span<const Layer> layers, Value input, int64_t rows,
                             size_t most_strips = std::numeric_limits<size_t>::max());

// Bytes of each value's window that one strip uses. The first strip uses more than those after it.
std::vector<int64_t> WindowBytes(std::span<const Layer> layers, const Strip& strip, DataType type);

}  // namespace mobilenet
