#include "src/teach/rejection.h"

#include "test/support/catch.h"

namespace mobilenet {
namespace {

TEST_CASE("with others, the threshold is the one that separates them best") {
  const std::vector<float> wrong = {0.5f};
  const Rejection rejection = ChooseRejection({0.7f, 0.9f, 0.95f, 0.99f}, wrong, {0.3f, 0.6f, 0.8f});
  // Between 0.6 and 0.7, all of the recognised ones and one other are accepted: 1 + 2/3; between 0.8 and 0.9,
  // three and none: 3/4 + 1.
  CHECK(rejection.threshold == Approx(0.85));
  CHECK(rejection.accepted == Approx(0.6));  // of all five
  CHECK(rejection.others_rejected == 1);
  // Nothing in common: all of both are treated as they should be.
  const Rejection clear = ChooseRejection({0.8f, 0.9f}, {}, {0.2f, 0.4f});
  CHECK(clear.threshold == Approx(0.6));
  CHECK(clear.accepted == 1);
  CHECK(clear.others_rejected == 1);
}

TEST_CASE("without others 95 % of what was recognised is accepted") {
  std::vector<float> right;
  for (int i = 0; i < 100; ++i) right.push_back(0.5f + 0.004f * static_cast<float>(i));
  const Rejection rejection = ChooseRejection(right, {}, {});
  CHECK(rejection.accepted == Approx(0.95));
  CHECK(rejection.others_rejected == 0);
  CHECK(ChooseRejection({}, {}, {}).threshold == 0);
}

}  // namespace
}  // namespace mobilenet
