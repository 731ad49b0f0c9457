// The network compared with the tables of arXiv 1801.04381 and of the published weights.
#include <cmath>
#include <string>

#include "models/inverted_residual.h"
#include "models/registry.h"
#include "test/models/printed.h"
#include "test/support/catch.h"

namespace mobilenet::test {
namespace {

Network V2(double width_multiplier, int resolution, int classes = 1000) {
  return MakeNetwork("mobilenet_v2", width_multiplier, resolution, classes);
}

TEST_CASE("mobilenet_v2 has the blocks of Table 2") {
  // The output of each block: stride 2 in 1, 3, 6 and 13, shortcuts if neither stride nor channels change.
  const Shape outputs[] = {{112, 112, 16}, {56, 56, 24}, {56, 56, 24}, {28, 28, 32}, {28, 28, 32},
                           {28, 28, 32},   {14, 14, 64}, {14, 14, 64}, {14, 14, 64}, {14, 14, 64},
                           {14, 14, 96},   {14, 14, 96}, {14, 14, 96}, {7, 7, 160},  {7, 7, 160},
                           {7, 7, 160},    {7, 7, 320}};
  const Network network = V2(1.0, 224);
  CHECK(Named(network, "conv1").output == Shape{112, 112, 32});
  Shape before = {112, 112, 32};
  int adds = 0;
  for (int block = 0; block < 17; ++block) {
    CAPTURE(block);
    const std::string name = "block_" + std::to_string(block) + ".";
    const Shape& output = outputs[block];
    if (block > 0) {
      const Layer& expand = Named(network, name + "expand");
      CHECK(expand.output == Shape{before[0], before[1], 6 * before[2]});
      CHECK(expand.activation == Activation::kRelu6);
    }
    const Layer& depthwise = Named(network, name + "depthwise");
    CHECK(depthwise.output == Shape{output[0], output[1], block > 0 ? 6 * before[2] : 32});
    CHECK(depthwise.activation == Activation::kRelu6);
    const Layer& project = Named(network, name + "project");
    CHECK(project.output == output);
    CHECK(project.activation == Activation::kNone);
    if (output == before) {
      const Layer& add = Named(network, name + "add");
      CHECK(add.output == output);
      CHECK(ShapeOf(network, add.inputs[0]) == before);
      CHECK(network.layers[add.inputs[1] - 1].name == name + "project");
      ++adds;
    }
    before = output;
  }
  CHECK(adds == 10);
  CHECK(Named(network, "conv_last").output == Shape{7, 7, 1280});
  CHECK(network.layers[network.logits - 1].name == "logits");
  CHECK(network.layers.size() == 1 + 17 * 3 - 1 + 10 + 4);
}

TEST_CASE("mobilenet_v2 has the mult-adds and parameters of the paper") {
  CHECK(std::abs(Millions(MultAdds(V2(1.0, 224))) - 300) < 1);
  CHECK(std::abs(Millions(Parameters(V2(1.0, 224))) - 3.47) < 0.01);
  // The published weights: 582 M and 6.06 M (the paper's own table has 585 and 6.9).
  CHECK(std::abs(Millions(MultAdds(V2(1.4, 224))) - 582) < 1);
  CHECK(std::abs(Millions(Parameters(V2(1.4, 224))) - 6.06) < 0.05);
}

TEST_CASE("channels are rounded to multiples of 8, never below 90 % of the exact number") {
  CHECK(RoundToEights(1.4 * 32) == 48);   // 44.8
  CHECK(RoundToEights(0.35 * 32) == 16);  // 11.2: 8 would be too few
  CHECK(RoundToEights(0.75 * 24) == 24);  // 18: 16 would be too few
  CHECK(RoundToEights(0.1 * 16) == 8);
  CHECK(RoundToEights(1.1 * 192) == 208);  // 211.2
  CHECK(Named(V2(0.35, 96), "conv1").output == Shape{48, 48, 16});
  CHECK(Named(V2(0.35, 96), "conv_last").output == Shape{3, 3, 1280});
  CHECK(Named(V2(1.4, 96), "conv_last").output == Shape{3, 3, 1792});
}

TEST_CASE("mobilenet_v2 takes any resolution") {
  const Network network = V2(0.5, 97, 7);
  CHECK(Named(network, "conv1").output == Shape{49, 49, 16});
  CHECK(network.layers.back().output == Shape{1, 1, 7});
  CHECK(network.resolution == 97);
}

}  // namespace
}  // namespace mobilenet::test
