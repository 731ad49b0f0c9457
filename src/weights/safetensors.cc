#include "src/weights/safetensors.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "src/base/error.h"
#include "src/base/excerpt.h"
#include "src/base/str_cat.h"
#include "src/json/json.h"

namespace mobilenet {
namespace {

constexpr size_t kLengthBytes = 8;

// 0 for dtypes we don't know: such tensors may be in the file as long as nobody asks for them.
size_t DtypeBytes(std::string_view dtype) {
  static constexpr std::pair<std::string_view, size_t> kBytes[] = {
      {"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"F8_E4M3", 1}, {"F8_E5M2", 1}, {"I16", 2}, {"U16", 2}, {"F16", 2},
      {"BF16", 2}, {"I32", 4}, {"U32", 4}, {"F32", 4},     {"I64", 8},     {"U64", 8}, {"F64", 8},
  };
  for (const auto& [name, bytes] : kBytes) {
    if (name == dtype) return bytes;
  }
  return 0;
}

struct Range {
  uint64_t begin = 0;  // bytes from the start of the data
  uint64_t end = 0;
  std::string_view name;
};

std::string RangeText(const Range& range) {
  return StrCat("[", range.begin, ", ", range.end, ")");
}

// A member that is a list of nonnegative integers, or nothing.
std::optional<std::vector<int64_t>> Integers(const Json* json) {
  if (!json || !json->is_array()) return std::nullopt;
  std::vector<int64_t> integers;
  integers.reserve(json->elements.size());
  for (const Json& element : json->elements) {
    const int64_t* integer = element.Integer();
    if (!integer || *integer < 0) return std::nullopt;
    integers.push_back(*integer);
  }
  return integers;
}

// The header's JSON, after checking that there is one.
std::string_view HeaderText(const std::string& path, std::span<const std::byte> file) {
  if (file.size() < kLengthBytes) {
    Fail(path, ": not a safetensors file: ", file.size(), " bytes (at least ", kLengthBytes, " are needed)");
  }
  uint64_t length = 0;
  for (size_t i = kLengthBytes; i-- > 0;) length = length << 8 | std::to_integer<uint64_t>(file[i]);
  if (length > Safetensors::kMaxHeaderBytes) {
    Fail(path, ": not a safetensors file: header length ", length, " (at most ", Safetensors::kMaxHeaderBytes,
         ")");
  }
  if (length > file.size() - kLengthBytes) {
    Fail(path, ": header of ", length, " bytes, but only ", file.size() - kLengthBytes,
         " follow (truncated, or not a safetensors file)");
  }
  const auto header = file.subspan(kLengthBytes, static_cast<size_t>(length));
  if (header.empty() || header[0] != std::byte{'{'}) {
    Fail(path, ": not a safetensors file: the header does not start with {");
  }
  return {reinterpret_cast<const char*>(header.data()), header.size()};
}

// Moves the strings out of `json`: a list of labels is long.
Safetensors::Metadata TakeMetadata(const std::string& path, Json& json) {
  if (!json.is_object()) Fail(path, ": __metadata__ is not an object");
  Safetensors::Metadata metadata;
  for (size_t i = 0; i < json.keys.size(); ++i) {
    auto* text = std::get_if<std::string>(&json.elements[i].scalar);
    if (!text) Fail(path, ": metadata ", Excerpt(json.keys[i]), " is not a string");
    metadata.emplace(std::move(json.keys[i]), std::move(*text));
  }
  return metadata;
}

// The bytes that the shape takes, or nothing if they are more than a uint64_t holds.
std::optional<uint64_t> ByteCount(const Shape& shape, size_t element_bytes) {
  // A shape with a zero among its extents has no elements, however large the others are.
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return 0;
  uint64_t bytes = element_bytes;
  for (int64_t extent : shape) {
    if (__builtin_mul_overflow(bytes, static_cast<uint64_t>(extent), &bytes)) return std::nullopt;
  }
  return bytes;
}

// One tensor of the header; its range is checked against the data and its own shape.
std::pair<Safetensors::Entry, Range> ReadEntry(const std::string& path, std::string_view name,
                                               const Json& json, std::span<const std::byte> data) {
  const std::string where = path + ": " + Excerpt(name);
  const Json* dtype = json.Find("dtype");
  if (!dtype || !dtype->String()) Fail(where, ": no dtype");
  const auto shape = Integers(json.Find("shape"));
  if (!shape) Fail(where, ": shape is not a list of nonnegative integers");
  const auto offsets = Integers(json.Find("data_offsets"));
  if (!offsets || offsets->size() != 2) Fail(where, ": data_offsets are not two nonnegative integers");

  const Range range{static_cast<uint64_t>((*offsets)[0]), static_cast<uint64_t>((*offsets)[1]), name};
  if (range.begin > range.end) Fail(where, ": data_offsets ", RangeText(range), " end before they begin");
  if (range.end > data.size()) {
    Fail(where, ": data_offsets ", RangeText(range), ", but the file has ", data.size(),
         " bytes of data (truncated?)");
  }
  Safetensors::Entry entry;
  entry.dtype = *dtype->String();
  entry.shape = *shape;
  entry.data = data.data() + range.begin;
  entry.size_bytes = static_cast<size_t>(range.end - range.begin);
  if (const size_t element_bytes = DtypeBytes(entry.dtype)) {
    const auto expected = ByteCount(entry.shape, element_bytes);
    if (expected != entry.size_bytes) {
      Fail(where, ": ", entry.size_bytes, " bytes of data, expected ",
           expected ? std::to_string(*expected) : "more than 2^64", " for ", entry.dtype, " ",
           Excerpt(ShapeText(entry.shape)));
    }
    if (reinterpret_cast<uintptr_t>(entry.data) % element_bytes != 0) {
      Fail(where, ": unaligned: ", entry.dtype, " data at byte ", range.begin, " of the data (a multiple of ",
           element_bytes, " in the file is needed)");
    }
  }
  return {std::move(entry), range};
}

void CheckRanges(const std::string& path, std::vector<Range> ranges, uint64_t data_bytes) {
  std::sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  Range previous;
  for (const Range& range : ranges) {
    if (range.begin < previous.end) {
      Fail(path, ": ", Excerpt(range.name), " at ", RangeText(range), " overlaps ", Excerpt(previous.name),
           " at ", RangeText(previous));
    }
    if (range.begin > previous.end) {
      Fail(path, ": hole in the data: ", Excerpt(range.name), " at ", RangeText(range), ", expected at ",
           previous.end);
    }
    previous = range;
  }
  if (previous.end != data_bytes) {
    Fail(path, ": ", data_bytes, " bytes of data, but the tensors end at ", previous.end);
  }
}

}  // namespace

Safetensors Safetensors::Open(const std::string& path) {
  return Parse(path, LoadedFile(path));
}

Safetensors Safetensors::Parse(const std::string& path, LoadedFile loaded) {
  Safetensors result;
  result.path_ = path;
  result.file_ = std::move(loaded);
  const std::span<const std::byte> file = result.file_.bytes();
  const std::string_view text = HeaderText(path, file);
  const auto data = file.subspan(kLengthBytes + text.size());
  Json header = ParseJson(text, path + ": header");

  std::vector<Range> ranges;
  for (size_t i = 0; i < header.keys.size(); ++i) {
    const std::string& name = header.keys[i];
    if (name == "__metadata__") {
      result.metadata_ = TakeMetadata(path, header.elements[i]);
      continue;
    }
    if (ranges.size() == kMaxTensors) Fail(path, ": more than ", kMaxTensors, " tensors");
    auto [entry, range] = ReadEntry(path, name, header.elements[i], data);
    result.entries_.emplace(name, std::move(entry));
    ranges.push_back(range);
  }
  CheckRanges(path, std::move(ranges), data.size());
  result.data_ = data;
  return result;
}

const Safetensors::Entry* Safetensors::Find(std::string_view name) const {
  const auto found = entries_.find(name);
  return found == entries_.end() ? nullptr : &found->second;
}

std::vector<std::string> Safetensors::Names() const {
  std::vector<std::string> names;
  for (const auto& [name, entry] : entries_) names.push_back(name);
  return names;
}

}  // namespace mobilenet
