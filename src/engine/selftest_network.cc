#include "src/engine/selftest_network.h"

#include <cmath>
#include <type_traits>
#include <utility>
#include <variant>

#include "models/registry.h"
#include "src/base/random.h"

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
  const float output_mean = is_last ? 0.0f : 2.0f;
  const auto steps = [](float value, float step) { return static_cast<int32_t>(std::lrintf(value / step)); };
  const int32_t mean_steps = steps(input_mean, made.input_quantization.scale);
  made.bias_data = AlignedBuffer(static_cast<size_t>(channels) * sizeof(int32_t));
  for (size_t channel = 0; channel < sums.size(); ++channel) {
    const float step = made.input_quantization.scale * scales[channel];
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
  Network network = MakeNetwork("mobilenet_v1", 0.2, 64, kSelftestClasses);
  Random random;
  Quantization quantization = Shifted(1.0f / 128, 128, type);
  made.input = RandomPicture<T>(quantization, random, ElementCount(network.layers[0].input));
  for (Layer& layer : network.layers) {
    SelftestLayer next;
    next.layer = std::move(layer);
    next.input_quantization = quantization;
    if (Parameters(next.layer) != 0) {  // pooling and softmax keep their input's quantisation
      quantization = next.layer.activation == Activation::kRelu6 ? FeatureMaps(type) : Logits(type);
      MakeWeights<T>(next, random);
    }
    next.output_quantization = quantization;
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
    {0x8E6EB383, 0x5C629937, 0xC8A25661, 0x346302E9, 0xBE81BA22, 0x8DE967BB, 0xD001318A,
     0x00E944A2, 0xF414F018, 0xB6A3B1AB, 0xFF5D67D4, 0x2B0E5BA5, 0xD329F333, 0x99356F41,
     0x95D2926C, 0x38758401, 0xAC16F365, 0x91AFFB89, 0x39A1FDAD, 0x2E197CA1, 0xE2FB4B38,
     0xEC1EEB41, 0x4406F3DF, 0x5413FB3F, 0x8ECAD194, 0xF25A7546, 0x46007EA2, 0x56FC5F91},
    {1.16734934f,   3.52867937f,  -0.872074544f, 2.84776688f,  1.1702143f, 1.05587983f, -0.650550842f,
     -2.31381345f,  -4.13819361f, -2.36003208f,  -1.2526536f,  1.316854f,  3.28901482f, -2.24513793f,
     -0.882676005f, -1.06294584f, -1.35581601f,  0.547807932f, 3.3304317f, 1.20455074f, -1.27075768f}};
constexpr Expected kExpectedU8 = {
    {0x90C93DBB, 0xF32458F6, 0xE57120D6, 0x0362607B, 0x8C7FE3E4, 0x0B668DDC, 0x64341A0D,
     0x82B32A5B, 0x41CE04B9, 0x1E502215, 0x60ADFB47, 0xB1555DD8, 0x36FE3A82, 0x904F8F3B,
     0x7CC36683, 0xB110AD0E, 0x543868E7, 0x61C1AD65, 0x8DAB4677, 0x21E581C8, 0x2103369B,
     0xAC44ACCC, 0x666D0595, 0x6D60F534, 0x0D920C64, 0xBC3B489E, 0xF6143580, 0xC0754E7E},
    {129, 149, 108, 118, 120, 124, 112, 112, 78, 79, 91, 125, 154, 89, 95, 98, 98, 105, 131, 115, 92}};
constexpr Expected kExpectedS8 = {
    {0x83B21E55, 0x9D777DDA, 0x66B17226, 0x2CBFD025, 0x8FF38B9D, 0x85484EB9, 0xEB906140,
     0x1402C273, 0x0F464D80, 0x0FB193C1, 0x8087AED6, 0xC4224A7A, 0x8C5D9158, 0x991485DF,
     0x4F00821A, 0xCE581D19, 0x6CF1DBEC, 0x5BD69EAC, 0x0E20185B, 0x4A12EB97, 0x94C459DD,
     0x3E07D6D5, 0xA39E13E2, 0xF55A340A, 0x14C5D311, 0x1B9E0411, 0xC75E9C36, 0x82D77EAA},
    {-7, 17, -27, 11, -7, -8, -24, -41, -60, -41, -31, -5, 15, -42, -27, -29, -32, -13, 15, -6, -30}};

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
