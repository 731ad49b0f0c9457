// Whether a backend computes correctly on this CPU: the layers of a small fixed network, one by one, compared
// with stored results. Each layer reads what correct kernels made of the one before it, so that a wrong
// result belongs to the kernel that is named.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "src/base/aligned_buffer.h"
#include "src/engine/backend.h"
#include "src/engine/selftest_network.h"

namespace mobilenet {

// A kernel that computed something wrong, and where it did so first.
struct KernelFault {
  std::string kernel;
  std::string layer;  // "block_3.pointwise", "block_3.pointwise in panels"
  std::string error;  // "value 17 of 512 is 5, expected 6"
};

struct SelftestResult {
  std::vector<std::string> kernels;  // the ones that ran, each once
  std::vector<KernelFault> faults;   // one per kernel; empty if all is right
};

class Selftest {
 public:
  // The network in f32, f16, u8 or s8. `scalar`, a backend of the scalar kernels, runs it, and if its results
  // are the stored ones (checksums of the feature maps, and the logits), the others are compared with
  // them. Those of f16 are compared with the results of f32.
  Selftest(DataType type, Backend& scalar);

  // Without faults, or with the one at which the run ended.
  const SelftestResult& scalar_result() const { return scalar_result_; }

  // All layers for which the backend has an operator, whole and, where possible, in strips of rows and panels
  // of channels. Integers must be equal, except that XNNPACK's u8 may differ by one step, which it rounds
  // differently on some CPUs. Floats are summed in different orders: they may differ by 1e-4 of the largest
  // value of their feature map, half floats by what their roundings add up to. To be called only if
  // scalar_result() is without faults.
  SelftestResult Test(Backend& backend) const;

 private:
  std::vector<float> ScoresOf(const SelftestLayer& tested) const;
  std::vector<const AlignedBuffer*> Inputs(size_t layer) const;

  DataType type_;
  SelftestNetwork network_;
  std::vector<AlignedBuffer> expected_;  // the output of each layer
  std::vector<AlignedBuffer> halves_;    // of f16: each value as half floats, the input first
  SelftestResult scalar_result_;
};

}  // namespace mobilenet
