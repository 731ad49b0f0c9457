// LeNet-5 compared with the paper of 1998.
#include "test/models/printed.h"

namespace mobilenet::test {
namespace {

TEST_CASE("lenet5 has the layers of the paper's figure 2") {
  const Network network = MakeNetwork("lenet5", 1.0, 32, 10);
  struct Row {
    const char* name;
    const char* op;
    Shape output;
    int64_t parameters;
  };
  const Row rows[] = {
      {"conv1", "conv 5x5 s1", {28, 28, 6}, 150},     {"pool1", "avg pool 2x2 s2", {14, 14, 6}, 0},
      {"conv2", "conv 5x5 s1", {10, 10, 16}, 2400},   {"pool2", "avg pool 2x2 s2", {5, 5, 16}, 0},
      {"fc1", "fully connected", {1, 1, 120}, 48000}, {"fc2", "fully connected", {1, 1, 84}, 10080},
      {"logits", "fully connected", {1, 1, 10}, 840}, {"softmax", "softmax", {1, 1, 10}, 0},
  };
  REQUIRE(network.layers.size() == std::size(rows));
  for (size_t i = 0; i < std::size(rows); ++i) {
    const Layer& layer = network.layers[i];
    CAPTURE(rows[i].name);
    CHECK(layer.name == rows[i].name);
    CHECK(OperatorName(layer) == rows[i].op);
    CHECK(layer.output == rows[i].output);
    CHECK(Parameters(layer) == rows[i].parameters);
    const bool has_tanh = layer.name.starts_with("conv") || layer.name.starts_with("fc");
    CHECK(layer.activation == (has_tanh ? Activation::kTanh : Activation::kNone));
  }
  CHECK(network.layers[0].input == Shape{32, 32, 1});
  CHECK(FindArchitecture("lenet5").channels == 1);
}

// 60,000 in the paper, whose second convolution reads only 60 of the 96 pairs of maps: (96 - 60) x 25 = 900
// weights fewer, and whose pools have a weight and a bias per map: 44 more.
TEST_CASE("lenet5 has the paper's parameters and mult-adds") {
  const Network network = MakeNetwork("lenet5", 1.0, 32, 10);
  const int64_t weights = Parameters(network) - (96 - 60) * 25;
  // Without the output layer, which measures distances from fixed codes there.
  const int64_t last = Parameters(Named(network, "logits")) + 10;
  CHECK(weights + Biases(network) + 2 * (6 + 16) - last == 60'000);
  CheckPrinted(Millions(MultAdds(network)), 0.4, 1);
}

}  // namespace
}  // namespace mobilenet::test
