// The two networks that MobileNet V1 is compared with in Tables 4 and 5 of arXiv 1704.04861.
#include "test/models/printed.h"

namespace mobilenet::test {
namespace {

TEST_CASE("mobilenet_v1_standard has the cost of Table 4") {
  const Network network = OwnSize("mobilenet_v1_standard");
  // The table leaves the fully connected layer out of the mult-adds (its 569 M of MobileNet includes it).
  CheckPrinted(Millions(MultAddsOf(network, "conv")), 4866, 0);
  CHECK(MultAddsOf(network, "fully_connected") == 1'024'000);
  CheckPrinted(Millions(Parameters(network)), 29.3, 1);
  int convolutions = 0;
  for (const Layer& layer : network.layers) {
    CHECK(OperatorKind(layer) != "depthwise");
    convolutions += OperatorGroup(layer) == "Conv 3x3";
  }
  CHECK(convolutions == 14);
  CHECK(Named(network, "conv14").output == Shape{7, 7, 1024});
}

TEST_CASE("mobilenet_v1_shallow has the cost of Table 5") {
  const Network network = OwnSize("mobilenet_v1_shallow");
  CheckPrinted(Millions(MultAdds(network)), 307, 0);
  CheckPrinted(Millions(Parameters(network)), 2.9, 1);
  // Without the five pairs of 14 x 14 x 512.
  const Network whole = OwnSize("mobilenet_v1");
  CHECK(network.layers.size() == whole.layers.size() - 10);
  CHECK(MultAdds(whole) - MultAdds(network) == 5 * 14 * 14 * (9 * 512 + 512 * 512));
  CHECK(Named(network, "conv_pw_6").output == Shape{14, 14, 512});
  CHECK(Named(network, "conv_dw_7").output == Shape{7, 7, 512});
  CHECK(Named(network, "conv_pw_8").output == Shape{7, 7, 1024});
}

TEST_CASE("the ablations have the widths of MobileNet V1") {
  CHECK(MakeNetwork("mobilenet_v1_standard", 0.25, 128, 10).layers[0].output == Shape{64, 64, 8});
  CHECK(Named(MakeNetwork("mobilenet_v1_shallow", 0.5, 128, 10), "conv_pw_8").output == Shape{4, 4, 512});
}

}  // namespace
}  // namespace mobilenet::test
