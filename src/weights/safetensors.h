// A safetensors file in memory (https://github.com/huggingface/safetensors, README "Format"): 8 bytes of
// header length, little-endian; a JSON header with name -> {dtype, shape, data_offsets} and string metadata;
// the data. Every number in it is checked when the file is opened. Knows nothing of networks.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/tensor.h"
#include "src/weights/loaded_file.h"

namespace mobilenet {

class Safetensors {
 public:
  struct Entry {
    std::string dtype;  // as in the file: "F32", "U8", "I8", "I32", "BF16", ...
    Shape shape;
    const std::byte* data = nullptr;  // aligned to the element size if we know the dtype
    size_t size_bytes = 0;
  };
  using Metadata = std::map<std::string, std::string, std::less<>>;

  static constexpr size_t kMaxHeaderBytes = 100'000'000;  // as in the format's own library
  static constexpr size_t kMaxTensors = 32'768;

  Safetensors() = default;
  // Throws Error: "PATH: what is wrong (...)". Afterwards, the tensors fill the data without overlaps or
  // holes, and the size of each matches its shape and its dtype, if we know that.
  static Safetensors Open(const std::string& path);
  // The same for a file that is already in memory.
  static Safetensors Parse(const std::string& path, LoadedFile file);

  const std::string& path() const { return path_; }
  // The whole file.
  std::span<const std::byte> bytes() const { return file_.bytes(); }
  const Metadata& metadata() const { return metadata_; }
  // The data of all tensors, in file order.
  std::span<const std::byte> data() const { return data_; }
  // Gives the memory of a tensor's data back to the system: it must not be read any more.
  void GiveBack(const std::byte* data, size_t size_bytes) { file_.GiveBack({data, size_bytes}); }
  // Null if no tensor has that name. Entries and their data live as long as this object.
  const Entry* Find(std::string_view name) const;
  std::vector<std::string> Names() const;  // of all tensors, sorted

 private:
  std::string path_;
  LoadedFile file_;
  std::span<const std::byte> data_;
  Metadata metadata_;
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace mobilenet
