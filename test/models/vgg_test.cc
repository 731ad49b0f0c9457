// VGG-16 and VGG-19 compared with the paper and torchvision.
#include "test/models/printed.h"

namespace mobilenet::test {
namespace {

TEST_CASE("vgg16 and vgg19 have 16 and 19 layers with weights, all convolutions 3x3") {
  for (const int count : {16, 19}) {
    const Network network = OwnSize("vgg" + std::to_string(count));
    int weighted = 0;
    int pools = 0;
    for (const Layer& layer : network.layers) {
      weighted += Parameters(layer) != 0;
      pools += OperatorName(layer) == "max pool 2x2 s2";
      if (OperatorKind(layer) == "conv") {
        CHECK(*WindowOf(layer) == Window{3, 3, 1, {1, 1, 1, 1}});
        CHECK(layer.activation == Activation::kRelu);
      }
    }
    CHECK(weighted == count);
    CHECK(pools == 5);
    CHECK(Named(network, "pool5").output == Shape{7, 7, 512});
    CHECK(WeightsShape(Named(network, "fc6")) == Shape{4096, 7 * 7 * 512});
    CHECK(Named(network, "fc7").activation == Activation::kRelu);
    CHECK(Named(network, "logits").activation == Activation::kNone);
  }
}

TEST_CASE("vgg16 and vgg19 have the published mult-adds and parameters") {
  const Network vgg16 = OwnSize("vgg16");
  // 15300 M in Table 8 of the MobileNet paper: only the convolutions, without the 124 M of the fully
  // connected layers.
  CheckPrinted(Millions(MultAddsOf(vgg16, "conv")) / 100, 153, 0);
  CHECK(MultAdds(vgg16) == 15'470'264'320);
  CheckPrinted(Millions(Parameters(vgg16)), 138, 0);
  CHECK(Parameters(vgg16) + Biases(vgg16) == 138'357'544);  // torchvision's
  const Network vgg19 = OwnSize("vgg19");
  CheckPrinted(Millions(MultAdds(vgg19)) / 1000, 19.6, 1);
  CheckPrinted(Millions(Parameters(vgg19)), 144, 0);
  CHECK(Parameters(vgg19) + Biases(vgg19) == 143'667'240);
}

}  // namespace
}  // namespace mobilenet::test
