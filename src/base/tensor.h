// What a tensor is, without owning it: element type, shape, quantisation, and a view of its bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mobilenet {

enum class DataType { kF32, kF16, kU8, kS8, kS32 };

// "f32", "f16", "u8", "s8", "s32".
std::string_view DataTypeName(DataType type);
size_t ElementBytes(DataType type);
// Whether the elements are floats, of whatever size.
bool IsFloat(DataType type);

// Extents, outermost first; feature maps are NHWC with N = 1 left out: {height, width, channels}.
using Shape = std::vector<int64_t>;

// The product of the extents; 1 for an empty shape.
int64_t ElementCount(const Shape& shape);
// Bytes of one row of a feature map {height, width, channels}.
int64_t RowBytes(const Shape& shape, DataType type);
// "[32, 3, 3, 3]", as messages print it.
std::string ShapeText(const Shape& shape);

// real = scale * (quantised - zero_point)
struct Quantization {
  float scale = 1.0f;
  int zero_point = 0;
};

// Bytes that somebody else owns (a loaded file, a buffer), aligned to the element size.
struct TensorView {
  DataType type = DataType::kF32;
  Shape shape;
  const void* data = nullptr;

  template <typename T>
  const T* As() const {
    return static_cast<const T*>(data);
  }
};

}  // namespace mobilenet
