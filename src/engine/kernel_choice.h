// What runs each operator on this CPU, according to the backends themselves.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kernels/common/isa.h"
#include "src/base/tensor.h"

namespace mobilenet {

struct KernelChoice {
  std::string op;  // "conv 3x3 s2"
  DataType type = DataType::kF32;
  std::string_view backend;  // "xnnpack", "native"
  std::string kernel;
};

struct KernelChoices {
  std::string xnnpack_error;          // why XNNPACK does not run here; "" if it does
  std::vector<KernelChoice> kernels;  // every operator in f32, u8 and s8, as far as it exists in them, and in
                                      // f16 where the CPU has it
};

// Chosen as a plan does for BackendChoice::kAuto, with native kernels up to `isa`, which this CPU must have,
// on cores of that part (base/cpu_part.h).
KernelChoices ChooseKernels(Isa isa, long cpu_part);

}  // namespace mobilenet
