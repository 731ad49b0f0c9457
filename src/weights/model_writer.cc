#include "src/weights/model_writer.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

#include "src/json/json_writer.h"
#include "src/weights/checksum.h"

namespace mobilenet {
size_t NamedTensor::size_bytes() const {
  return static_cast<size_t>(ElementCount(view.shape)) * ElementBytes(view.type);
}

std::string ModelHeader(const Safetensors::Metadata& metadata, std::span<const NamedTensor> tensors) {
  constexpr size_t kAlignmentBytes = 64;
  JsonWriter json;
  json.BeginObject();
  json.Key("__metadata__");
  json.BeginObject();
  for (const auto& [key, value] : metadata) json.String(key, value);
  json.EndObject();
  size_t offset = 0;
  for (const NamedTensor& tensor : tensors) {
    json.Key(tensor.name);
    json.BeginObject();
    json.String("dtype", DtypeName(tensor.view.type));
    json.ShapeArray("shape", tensor.view.shape);
    json.Key("data_offsets");
    json.BeginArray();
    json.Integer(static_cast<int64_t>(offset));
    offset += tensor.size_bytes();
    json.Integer(static_cast<int64_t>(offset));
    json.EndArray();
    json.EndObject();
  }
  json.EndObject();
  std::string text = json.text();
  uint64_t length = text.size();
  const size_t header_bytes =
      (sizeof length + text.size() + kAlignmentBytes - 1) / kAlignmentBytes * kAlignmentBytes;
  text.resize(header_bytes - sizeof length, ' ');
  length = text.size();
  std::string header(sizeof length, '\0');
  for (size_t i = 0; i < sizeof length; ++i) header[i] = static_cast<char>(length >> 8 * i & 255);
  return header + text;
}

LoadedFile MakeModelFile(const std::string& name, Safetensors::Metadata metadata,
                         std::vector<NamedTensor> tensors) {
  constexpr const char* kChecksum = "mobilenet.checksum";
  std::stable_partition(tensors.begin(), tensors.end(),
                        [](const NamedTensor& tensor) { return ElementBytes(tensor.view.type) == 4; });
  size_t data_bytes = 0;
  for (const NamedTensor& tensor : tensors) data_bytes += tensor.size_bytes();
  // A placeholder as long as every checksum, so that the header's length does not change later.
  metadata[kChecksum] = WeightsChecksum({});
  const size_t header_bytes = ModelHeader(metadata, tensors).size();

  LoadedFile file(name, header_bytes + data_bytes);
  const std::span<std::byte> data = file.contents().subspan(header_bytes);
  size_t offset = 0;
  for (const NamedTensor& tensor : tensors) {
    std::memcpy(data.data() + offset, tensor.view.data, tensor.size_bytes());
    offset += tensor.size_bytes();
  }
  metadata[kChecksum] = WeightsChecksum(data);
  const std::string header = ModelHeader(metadata, tensors);
  std::memcpy(file.contents().data(), header.data(), header.size());
  return file;
}

}  // namespace mobilenet
