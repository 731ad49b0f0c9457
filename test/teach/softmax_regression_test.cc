#include "src/teach/softmax_regression.h"

#include <algorithm>
#include <cmath>

#include "test/support/catch.h"
#include "test/teach/seeded_examples.h"

namespace mobilenet {
namespace {

// The quantity to be minimised, straight from its definition, in double.
double Objective(const Examples& examples, const Centre& centre, const LinearHead& head, double cost) {
  const auto features = static_cast<size_t>(examples.features());
  const size_t classes = head.bias.size();
  std::vector<float> row(features);
  double loss = 0;
  for (int64_t i = 0; i < examples.photographs(); ++i) {
    examples.CopyTo(i, 0, row.data());
    std::vector<double> logits(classes);
    double sum = 0;
    for (size_t c = 0; c < classes; ++c) {
      logits[c] = static_cast<double>(head.bias[c]);
      for (size_t j = 0; j < features; ++j) {
        logits[c] += static_cast<double>(head.weights[c * features + j]) * static_cast<double>(row[j]);
      }
      sum += std::exp(logits[c]);
    }
    loss += std::log(sum) - logits[static_cast<size_t>(examples.class_of(i))];
  }
  double squares = 0;
  for (const float weight : head.weights) squares += std::pow(static_cast<double>(weight) / centre.scale, 2);
  const auto n = static_cast<double>(examples.photographs());
  return loss / n + squares / (2 * cost * n);
}

TEST_CASE("the regression ends where no weight and no bias can be better") {
  const Examples examples = test::SeededExamples(3, 30, 5, 1.5);
  const Centre centre = CentreOf(examples);
  for (const double cost : {1.0, 100.0}) {
    SoftmaxRegression regression(examples, centre, test::AllOf(examples), 3);
    regression.Train(cost, [] { return false; });
    LinearHead head = regression.Head();
    const double least = Objective(examples, centre, head, cost);
    CAPTURE(cost, least);
    CHECK(least < std::log(3.0));
    for (std::vector<float>* const numbers : {&head.weights, &head.bias}) {
      for (float& number : *numbers) {
        const float kept = number;
        for (const float step : {-0.03f, 0.03f}) {
          number = kept + step;
          CHECK(Objective(examples, centre, head, cost) > least - 1e-6);
        }
        number = kept;
      }
    }
  }
}

TEST_CASE("a trainer that is told to stop does so at once") {
  const Examples examples = test::SeededExamples(2, 10, 4, 0.5);
  SoftmaxRegression regression(examples, CentreOf(examples), test::AllOf(examples), 2);
  regression.Train(1, [] { return true; });
  const LinearHead head = regression.Head();
  CHECK(std::all_of(head.weights.begin(), head.weights.end(), [](float weight) { return weight == 0; }));
}

TEST_CASE("features of 8 bits are kept as they are, floats to 11 bits, and others are refused") {
  Examples bytes({.type = "s8", .count = 3, .scale = 0.5, .zero_point = -128});
  CHECK(bytes.Add("a", 1, {{uint8_t{0x80}, uint8_t{0x7f}, uint8_t{0}}}));
  CHECK_FALSE(bytes.Add("b", 1, {{uint8_t{0x80}, uint8_t{0x7f}}}));
  CHECK_FALSE(bytes.Add("c", 1, {}));
  std::vector<float> row(3);
  bytes.CopyTo(0, 0, row.data());
  CHECK(row == std::vector<float>{0, 127.5f, 64});
  Examples floats({.type = "f32", .count = 3});
  test::AddExample(floats, 0, {1.0f / 3, 6, 0});
  floats.CopyTo(0, 0, row.data());
  CHECK(std::abs(row[0] - 1.0f / 3) < 1.0f / 3 / 2048);
  CHECK(row[1] == 6);
  test::AddExample(floats, 0, {1e30f, 0, 0});
  test::AddExample(floats, 0, {std::nanf(""), 0, 0});
  CHECK(floats.photographs() == 1);
  CHECK_THROWS(Examples({.type = "s32", .count = 3}));
}

}  // namespace
}  // namespace mobilenet
