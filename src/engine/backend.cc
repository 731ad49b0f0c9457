#include "src/engine/backend.h"

namespace mobilenet {

RowPadding SameRowPadding(const Layer& layer) {
  const ConvWindow window = WindowOf(layer);
  if (window.kernel == 0) return {};
  const int rows = SamePadding(layer.input[0], window.kernel, window.stride);
  return {rows / 2, rows - rows / 2};
}

}  // namespace mobilenet
