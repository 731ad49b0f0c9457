// The small fixed network of `mobilenet selftest`: the same weights and the same picture on every machine,
// and its results. Depthwise and pointwise layers with windows of 3x3 and 5x5, pools, residuals and a
// concatenation, with numbers of channels that are not multiples of what vector kernels take at once; the
// weights come from its own generator, so that nothing has to be read from a file.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/layer.h"
#include "src/base/aligned_buffer.h"
#include "src/base/tensor.h"
#include "src/engine/backend.h"

namespace mobilenet {

inline constexpr int kSelftestClasses = 21;
inline constexpr size_t kSelftestLogitsLayer = 21;

struct SelftestLayer {
  Layer layer;
  LayerWeights weights;  // into the two buffers; empty for layers without weights
  AlignedBuffer weights_data;
  AlignedBuffer bias_data;
  std::vector<Quantization> input_quantizations;  // of each input; both quantisations are ignored for f32
  Quantization output_quantization;
};

struct SelftestNetwork {
  DataType type = DataType::kF32;
  AlignedBuffer input;  // [64, 64, 3]
  // The last ones, softmax, sigmoid and in f32 a normalisation, all read the logits.
  std::vector<SelftestLayer> layers;
  // Checksums of what the layers before the logits write, when each reads what the scalar kernels made of
  // those before. In f32, too: IEEE 754 leaves the scalar kernels' order of operations only one result.
  std::array<uint32_t, kSelftestLogitsLayer> checksums;
  std::array<float, kSelftestClasses> logits;  // in the network's type
};

// f32, u8 or s8.
SelftestNetwork MakeSelftestNetwork(DataType type);

// FNV-1a (draft-eastlake-fnv), 32 bits.
uint32_t Checksum(const std::byte* bytes, size_t count);

}  // namespace mobilenet
