#include "src/teach/findings.h"

#include "test/support/catch.h"
#include "test/teach/seeded_examples.h"

namespace mobilenet {
namespace {

TEST_CASE("photographs of two classes that look alike are found, and grouped within a class") {
  Examples examples = test::SeededExamples(2, 10, 64, 2);
  std::vector<float> row(64);
  examples.CopyTo(4, 0, row.data());  // of class 0
  row[3] += 0.05f;
  test::AddExample(examples, 1, row);
  test::AddExample(examples, 0, row);
  const Alike alike = FindAlike(examples, CentreOf(examples));
  CHECK(alike.was_searched);
  REQUIRE(alike.pairs.size() == 2);
  CHECK(alike.pairs[0].first == 20);  // the two that are the same
  CHECK(alike.pairs[0].second == 21);
  CHECK(alike.pairs[0].similarity > 0.9999f);
  CHECK(alike.pairs[1].first == 4);
  CHECK(alike.pairs[1].second == 20);
  CHECK(alike.groups[21] == alike.groups[4]);
  CHECK(alike.groups[20] != alike.groups[4]);
}

TEST_CASE("suspects are those that others are surer of than of their own class's photographs") {
  Examples examples({.type = "f32", .count = 1});
  CrossValidation validation;
  const auto add = [&](int own, int best, float score, float own_score) {
    test::AddExample(examples, own, {1});
    validation.held_out.push_back({{{best, score}}, own_score});
  };
  for (int i = 0; i < 4; ++i) add(0, 0, 0.9f, 0.9f);
  for (int i = 0; i < 4; ++i) add(1, 1, 0.8f, 0.8f);
  add(0, 1, 0.95f, 0.03f);  // 8
  add(1, 0, 0.6f, 0.4f);    // not sure enough
  add(1, 0, 0.75f, 0.1f);   // 10: class 0's own have 0.9 and 0.03, 0.73 on average
  const std::vector<Suspect> suspects = FindSuspects(examples, validation, 2);
  REQUIRE(suspects.size() == 2);
  CHECK(suspects[0].photograph == 8);
  CHECK(suspects[0].looks_like == 1);
  CHECK(suspects[1].photograph == 10);
  CHECK(FindSwallowing(examples, validation, 2) == -1);
  for (int i = 0; i < 8; ++i) add(1, 0, 0.9f, 0.1f);
  CHECK(FindSwallowing(examples, validation, 2) == 0);
}

}  // namespace
}  // namespace mobilenet
