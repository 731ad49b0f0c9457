// SqueezeNet 1.0 compared with its paper and torchvision.
#include "test/models/printed.h"

namespace mobilenet::test {
namespace {

TEST_CASE("squeezenet1_0 has the feature maps of Table 1 at 227 pixels, torchvision's at 224") {
  const Network papers = MakeNetwork("squeezenet1_0", 1.0, 227, 1000);
  CHECK(Named(papers, "conv1").output == Shape{111, 111, 96});
  CHECK(Named(papers, "pool1").output == Shape{55, 55, 96});
  CHECK(Named(papers, "fire2.concat").output == Shape{55, 55, 128});
  CHECK(Named(papers, "pool4").output == Shape{27, 27, 256});
  CHECK(Named(papers, "pool8").output == Shape{13, 13, 512});
  CHECK(Named(papers, "fire9.concat").output == Shape{13, 13, 512});
  CHECK(Named(papers, "conv10").output == Shape{13, 13, 1000});
  CHECK(Named(papers, "conv10").activation == Activation::kRelu);
  CHECK(Named(papers, "logits").output == Shape{1, 1, 1000});
  const Network torchvisions = OwnSize("squeezenet1_0");
  CHECK(torchvisions.resolution == 224);
  CHECK(Named(torchvisions, "conv1").output == Shape{109, 109, 96});
  CHECK(Named(torchvisions, "pool4").output == Shape{27, 27, 256});
  CHECK(WindowOf(Named(torchvisions, "pool4"))->padding == Padding{0, 1, 0, 1});  // ceil mode
  CHECK(Named(torchvisions, "pool8").output == Shape{13, 13, 512});
}

TEST_CASE("squeezenet1_0 has the mult-adds and parameters of Table 9 of the MobileNet paper") {
  const Network network = MakeNetwork("squeezenet1_0", 1.0, 227, 1000);
  CHECK(Parameters(network) + Biases(network) == 1'248'424);  // also torchvision's
  CheckPrinted(Millions(Parameters(network) + Biases(network)), 1.25, 2);
  // The table's 1700 M count multiplications and additions separately.
  CHECK(MultAdds(network) == 832'667'936);
  CheckPrinted(2 * Millions(MultAdds(network)) / 100, 17, 0);
}

}  // namespace
}  // namespace mobilenet::test
