// AlexNet compared with the paper of 2012, and torchvision's with torchvision.
#include <cmath>

#include "test/models/printed.h"

namespace mobilenet::test {
namespace {

TEST_CASE("alexnet has the layers of the paper's section 3.5") {
  const Network network = OwnSize("alexnet");
  struct Row {
    const char* name;
    const char* op;
    Shape output;
  };
  const Row rows[] = {
      {"conv1", "conv 11x11 s4", {55, 55, 96}},    {"norm1", "lrn 5", {55, 55, 96}},
      {"pool1", "max pool 3x3 s2", {27, 27, 96}},  {"conv2", "conv 5x5 s1 g2", {27, 27, 256}},
      {"norm2", "lrn 5", {27, 27, 256}},           {"pool2", "max pool 3x3 s2", {13, 13, 256}},
      {"conv3", "conv 3x3 s1", {13, 13, 384}},     {"conv4", "conv 3x3 s1 g2", {13, 13, 384}},
      {"conv5", "conv 3x3 s1 g2", {13, 13, 256}},  {"pool5", "max pool 3x3 s2", {6, 6, 256}},
      {"fc6", "fully connected", {1, 1, 4096}},    {"fc7", "fully connected", {1, 1, 4096}},
      {"logits", "fully connected", {1, 1, 1000}}, {"softmax", "softmax", {1, 1, 1000}},
  };
  REQUIRE(network.layers.size() == std::size(rows));
  for (size_t i = 0; i < std::size(rows); ++i) {
    CAPTURE(rows[i].name);
    CHECK(network.layers[i].name == rows[i].name);
    CHECK(OperatorName(network.layers[i]) == rows[i].op);
    CHECK(network.layers[i].output == rows[i].output);
  }
  // x / (2 + 1e-4 sum)^0.75 over 5 channels (section 3.3).
  const auto& lrn = std::get<Lrn>(network.layers[1].op);
  CHECK(lrn.k == 2);
  CHECK(std::abs(lrn.alpha / static_cast<float>(lrn.size) - 1e-4f) < 1e-9f);
  CHECK(lrn.beta == 0.75f);
}

TEST_CASE("alexnet has the mult-adds and parameters of Table 9 of the MobileNet paper") {
  const Network network = OwnSize("alexnet");
  CHECK(MultAdds(network) == 724'406'816);  // 720 M: two digits
  CheckPrinted(Millions(MultAdds(network)) / 10, 72, 0);
  CheckPrinted(Millions(Parameters(network)), 60, 0);
}

TEST_CASE("torchvision_alexnet has one tower and torchvision's parameters") {
  const Network network = OwnSize("torchvision_alexnet");
  CHECK(network.resolution == 224);
  CHECK(Parameters(network) + Biases(network) == 61'100'840);
  CHECK(Named(network, "conv1").output == Shape{55, 55, 64});
  CHECK(Named(network, "pool5").output == Shape{6, 6, 256});
  for (const Layer& layer : network.layers) {
    CHECK(OperatorKind(layer) != "lrn");
    if (const auto* conv = std::get_if<Conv>(&layer.op)) CHECK(conv->groups == 1);
  }
}

TEST_CASE("alexnet is refused at resolutions of which its pools leave nothing") {
  CHECK_THROWS_WITH(MakeNetwork("alexnet", 1.0, 66, 10), "resolution 66 (67...2048)");
  CHECK(Named(MakeNetwork("alexnet", 1.0, 67, 10), "pool5").output == Shape{1, 1, 256});
  CHECK_THROWS_WITH(MakeNetwork("torchvision_alexnet", 1.0, 62, 10), "resolution 62 (63...2048)");
  CHECK(Named(MakeNetwork("torchvision_alexnet", 1.0, 63, 10), "pool5").output == Shape{1, 1, 256});
}

}  // namespace
}  // namespace mobilenet::test
