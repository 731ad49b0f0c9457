#include "src/base/tensor.h"

#include "src/base/error.h"
#include "test/support/catch.h"

namespace mobilenet {
namespace {

TEST_CASE("shapes are counted and printed") {
  CHECK(ElementCount({32, 3, 3, 3}) == 864);
  CHECK(ElementCount({}) == 1);
  CHECK(ElementCount({5, 0}) == 0);
  CHECK(ShapeText({32, 3, 3, 3}) == "[32, 3, 3, 3]");
  CHECK(ShapeText({}) == "[]");
}

TEST_CASE("element types have names and sizes") {
  CHECK(DataTypeName(DataType::kF32) == "f32");
  CHECK(DataTypeName(DataType::kU8) == "u8");
  CHECK(DataTypeName(DataType::kS8) == "s8");
  CHECK(DataTypeName(DataType::kS32) == "s32");
  CHECK(ElementBytes(DataType::kF32) == 4);
  CHECK(ElementBytes(DataType::kU8) == 1);
  CHECK(ElementBytes(DataType::kS8) == 1);
  CHECK(ElementBytes(DataType::kS32) == 4);
}

TEST_CASE("an error's parts become one sentence") {
  try {
    Fail("a.jpg", ": ", 3, " pixels (at least ", 4, ")");
  } catch (const Error& error) {
    CHECK(std::string(error.what()) == "a.jpg: 3 pixels (at least 4)");
  }
}

}  // namespace
}  // namespace mobilenet
