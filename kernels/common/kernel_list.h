// The list of an operator's kernels, best first and scalar last, has two readers: the backend selects from
// it, and the operator's test runs all of it. A kernel outside of the list does not run; one in the list
// cannot go untested.
#pragma once

#include <cassert>
#include <cstddef>
#include <vector>

#include "kernels/common/isa.h"

namespace mobilenet {

// Which numbers a kernel multiplies if the weights are quantised, and what it adds their products to.
enum class PackForm {
  kPlain,           // as the file has them
  kTurned,          // int8 (common/pack_q8.h), in the order of common/pack_gemm.h's kTurnedTile
  kSignedSum,       // int8, and sums that are floats when they are read as such
  kTermsSum,        // the same with weights that are sums of two int8
  kUnsignedInputs,  // uint8 by int8 (common/pack_q8.h)
};

// How packed weights are ordered: blocks of `nr` output channels, and in a block `kr` consecutive values of
// one channel side by side (kernels/README.md). {0, 0} for operators without weights.
struct PackTile {
  int nr = 0;
  int kr = 0;
  PackForm form = PackForm::kPlain;
};

template <typename Function>
struct KernelEntry {
  const char* name;  // the function's name; users see it in the layer table
  Isa isa;
  Function* function;
  PackTile tile = {};
  int window = 0;  // computes only windows of this height and width; 0: any
};

// The first entry that runs at `isa`; for operators whose kernels take any window.
template <typename Function, size_t kEntries>
const KernelEntry<Function>& Select(const KernelEntry<Function> (&list)[kEntries], Isa isa) {
  size_t index = 0;
  while (index + 1 < kEntries && list[index].isa > isa) ++index;
  assert(list[index].isa <= isa && list[index].window == 0);
  return list[index];
}

// The first entry that runs at `isa` and computes windows of KH x KW. A list's last entry computes any.
template <typename Function, size_t kEntries>
const KernelEntry<Function>& Select(const KernelEntry<Function> (&list)[kEntries], Isa isa, int kernel_height,
                                    int kernel_width) {
  const auto takes_window = [&](int window) {
    return window == 0 || (window == kernel_height && window == kernel_width);
  };
  size_t index = 0;
  while (index + 1 < kEntries && !(list[index].isa <= isa && takes_window(list[index].window))) ++index;
  assert(list[index].isa <= isa && takes_window(list[index].window));
  return list[index];
}

// All entries that this CPU can run.
template <typename Function, size_t kEntries>
std::vector<KernelEntry<Function>> Supported(const KernelEntry<Function> (&list)[kEntries]) {
  std::vector<KernelEntry<Function>> supported;
  for (const KernelEntry<Function>& entry : list) {
    if (entry.isa <= DetectIsa()) supported.push_back(entry);
  }
  return supported;
}

}  // namespace mobilenet
