// GoogLeNet (arXiv 1409.4842, Table 1) without its auxiliary classifiers for training: three convolutions,
// nine inception modules, global average pool, fully connected layer, with Caffe's padding and normalisation.
// And torchvision's. Layers conv1, conv2_reduce, conv2, inception_3a.1x1, inception_3a.3x3_reduce,
// inception_3a.3x3, inception_3a.5x5_reduce, inception_3a.5x5, inception_3a.pool_project, ...,
// inception_5b.pool_project, logits.
#include <string>

#include "models/network_builder.h"
#include "models/registry.h"

namespace mobilenet {
namespace {

struct Inception {
  const char* name;
  int direct;  // channels of the 1x1 convolution
  int reduce_3x3, of_3x3;
  int reduce_5x5, of_5x5;
  int pool_project;
  int pool;  // the number of the max pool after it, of stride 2; 0: none
};

constexpr Inception kModules[] = {
    {"inception_3a", 64, 96, 128, 16, 32, 32, 0},     {"inception_3b", 128, 128, 192, 32, 96, 64, 3},
    {"inception_4a", 192, 96, 208, 16, 48, 64, 0},    {"inception_4b", 160, 112, 224, 24, 64, 64, 0},
    {"inception_4c", 128, 128, 256, 24, 64, 64, 0},   {"inception_4d", 112, 144, 288, 32, 64, 64, 0},
    {"inception_4e", 256, 160, 320, 32, 128, 128, 4}, {"inception_5a", 256, 160, 320, 32, 128, 128, 0},
    {"inception_5b", 384, 192, 384, 48, 128, 128, 0},
};

struct Variant {
  bool is_normalised;  // local response normalisation
  int large_kernel;    // in place of the paper's 5x5
  int last_pool;       // window of the pool before inception_5a
};
constexpr Variant kPaper = {true, 5, 3};
constexpr Variant kTorchvision = {false, 3, 2};

constexpr Lrn kGoogLeNetLrn{.size = 5, .alpha = 1e-4f, .beta = 0.75f, .k = 1};

Value AddInception(NetworkBuilder& net, Value input, const Inception& inception, int large_kernel) {
  const auto conv = [&](const char* name, Value x, int channels, int kernel) {
    return net.Conv(std::string(inception.name) + "." + name, x, channels, Padded(kernel, 1, kernel / 2),
                    Activation::kRelu);
  };
  const Value direct = conv("1x1", input, inception.direct, 1);
  const Value of_3x3 = conv("3x3", conv("3x3_reduce", input, inception.reduce_3x3, 1), inception.of_3x3, 3);
  const Value of_5x5 =
      conv("5x5", conv("5x5_reduce", input, inception.reduce_5x5, 1), inception.of_5x5, large_kernel);
  const Value pool = net.MaxPool(std::string(inception.name) + ".pool", input, Padded(3, 1, 1));
  return net.Concat(std::string(inception.name) + ".concat",
                    {direct, of_3x3, of_5x5, conv("pool_project", pool, inception.pool_project, 1)});
}

Network Make(const NetworkSize& size, const Variant& variant) {
  NetworkBuilder net({size.resolution, size.resolution, 3});
  const auto pool = [&](const std::string& name, Value x, int kernel) {
    return net.MaxPool(name, x, CeilMode(net.ShapeOf(x), kernel, 2));
  };
  Value x = net.Conv("conv1", net.kInput, 64, Padded(7, 2, 3), Activation::kRelu);
  x = pool("pool1", x, 3);
  if (variant.is_normalised) x = net.Lrn("norm1", x, kGoogLeNetLrn);
  x = net.Conv("conv2_reduce", x, 64, Square(1), Activation::kRelu);
  x = net.Conv("conv2", x, 192, Padded(3, 1, 1), Activation::kRelu);
  if (variant.is_normalised) x = net.Lrn("norm2", x, kGoogLeNetLrn);
  x = pool("pool2", x, 3);
  for (const Inception& inception : kModules) {
    x = AddInception(net, x, inception, variant.large_kernel);
    if (inception.pool == 3) x = pool("pool3", x, 3);
    if (inception.pool == 4) x = pool("pool4", x, variant.last_pool);
  }
  x = net.GlobalAvgPool("global_avg_pool", x);
  x = net.FullyConnected("logits", x, size.classes);
  net.Softmax("softmax", x);
  return net.Build();
}

}  // namespace

Network GoogLeNet(const NetworkSize& size) {
  return Make(size, kPaper);
}
Network TorchvisionGoogLeNet(const NetworkSize& size) {
  return Make(size, kTorchvision);
}

}  // namespace mobilenet
