#include "test/support/safetensors_contents.h"

#include <cstdint>
#include <stdexcept>

#include "src/base/str_cat.h"

namespace mobilenet::test {
namespace {

std::string JsonString(std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string json = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      json += '\\';
      json += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      json += std::string("\\u00") + kHex[c >> 4] + kHex[c & 15];
    } else {
      json += c;
    }
  }
  return json + "\"";
}

}  // namespace

TensorContents& SafetensorsContents::Find(std::string_view name) {
  for (TensorContents& tensor : tensors) {
    if (tensor.name == name) return tensor;
  }
  throw std::out_of_range(std::string(name));
}

std::string SafetensorsContents::Header() const {
  std::string json = "{\"__metadata__\":{";
  const char* separator = "";
  for (const auto& [key, value] : metadata) {
    json += StrCat(separator, JsonString(key), ":", JsonString(value));
    separator = ",";
  }
  json += "}";
  size_t offset = 0;
  for (const TensorContents& tensor : tensors) {
    json += StrCat(",", JsonString(tensor.name), ":{\"dtype\":", JsonString(tensor.dtype),
                   ",\"shape\":", ShapeText(tensor.shape), ",\"data_offsets\":[", offset, ",",
                   offset + tensor.data.size(), "]}");
    offset += tensor.data.size();
  }
  return json + "}";
}

std::string SafetensorsContents::Data() const {
  std::string data;
  for (const TensorContents& tensor : tensors) data += tensor.data;
  return data;
}

std::string SafetensorsContents::File() const {
  return AlignedSafetensorsFile(Header(), Data());
}

std::string SafetensorsFile(std::string_view header, std::string_view data) {
  std::string file;
  for (int i = 0; i < 8; ++i) file += static_cast<char>(uint64_t{header.size()} >> 8 * i & 255);
  file += header;
  file += data;
  return file;
}

std::string AlignedSafetensorsFile(std::string header, std::string_view data) {
  header.append((64 - (8 + header.size()) % 64) % 64, ' ');
  return SafetensorsFile(header, data);
}

}  // namespace mobilenet::test
