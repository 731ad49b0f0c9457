// Strips of rows: the first layers of a network run a few rows at a time, one layer after the other, so that
// what one writes is still in the cache when the next one reads it. Nothing is computed twice: rows that the
// next strip needs again are kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "models/layer.h"
#include "src/base/tensor.h"
#include "src/engine/backend.h"

namespace mobilenet {

// Rows of zeros above and below those that a strip of a convolution reads.
struct RowPadding {
  int top = 0;
  int bottom = 0;
};

// Rows [begin, end) of a feature map.
struct RowRange {
  int64_t begin = 0;
  int64_t end = 0;

  int64_t size() const { return end - begin; }
};

// What a layer does in one strip. Each layer's input has a window in memory, into which the layer before it
// writes, and from whose first row on it reads.
struct LayerStrip {
  RowRange input;          // the rows it reads, without padding
  RowRange output;         // the rows it computes; empty where earlier strips computed all that is needed
  RowPadding padding;      // of the rows it reads
  int64_t output_row = 0;  // of the window that it writes into, for the first row it computes
  int64_t kept_rows = 0;   // the last ones of `input`, which it reads again in the next strip

  // Whether the same step does it, with the same pointers.
  bool IsLike(const LayerStrip& other) const;
};

// For each strip, what each of these layers does; all are convolutions, each reads what the one before it
// wrote. The last layer computes `rows` rows in each strip, and what is left of them in the last one.
std::vector<std::vector<LayerStrip>> StripRows(std::span<const Layer> layers, int64_t rows);

// Bytes that one strip uses of the windows: of the input of each layer, and of the output of the last. The
// first strip uses more than those after it.
std::vector<int64_t> WindowBytes(std::span<const Layer> layers, std::span<const LayerStrip> strip,
                                 DataType type);

}  // namespace mobilenet
