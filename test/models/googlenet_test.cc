// GoogLeNet compared with its paper, and torchvision's with torchvision.
#include "test/models/printed.h"

namespace mobilenet::test {
namespace {

TEST_CASE("googlenet has the feature maps of Table 1") {
  const Network network = OwnSize("googlenet");
  const std::pair<const char*, Shape> rows[] = {
      {"conv1", {112, 112, 64}},
      {"pool1", {56, 56, 64}},
      {"conv2", {56, 56, 192}},
      {"pool2", {28, 28, 192}},
      {"inception_3a.concat", {28, 28, 256}},
      {"inception_3b.concat", {28, 28, 480}},
      {"pool3", {14, 14, 480}},
      {"inception_4a.concat", {14, 14, 512}},
      {"inception_4b.concat", {14, 14, 512}},
      {"inception_4c.concat", {14, 14, 512}},
      {"inception_4d.concat", {14, 14, 528}},
      {"inception_4e.concat", {14, 14, 832}},
      {"pool4", {7, 7, 832}},
      {"inception_5a.concat", {7, 7, 832}},
      {"inception_5b.concat", {7, 7, 1024}},
      {"logits", {1, 1, 1000}},
  };
  for (const auto& [name, shape] : rows) {
    CAPTURE(name);
    CHECK(Named(network, name).output == shape);
  }
  // "22 layers deep when counting only layers with parameters": the longest way.
  CHECK(OperatorName(Named(network, "inception_4b.5x5")) == "conv 5x5 s1");
  CHECK(OperatorName(Named(network, "inception_4b.pool")) == "max pool 3x3 s1");
  CHECK(OperatorName(Named(network, "pool4")) == "max pool 3x3 s2");
  const auto& lrn = std::get<Lrn>(Named(network, "norm2").op);
  CHECK(lrn.alpha == 1e-4f);
  CHECK(lrn.k == 1);
}

// By module, as in the paper's Table 1. Its thousands of parameters are 1024, and some of them, and the sums
// that Table 8 of the MobileNet paper quotes (1550 M, 6.8 M), do not match the channels beside them: 2.7 K
// for the 7x7 convolution, say, which has 9408, and 463 K for 4c, which has 498 K.
TEST_CASE("googlenet has the paper's costs by module") {
  const Network network = OwnSize("googlenet");
  struct Row {
    const char* start;
    double parameters_thousands, mult_adds_millions;
  };
  const Row rows[] = {
      {"conv2", 112, 360},       {"inception_3a", 159, 128}, {"inception_3b", 380, 304},
      {"inception_4b", 437, 88}, {"logits", 1000, 1},
  };
  for (const Row& row : rows) {
    CAPTURE(row.start);
    int64_t parameters = 0;
    int64_t mult_adds = 0;
    for (const Layer& layer : network.layers) {
      if (!layer.name.starts_with(row.start)) continue;
      parameters += Parameters(layer);
      mult_adds += MultAdds(layer);
    }
    CHECK(std::abs(static_cast<double>(parameters) / 1024 - row.parameters_thousands) < 1.5);
    CHECK(std::abs(Millions(mult_adds) - row.mult_adds_millions) < 0.01 * row.mult_adds_millions + 0.5);
  }
  CHECK(MultAdds(network) == 1'582'671'872);
  CHECK(std::abs(Millions(MultAdds(network)) / 1550 - 1) < 0.03);
  CHECK(Parameters(network) == 6'990'272);
  CHECK(std::abs(Millions(Parameters(network)) / 6.8 - 1) < 0.03);
}

TEST_CASE("torchvision_googlenet has torchvision's parameters, and 3x3 convolutions for 5x5") {
  const Network network = OwnSize("torchvision_googlenet");
  // Torch counts two numbers of batch norm per channel, we count one bias.
  const int64_t batch_norm_channels = Biases(network) - 1000;
  CHECK(Parameters(network) + Biases(network) + batch_norm_channels == 6'624'904);
  for (const Layer& layer : network.layers) CHECK(OperatorKind(layer) != "lrn");
  CHECK(OperatorName(Named(network, "inception_4b.5x5")) == "conv 3x3 s1");
  CHECK(OperatorName(Named(network, "pool4")) == "max pool 2x2 s2");
  CHECK(Named(network, "inception_5b.concat").output == Shape{7, 7, 1024});
}

}  // namespace
}  // namespace mobilenet::test
