#include "src/base/str_cat.h"

#include <vector>

#include "test/support/catch.h"

namespace mobilenet {
namespace {

TEST_CASE("parts and items become one text") {
  CHECK(StrCat("a", 1, ' ', 2.5, std::string("b")) == "a1 2.5b");
  CHECK(StrJoin(std::vector<int>{1, 2, 3}) == "1, 2, 3");
  CHECK(StrJoin(std::vector<int>{112, 112, 32}, "x") == "112x112x32");
  CHECK(StrJoin(std::vector<std::string>{""}).empty());
  CHECK(StrJoin(std::vector<std::string>{"", ""}) == ", ");
  CHECK(StrJoin(std::vector<int>()).empty());
  CHECK(StrJoin(std::vector<int>{1, 2}, "; ", [](int n) { return n * n; }) == "1; 4");
}

}  // namespace
}  // namespace mobilenet
