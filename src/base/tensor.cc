#include "src/base/tensor.h"

#include "src/base/str_cat.h"

namespace mobilenet {

std::string_view DataTypeName(DataType type) {
  switch (type) {
    case DataType::kF32:
      return "f32";
    case DataType::kF16:
      return "f16";
    case DataType::kU8:
      return "u8";
    case DataType::kS8:
      return "s8";
    case DataType::kS32:
      return "s32";
  }
  return "?";
}

size_t ElementBytes(DataType type) {
  if (type == DataType::kF16) return 2;
  return type == DataType::kF32 || type == DataType::kS32 ? 4 : 1;
}

bool IsFloat(DataType type) {
  return type == DataType::kF32 || type == DataType::kF16;
}

int64_t ElementCount(const Shape& shape) {
  int64_t count = 1;
  for (int64_t extent : shape) count *= extent;
  return count;
}

int64_t RowBytes(const Shape& shape, DataType type) {
  return shape[1] * shape[2] * static_cast<int64_t>(ElementBytes(type));
}

std::string ShapeText(const Shape& shape) {
  return StrCat("[", StrJoin(shape), "]");
}

}  // namespace mobilenet
