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
// every CPU. The types hold the same picture, and the same weights up to their scales.
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

std::vector<Layer> MakeLayers() {
  NetworkBuilder net({64, 64, 3});
  constexpr Activation kRelu6 = Activation::kRelu6;
  Value x = net.Conv("conv1", net.kInput, 6, Square(3, 2), kRelu6);
  for (size_t i = 0; i < std::size(kBlocks); ++i) {
    const Block& block = kBlocks[i];
    const std::string name = StrCat("block_", i);
    const Value depthwise = net.Depthwise(name + ".depthwise", x, Square(block.kernel, block.stride), kRelu6);
    if (!block.is_residual) {
      x = net.Conv(name + ".pointwise", depthwise, block.channels, Square(1), kRelu6);
      continue;
    }
    const Value projected =
        net.Conv(name + ".project", depthwise, block.channels, Square(1), Activation::kNone);
    x = net.Add(name + ".add", x, projected, kRelu6);
    if (i == kJoinedBlock) x = net.Concat("join", {x, projected});
  }
  x = net.GlobalAvgPool("global_avg_pool", x);
  x = net.FullyConnected("logits", x, kSelftestClasses);
  net.Softmax("softmax", x);
  std::vector<Layer> layers = net.Build().layers;
  layers.push_back(layers.back());
  layers.back().name = "sigmoid";
  layers.back().op = Sigmoid{};
  return layers;
}

// Weights and biases with which the outputs fill the range of ReLU6 on every layer.
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

  // Taken off is what an input of everywhere 2, about the mean after ReLU6, would give: it would grow from
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
  std::vector<Layer> layers = MakeLayers();
  Random random;
  std::vector<Quantization> quantizations = {Shifted(1.0f / 128, 128, type)};  // of each value
  made.input = RandomPicture<T>(quantizations[0], random, ElementCount(layers[0].input));
  for (Layer& layer : layers) {
    SelftestLayer next;
    next.layer = std::move(layer);
    for (const Value value : next.layer.inputs) next.input_quantizations.push_back(quantizations[value]);
    const bool keeps_quantization =
        std::holds_alternative<GlobalAvgPool>(next.layer.op) || MakesScores(next.layer);
    next.output_quantization = keeps_quantization                            ? next.input_quantizations[0]
                               : next.layer.activation == Activation::kRelu6 ? FeatureMaps(type)
                                                                             : Logits(type);
    quantizations.push_back(next.output_quantization);
    if (Parameters(next.layer) != 0) MakeWeights<T>(next, random);
    made.layers.push_back(std::move(next));
  }
  return made;
}

// test/engine/selftest_test.cc computes them too, in other words.
struct Expected {
  std::array<uint32_t, kSelftestLogitsLayer> checksums;
  std::array<float, kSelftestClasses> logits;
};
constexpr Expected kExpectedF32 = {
    {0x6CCC141C, 0xEA7B8376, 0xD04E926C, 0xF759722A, 0xA6C51215, 0xA21513DF, 0x6734E065, 0x38BEB4A5,
     0xC9B83229, 0xD4AB5B1C, 0xBF54E21B, 0x8A1AC806, 0x8165DA65, 0x51E5FABE, 0xB9DF0469, 0x044A96DA,
     0xDBE22D87, 0xD7E2C3F4, 0x7A6D262A},
    {2.00938654f,  -0.00903503597f, 0.855766952f,  3.0644393f,  -1.18220615f, 1.79398f,      -4.83899117f,
     1.58541465f,  2.02863574f,     -0.708716512f, 2.35147619f, 3.16515923f,  -5.4907279f,   -2.08016658f,
     -1.72827423f, 0.891849875f,    3.15327096f,   1.62023199f, -1.66839373f, -0.586850166f, -2.3754909f}};
constexpr Expected kExpectedU8 = {
    {0xE48704DE, 0x586A5F34, 0xB5D91258, 0x15AEA9FF, 0xBD1D2D51, 0x01994B67, 0x0B0C1C34, 0x2C1912F6,
     0xA65FE687, 0x9E5FCA57, 0x83416EAA, 0x787E8078, 0x1DD6BEC3, 0xD3D5FD4C, 0x868CD8DA, 0x8E12174A,
     0x30F83E3F, 0xB7F3088C, 0x8CFC4B2C},
    {115, 108, 103, 125, 73, 126, 70, 114, 107, 106, 163, 152, 45, 109, 76, 122, 156, 124, 87, 120, 79}};
constexpr Expected kExpectedS8 = {
    {0xF8577DC0, 0xBE300179, 0xE27AC205, 0x5031B872, 0xDC68A008, 0xCE32E6EC, 0x6DEBE474, 0x7B8E7E81,
     0x240C6A46, 0xB5B8190A, 0x0801C2B5, 0x5C9A85FF, 0x584281CE, 0xB4B14336, 0x70331EF6, 0x8717CE27,
     0x669A6AE8, 0xEFD4D470, 0xFEE7881F},
    {2, -19, -10, 13, -30, 0, -66, -1, 3, -24, 5, 14, -72, -40, -33, -9, 14, -2, -35, -23, -41}};

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
