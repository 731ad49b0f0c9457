#include "src/eval/scoring.h"

#include <cmath>
#include <string>
#include <vector>

#include "test/support/catch.h"

namespace mobilenet {
namespace {

const std::vector<std::string> kLabels = {"a", "b", "c", "d", "e", "f"};

std::vector<Prediction> Answer(const std::vector<int>& classes, float score) {
  std::vector<Prediction> predictions;
  for (const int class_index : classes) {
    predictions.push_back({class_index, kLabels[static_cast<size_t>(class_index)], score});
    score /= 2;
  }
  return predictions;
}

TEST_CASE("scoring counts what it is given") {
  Scoring scoring(kLabels);
  scoring.Add("1", 0, Answer({0, 1, 2, 3, 4}, 0.9f));
  scoring.Add("2", 0, Answer({1, 0, 2, 3, 4}, 0.6f));
  scoring.Add("3", 0, Answer({1, 2, 3, 4, 5}, 0.95f));
  scoring.Add("4", 5, Answer({5, 1, 2, 3, 4}, 1.0f));
  scoring.AddFailed();
  scoring.AddIgnored();
  const EvaluationReport report = scoring.Report();
  CHECK(report.images == 4);
  CHECK(report.failed == 1);
  CHECK(report.ignored == 1);
  CHECK(report.top1.right == 2);
  CHECK(report.top1.rate == 0.5);
  REQUIRE(report.top5);
  CHECK(report.top5->right == 3);
  REQUIRE(report.per_class.size() == 3);
  CHECK(report.per_class[0].label == "a");
  CHECK(report.per_class[0].n == 3);
  CHECK(report.per_class[0].precision() == 1.0);
  CHECK(std::abs(*report.per_class[0].recall() - 1.0 / 3) < 1e-12);
  CHECK(report.per_class[1].n == 0);
  CHECK(report.per_class[1].predicted == 2);
  CHECK(report.per_class[1].precision() == 0.0);
  CHECK_FALSE(report.per_class[1].recall());
  REQUIRE(report.confusions.size() == 1);
  CHECK(report.confusions[0].label == "a");
  CHECK(report.confusions[0].predicted == "b");
  CHECK(report.confusions[0].n == 2);
  REQUIRE(report.mistakes.size() == 2);
  CHECK(report.mistakes[0].path == "3");
  CHECK_FALSE(report.mistakes[0].rank);
  CHECK(report.mistakes[1].path == "2");
  CHECK(report.mistakes[1].rank == 2);
  // |0.6 - 0| / 4 + |0.9 + 0.95 + 1 - 2| / 4
  CHECK(std::abs(report.ece - (0.6 + 0.85) / 4) < 1e-6);
  REQUIRE(report.reliability.size() == 2);
  CHECK(report.reliability[1].n == 3);
}

TEST_CASE("without five predictions there is no top-5, except for networks with fewer classes") {
  Scoring scoring(kLabels);
  scoring.Add("1", 0, Answer({0, 1, 2, 3}, 0.5f));
  CHECK_FALSE(scoring.Report().top5);
  const std::vector<std::string> two = {"a", "b"};
  Scoring small(two);
  small.Add("1", 1, Answer({0, 1}, 0.5f));
  REQUIRE(small.Report().top5);
  CHECK(small.Report().top5->right == 1);
}

TEST_CASE("the surest mistakes are kept") {
  Scoring scoring(kLabels);
  for (int i = 0; i < 100; ++i) {
    scoring.Add("photo " + std::to_string(i), 0,
                Answer({1, 2, 3, 4, 5}, static_cast<float>((i * 37) % 100) / 100));
  }
  const auto mistakes = scoring.Report().mistakes;
  REQUIRE(mistakes.size() == 20);
  for (size_t i = 0; i < mistakes.size(); ++i) {
    CHECK(std::abs(mistakes[i].score - (0.99 - 0.01 * static_cast<double>(i))) < 1e-6);
  }
}

TEST_CASE("two models are compared on the images that both have") {
  Scoring first(kLabels);
  Scoring second(kLabels);
  const auto add = [](Scoring& scoring, const char* path, bool is_right) {
    scoring.Add(path, 0, Answer({is_right ? 0 : 1}, 0.5f));
  };
  for (const char* path : {"1", "2", "3"}) add(first, path, true);
  for (const char* path : {"4", "5"}) add(first, path, false);
  add(second, "5", true);
  add(second, "4", false);
  add(second, "3", false);
  add(second, "2", true);
  add(second, "6", true);
  const PairedRow row = first.CompareWith(second);
  CHECK(row.images == 4);
  CHECK(row.both_right == 1);
  CHECK(row.only_first == 1);
  CHECK(row.only_second == 1);
  CHECK(row.both_wrong == 1);
  CHECK(row.top1.right == 2);
  CHECK(row.p_value == 1);
}

}  // namespace
}  // namespace mobilenet
