#include "src/engine/selftest_network.h"

#include <cmath>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "models/network_builder.h"
#include "src/base/random.h"
#include "src/base/str_cat.h"

namespace mobilenet {
namespace {

// Everything below is computed by single operations on integers and floats, which IEEE 754 rounds alike on
// every CPU. All types hold the same picture, and the same weights up to their scales.
constexpr int kLargestWeight = 120;
constexpr float kWeightDeviation = 70;  // of whole numbers spread evenly over -120...120
constexpr int kU8WeightsZeroPoint = 125;
constexpr int kShift = 128;  // what lies at 0 in u8 lies at -128 in s8

Quantization Shifted(float scale, int u8_zero_point, DataType type) {
  return {scale, type == DataType::kS8 ? u8_zero_point - kShift : u8_zero_point};
}

// From -0.6 to 7.05, so that both ends of ReLU6 lie inside.
Quantization FeatureMaps(DataType type) {
  return Shifted(0.03f, 20, type);
}
Quantization Logits(DataType type) {
  return Shifted(0.1f, 110, type);
}

template <typename T>
AlignedBuffer RandomPicture(const Quantization& quantization, Random& random, int64_t values) {
  AlignedBuffer picture(static_cast<size_t>(values) * sizeof(T));
  for (int64_t i = 0; i < values; ++i) {
    const int steps = random.Integer(0, 255) - 128;
    picture.As<T>()[i] =
        static_cast<T>(std::is_same_v<T, float> ? static_cast<float>(steps) * quantization.scale
                                                : static_cast<float>(steps + quantization.zero_point));
  }
  return picture;
}

// What a block does to the map it reads: a depthwise layer and a pointwise one; with a residual, the sum of
// both maps.
struct Block {
  int kernel;
  int stride;
  int channels;
  bool is_residual;
};
constexpr Block kBlocks[] = {
    {3, 1, 12, false},  {3, 2, 25, false}, {5, 1, 25, true},   {5, 2, 51, false},
    {3, 2, 102, false}, {3, 1, 102, true}, {3, 2, 204, false},
};
constexpr size_t kJoinedBlock = 2;  // whose result and whose map before the addition are concatenated
constexpr size_t kMaxPooledBlock = 3;
constexpr size_t kAveragedBlock = 5;

std::vector<Layer> MakeLayers(DataType type) {
  NetworkBuilder net({64, 64, 3});
  constexpr Activation kRelu6 = Activation::kRelu6;
  Value x = net.Conv("conv1", net.kInput, 6, Square(3, 2), kRelu6);
  for (size_t i = 0; i < std::size(kBlocks); ++i) {
    const Block& block = kBlocks[i];
    const std::string name = StrCat("block_", i);
    const Value depthwise = net.Depthwise(name + ".depthwise", x, Square(block.kernel, block.stride), kRelu6);
    if (!block.is_residual) {
      x = net.Conv(name + ".pointwise", depthwise, block.channels, Square(1), kRelu6);
      if (i == kMaxPooledBlock) x = net.MaxPool("max_pool", x, Square(3));
      continue;
    }
    const Value projected =
        net.Conv(name + ".project", depthwise, block.channels, Square(1), Activation::kNone);
    x = net.Add(name + ".add", x, projected, kRelu6);
    if (i == kAveragedBlock) x = net.AvgPool("average_pool", x, Square(3));
    if (i == kJoinedBlock) x = net.Concat("join", {x, projected});
  }
  x = net.GlobalAvgPool("global_avg_pool", x);
  x = net.FullyConnected("logits", x, kSelftestClasses);
  net.Softmax("softmax", x);
  std::vector<Layer> layers = net.Build().layers;
  layers.push_back(layers.back());
  layers.back().name = "sigmoid";
  layers.back().op = Sigmoid{};
  if (type == DataType::kF32) {
    layers.push_back(layers.back());
    layers.back().name = "lrn";
    layers.back().op = Lrn{5, 0.5f, 0.75f, 2.0f};
  }
  return layers;
}

// Weights and biases with which the outputs fill the range of ReLU6 in every layer.
template <typename T>
void MakeWeights(SelftestLayer& made, Random& random) {
  const Layer& layer = made.layer;
  const Shape shape = WeightsShape(layer);
  const int64_t count = ElementCount(shape);
  const int64_t channels = layer.output.back();
  const int64_t fan_in = count / channels;
  const bool channels_innermost = std::holds_alternative<Depthwise>(layer.op);
  const bool is_first = std::holds_alternative<Conv>(layer.op) && !IsPointwise(layer);
  const bool is_last = std::holds_alternative<FullyConnected>(layer.op);
  const Quantization& input = made.input_quantizations[0];
  constexpr bool kIsFloat = std::is_same_v<T, float>;
  constexpr bool kIsU8 = std::is_same_v<T, uint8_t>;

  const float gain = is_first ? 4.0f : is_last ? 2.0f : 1.3f;
  const float scale = gain / (kWeightDeviation * std::sqrt(static_cast<float>(fan_in)));
  std::vector<float> scales;
  for (int64_t channel = 0; channel < channels; ++channel) {
    scales.push_back(kIsU8 ? scale : scale * (0.75f + 0.125f * static_cast<float>(channel % 5)));
  }
  const int zero_point = kIsU8 ? kU8WeightsZeroPoint : 0;

  made.weights_data = AlignedBuffer(static_cast<size_t>(count) * sizeof(T));
  std::vector<int32_t> sums(static_cast<size_t>(channels), 0);
  for (int64_t i = 0; i < count; ++i) {
    const auto channel = static_cast<size_t>(channels_innermost ? i % channels : i / fan_in);
    const int weight = random.Integer(-kLargestWeight, kLargestWeight);
    sums[channel] += weight;
    made.weights_data.As<T>()[i] = static_cast<T>(kIsFloat ? static_cast<float>(weight) * scales[channel]
                                                           : static_cast<float>(weight + zero_point));
  }

  // Subtracts what an input that is 2 everywhere, about the mean after ReLU6, would give: it would grow from
  // layer to layer. Half of the outputs of ReLU6 are to be above 2.
  const float input_mean = is_first ? 0.0f : 2.0f;
  const float output_mean = layer.activation == Activation::kRelu6 ? 2.0f : 0.0f;
  const auto steps = [](float value, float step) { return static_cast<int32_t>(std::lrintf(value / step)); };
  const int32_t mean_steps = steps(input_mean, input.scale);
  made.bias_data = AlignedBuffer(static_cast<size_t>(channels) * sizeof(int32_t));
  for (size_t channel = 0; channel < sums.size(); ++channel) {
    const float step = input.scale * scales[channel];
    const int32_t bias = steps(output_mean, step) - mean_steps * sums[channel];
    if (kIsFloat) {
      made.bias_data.As<float>()[channel] = static_cast<float>(bias) * step;
    } else {
      made.bias_data.As<int32_t>()[channel] = bias;
    }
  }

  constexpr DataType kType = kIsFloat ? DataType::kF32 : kIsU8 ? DataType::kU8 : DataType::kS8;
  made.weights.weights = {kType, shape, made.weights_data.data()};
  made.weights.bias = {kIsFloat ? DataType::kF32 : DataType::kS32, {channels}, made.bias_data.data()};
  if (kIsU8) scales.resize(1);
  if (!kIsFloat) made.weights.scales = std::move(scales);
  made.weights.zero_point = zero_point;
}

template <typename T>
SelftestNetwork Make(DataType type) {
  SelftestNetwork made;
  made.type = type;
  std::vector<Layer> layers = MakeLayers(type);
  Random random;
  std::vector<Quantization> quantizations = {Shifted(1.0f / 128, 128, type)};  // of each value
  made.input = RandomPicture<T>(quantizations[0], random, ElementCount(layers[0].input));
  for (Layer& layer : layers) {
    SelftestLayer next;
    next.layer = std::move(layer);
    for (const Value value : next.layer.inputs) next.input_quantizations.push_back(quantizations[value]);
    const bool keeps_quantization = Parameters(next.layer) == 0 &&
                                    !std::holds_alternative<Add>(next.layer.op) &&
                                    !std::holds_alternative<Concat>(next.layer.op);
    next.output_quantization = keeps_quantization                            ? next.input_quantizations[0]
                               : next.layer.activation == Activation::kRelu6 ? FeatureMaps(type)
                                                                             : Logits(type);
    quantizations.push_back(next.output_quantization);
    if (Parameters(next.layer) != 0) MakeWeights<T>(next, random);
    made.layers.push_back(std::move(next));
  }
  return made;
}

// test/engine/selftest_test.cc computes them, too, in a different way.
struct Expected {
  std::array<uint32_t, kSelftestLogitsLayer> checksums;
  std::array<float, kSelftestClasses> logits;
};
constexpr Expected kExpectedF32 = {
    {0x6CCC141C, 0xEA7B8376, 0xD04E926C, 0xF759722A, 0xA6C51215, 0xA21513DF, 0x6734E065,
     0x38BEB4A5, 0xC9B83229, 0xD4AB5B1C, 0xBF54E21B, 0xC8B72FC5, 0x836A1F15, 0xFFBEC176,
     0xFA7C8F48, 0x5C9A856E, 0xDE8AD4E0, 0xA68A33C0, 0x1A59D6F9, 0xC5DC2E6E, 0x114ECA61},
    {3.58873987f,  -2.86267757f,  0.452824026f, 2.97541189f,   -3.94734144f,  0.330015153f, -6.19969463f,
     -1.96185577f, -1.1389538f,   4.03493214f,  2.0382576f,    2.84301853f,   -3.46221304f, -2.84033585f,
     1.6130445f,   -0.161574751f, 3.79973745f,  0.0569075644f, -0.604902744f, -4.05472326f, 1.58725452f}};
constexpr Expected kExpectedU8 = {
    {0xE48704DE, 0x586A5F34, 0xB5D91258, 0x15AEA9FF, 0xBD1D2D51, 0x01994B67, 0x0B0C1C34,
     0x2C1912F6, 0xA65FE687, 0x9E5FCA57, 0x83416EAA, 0xE79928E6, 0x983989A4, 0x4D5D00DA,
     0xB7524494, 0x771DEB2F, 0x9437FEF6, 0x83F00871, 0x31735FF7, 0xBA4281A5, 0xCC0C7D75},
    {157, 80, 110, 124, 81, 109, 39, 96, 104, 141, 142, 143, 75, 83, 133, 116, 144, 113, 104, 82, 142}};
constexpr Expected kExpectedS8 = {
    {0xF8577DC0, 0xBE300179, 0xE27AC205, 0x5031B872, 0xDC68A008, 0xCE32E6EC, 0x6DEBE474,
     0x7B8E7E81, 0x240C6A46, 0xB5B8190A, 0x0801C2B5, 0x97B8A125, 0x9C8CC06A, 0x988F267B,
     0xC83653A8, 0x39A0F948, 0x7BE7F831, 0xCDCFA394, 0x1F5C47CB, 0x46220C42, 0xA3A7514E},
    {18, -47, -14, 11, -58, -14, -80, -38, -30, 23, 2, 11, -53, -46, -2, -20, 21, -17, -23, -58, -2}};

}  // namespace

SelftestNetwork MakeSelftestNetwork(DataType type) {
  SelftestNetwork made = type == DataType::kF32  ? Make<float>(type)
                         : type == DataType::kU8 ? Make<uint8_t>(type)
                                                 : Make<int8_t>(type);
  const Expected& expected = type == DataType::kF32  ? kExpectedF32
                             : type == DataType::kU8 ? kExpectedU8
                                                     : kExpectedS8;
  made.checksums = expected.checksums;
  made.logits = expected.logits;
  return made;
}

uint32_t Checksum(const std::byte* bytes, size_t count) {
  uint32_t checksum = 2166136261;
  for (size_t i = 0; i < count; ++i) checksum = (checksum ^ std::to_integer<uint32_t>(bytes[i])) * 16777619;
  return checksum;
}

}  // namespace mobilenet
