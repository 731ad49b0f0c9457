#include "src/teach/cross_validation.h"

#include <array>
#include <numeric>

#include "test/support/catch.h"
#include "test/teach/seeded_examples.h"

namespace mobilenet {
namespace {

TEST_CASE("each class is spread over the folds, and what looks alike is in one") {
  Examples examples = test::SeededExamples(3, 10, 2, 0.1);
  test::AddExample(examples, kNoClass, {1, 1});
  std::vector<int> groups(31);
  std::iota(groups.begin(), groups.end(), 0);
  groups[3] = groups[6] = 0;  // of class 0
  const std::vector<int> folds = MakeFolds(examples, groups);
  REQUIRE(folds.size() == 31);
  CHECK(folds[30] == kFolds);
  CHECK(folds[3] == folds[0]);
  CHECK(folds[6] == folds[0]);
  for (int c = 0; c < 3; ++c) {
    std::array<int, kFolds> counts = {};
    for (size_t i = 0; i < 30; ++i) {
      if (examples.class_of(static_cast<int64_t>(i)) == c) ++counts[static_cast<size_t>(folds[i])];
    }
    for (const int count : counts) CHECK((c == 0 ? count >= 1 && count <= 3 : count == 2));
  }
  CHECK(MakeFolds(examples, groups) == folds);
}

TEST_CASE("held-out answers are right where classes lie apart, guesses where there is nothing to learn") {
  const auto right = [](const Examples& examples, int threads) {
    std::vector<int> groups(static_cast<size_t>(examples.photographs()));
    std::iota(groups.begin(), groups.end(), 0);
    const Centre centre = CentreOf(examples);
    const std::vector<int> folds = MakeFolds(examples, groups);
    const auto never = [] { return false; };
    const double cost = ChooseCost(examples, centre, folds, 4, threads, never);
    const CrossValidation validation = CrossValidate(examples, centre, folds, 4, cost, threads, never);
    int count = 0;
    for (size_t i = 0; i < groups.size(); ++i) {
      const HeldOut& held_out = validation.held_out[i];
      REQUIRE(held_out.best.size() == 4);
      count += held_out.best[0].first == examples.class_of(static_cast<int64_t>(i)) ? 1 : 0;
    }
    return std::pair(count, validation.cost);
  };
  const auto apart = right(test::SeededExamples(4, 20, 8, 0.3), 1);
  CHECK(apart.first == 80);
  CHECK(right(test::SeededExamples(4, 20, 8, 0.3), 5) == apart);
  const auto noise = right(test::SeededExamples(4, 20, 8, 100), 2);
  CHECK(noise.first < 40);
  CHECK(noise.second < apart.second);
}

}  // namespace
}  // namespace mobilenet
