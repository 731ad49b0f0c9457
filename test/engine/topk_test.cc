#include "src/engine/topk.h"

#include <limits>

#include "test/support/catch.h"

namespace mobilenet {
namespace {

TEST_CASE("the best classes come first, equal ones by index") {
  const std::vector<float> scores = {0.1f, 0.4f, 0.1f, 0.3f, 0.1f};
  CHECK(TopK(scores, 1) == std::vector<int>{1});
  CHECK(TopK(scores, 4) == std::vector<int>{1, 3, 0, 2});
  CHECK(TopK(scores, 5) == std::vector<int>{1, 3, 0, 2, 4});
}

TEST_CASE("no more classes than there are") {
  CHECK(TopK(std::vector<float>{0.5f, 0.7f}, 1000) == std::vector<int>{1, 0});
  CHECK(TopK(std::vector<float>{}, 5).empty());
}

TEST_CASE("scores that are not numbers go last") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(TopK(std::vector<float>{nan, 0.0f, nan, 0.2f}, 4) == std::vector<int>{3, 1, 0, 2});
}

}  // namespace
}  // namespace mobilenet
