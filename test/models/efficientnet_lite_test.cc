// The networks compared with the authors' weights.
#include <cmath>
#include <string>

#include "models/registry.h"
#include "test/models/printed.h"
#include "test/support/catch.h"

namespace mobilenet::test {
namespace {

Network Lite(int index) {
  return OwnSize("efficientnet_lite" + std::to_string(index));
}

TEST_CASE("EfficientNet-Lite has the mult-adds and parameters of the published weights") {
  struct Row {
    double mult_adds_millions, parameters_millions;  // weights and biases
    int blocks;
  };
  // Of lite0 to 2 as their files have it.
  const Row rows[] = {{385.2, 4.631, 16}, {600.2, 5.390, 21}, {859.7, 6.063, 21}};
  for (int i = 0; i < 3; ++i) {
    CAPTURE(i);
    const Network network = Lite(i);
    CHECK(std::abs(static_cast<double>(MultAdds(network)) / 1e6 - rows[i].mult_adds_millions) < 0.06);
    const int64_t all = Parameters(network) + Biases(network);
    CHECK(std::abs(static_cast<double>(all) / 1e6 - rows[i].parameters_millions) < 0.0006);
    Named(network, "block_" + std::to_string(rows[i].blocks - 1) + ".project");
  }
  CHECK(std::abs(static_cast<double>(Parameters(Lite(0))) / 1e6 - 4.609) < 0.0006);
  // The published tables count some 3 more operations per output.
  CHECK(MultAdds(Lite(3)) < 1'440'000'000);
  CHECK(MultAdds(Lite(4)) < 2'640'000'000);
  CHECK(std::abs(static_cast<double>(Parameters(Lite(3))) / 1e6 - 8.2) < 0.15);
  CHECK(std::abs(static_cast<double>(Parameters(Lite(4))) / 1e6 - 13.0) < 0.15);
}

TEST_CASE("EfficientNet-Lite pads like TensorFlow, which depends on the size") {
  const auto padding = [](int index, const std::string& name) {
    return WindowOf(Named(Lite(index), name))->padding;
  };
  CHECK(padding(0, "block_3.depthwise") == Padding{1, 2, 1, 2});  // 5x5 s2, 56 to 28
  CHECK(padding(2, "block_4.depthwise") == Padding{2, 2, 2, 2});  // 65 to 33
  CHECK(padding(2, "block_7.depthwise") == Padding{1, 1, 1, 1});  // 3x3 s2, 33 to 17
  CHECK(Named(Lite(0), "conv_last").output == Shape{7, 7, 1280});
  CHECK(Named(Lite(1), "conv_last").output == Shape{8, 8, 1280});
  CHECK(Named(Lite(2), "conv_last").output == Shape{9, 9, 1280});
}

TEST_CASE("the first and last stage keep their repeats, the first and last convolution their channels") {
  const Network lite2 = Lite(2);
  CHECK(Named(lite2, "conv1").output == Shape{130, 130, 32});
  CHECK(Named(lite2, "block_0.project").output == Shape{130, 130, 16});
  CHECK(Named(lite2, "block_20.project").output == Shape{9, 9, 352});
  CHECK(Named(lite2, "block_2.add").inputs.size() == 2);
  CHECK(OperatorName(Named(lite2, "block_4.depthwise")) == "depthwise 5x5 s2");
}

TEST_CASE("EfficientNet-Lite has no widths") {
  CHECK_THROWS_WITH(MakeNetwork("efficientnet_lite0", 0.5, 224, 1000),
                    "width multiplier 0.5 (efficientnet_lite0 has only 1.0)");
}

}  // namespace
}  // namespace mobilenet::test
