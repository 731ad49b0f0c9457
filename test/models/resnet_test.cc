// The five ResNets compared with the paper, and torchvision's with torchvision.
#include <algorithm>
#include <string>

#include "test/models/printed.h"

namespace mobilenet::test {
namespace {

TEST_CASE("resnets have the published mult-adds and parameters") {
  struct Row {
    const char* name;
    double mult_adds_billions;
    double parameters_millions;  // with two numbers of batch norm per channel, as in torch
    int64_t torchs;              // exactly
  };
  const Row rows[] = {
      {"resnet18", 1.8, 11.7, 11'689'512},
      {"resnet34", 3.6, 21.8, 21'797'672},
      {"resnet50", 3.8, 25.6, 25'557'032},
      {"resnet101", 7.6, 44.5, 44'549'160},
      {"resnet152", 11.3, 60.2, 60'192'808},
      {"torchvision_resnet50", 4.1, 25.6, 25'557'032},
      {"torchvision_resnet101", 7.8, 44.5, 44'549'160},
      {"torchvision_resnet152", 11.5, 60.2, 60'192'808},  // 11.6 with batch norm and additions counted
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const Network network = OwnSize(row.name);
    CheckPrinted(Millions(MultAdds(network)) / 1000, row.mult_adds_billions, 1);
    const int64_t batch_norm_channels = Biases(network) - 1000;
    const int64_t parameters = Parameters(network) + Biases(network) + batch_norm_channels;
    CHECK(parameters == row.torchs);
    CheckPrinted(Millions(parameters), row.parameters_millions, 1);
  }
}

TEST_CASE("resnets have as many layers with weights as they are called after") {
  for (const int count : {18, 34, 50, 101, 152}) {
    const Network network = OwnSize("resnet" + std::to_string(count));
    int weighted = 0;
    for (const Layer& layer : network.layers) {
      weighted += Parameters(layer) != 0 && layer.name.find("downsample") == std::string::npos;
    }
    CHECK(weighted == count);
    CHECK(Named(network, "pool1").output == Shape{56, 56, 64});
    const int expansion = count < 50 ? 1 : 4;
    CHECK(Named(network, "layer1.0.add").output == Shape{56, 56, 64 * expansion});
    CHECK(Named(network, "layer4.0.add").output == Shape{7, 7, 512 * expansion});
    CHECK(Named(network, "layer4.0.add").activation == Activation::kRelu);
  }
}

TEST_CASE("a bottleneck's stride is on its first convolution in the paper, on the 3x3 one in torchvision") {
  const auto stride = [](const char* network, const char* layer) {
    return WindowOf(Named(OwnSize(network), layer))->stride;
  };
  CHECK(stride("resnet50", "layer2.0.conv1") == 2);
  CHECK(stride("resnet50", "layer2.0.conv2") == 1);
  CHECK(stride("torchvision_resnet50", "layer2.0.conv1") == 1);
  CHECK(stride("torchvision_resnet50", "layer2.0.conv2") == 2);
  CHECK(stride("torchvision_resnet50", "layer2.0.downsample") == 2);
  CHECK(stride("resnet18", "layer2.0.conv1") == 2);
}

TEST_CASE("a shortcut has a convolution where the shape changes, and only there") {
  const auto has = [](const char* network, const std::string& name) {
    const Network made = OwnSize(network);
    return std::any_of(made.layers.begin(), made.layers.end(),
                       [&](const Layer& layer) { return layer.name == name; });
  };
  CHECK(!has("resnet18", "layer1.0.downsample"));
  CHECK(has("resnet50", "layer1.0.downsample"));
  CHECK(has("resnet18", "layer2.0.downsample"));
  CHECK(!has("resnet18", "layer2.1.downsample"));
}

}  // namespace
}  // namespace mobilenet::test
