// The contents of a safetensors file, of which tests change one thing, and the file's bytes. Nothing is
// checked: broken files are written as readily as whole ones.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/tensor.h"

namespace mobilenet::test {

struct TensorContents {
  std::string name;
  std::string dtype;  // "F32", "U8", "I8", "I32"
  Shape shape;
  std::string data;  // little-endian
};

struct SafetensorsContents {
  std::map<std::string, std::string> metadata;
  std::vector<TensorContents> tensors;  // in the order of their data, without gaps

  // The tensor of that name; throws std::out_of_range if there is none.
  TensorContents& Find(std::string_view name);
  // The JSON header, without padding.
  std::string Header() const;
  // All tensors' data.
  std::string Data() const;
  // The whole file, its data aligned to 64 bytes by spaces after the header.
  std::string File() const;
};

// Header length, header, data: unchanged.
std::string SafetensorsFile(std::string_view header, std::string_view data);

// The same with spaces after the header, so that the data start at a multiple of 64 bytes.
std::string AlignedSafetensorsFile(std::string header, std::string_view data);

}  // namespace mobilenet::test
