// Writes model files (model_file.h) like scripts/conversion/safetensors_writer.py: with the same layout, so
// that every tensor can be used in place.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/tensor.h"
#include "src/weights/loaded_file.h"
#include "src/weights/model_file.h"
#include "src/weights/safetensors.h"

namespace mobilenet {

struct NamedTensor {
  std::string name;
  TensorView view;

  size_t size_bytes() const;
};

// The part before the data of these tensors, which follow each other without holes: length and JSON, padded
// with spaces so that the data start on a cache line.
std::string ModelHeader(const Safetensors::Metadata& metadata, std::span<const NamedTensor> tensors);

// The whole file, in memory, with a checksum among its metadata. Tensors of 4-byte elements come first, so
// that all are aligned, otherwise in the given order. `name` is for messages. Throws Error if there is not
// enough memory.
LoadedFile MakeModelFile(const std::string& name, Safetensors::Metadata metadata,
                         std::vector<NamedTensor> tensors);

}  // namespace mobilenet
