#include "src/engine/quantization_loss.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

#include "src/engine/topk.h"

namespace mobilenet {
namespace {

int Top1(std::span<const float> scores) {
  return TopK(scores, 1)[0];
}

// Calls use(channel, value) for each element of a map, in their order.
template <typename T, typename Use>
void ForEach(const Operand& map, const Use& use) {
  const int64_t channels = map.shape.back();
  const int64_t pixels = ElementCount(map.shape) / channels;
  const auto* pixel = static_cast<const T*>(map.data);
  for (int64_t i = 0; i < pixels; ++i, pixel += map.pixel_stride) {
    for (int64_t c = 0; c < channels; ++c) use(c, pixel[c]);
  }
}

}  // namespace

QuantizationLoss::QuantizationLoss(Plan& real, Plan& quantized, ChannelFactors factors)
    : real_(real),
      quantized_(quantized),
      factors_(std::move(factors)),
      signal_(real.network().layers.size()),
      noise_(real.network().layers.size()) {}

void QuantizationLoss::AddPhotograph() {
  std::vector<std::vector<float>> values(signal_.size());
  const int real_top1 = Top1(real_.RunObserved([&](Value value, const Operand& map) {
    values[value].reserve(static_cast<size_t>(ElementCount(map.shape)));
    ForEach<float>(map, [&](int64_t, float x) { values[value].push_back(x); });
  }));
  const int top1 = Top1(quantized_.RunObserved([&](Value value, const Operand& map) {
    const Quantization& quantization = map.quantization;
    const auto scale = static_cast<double>(quantization.scale);
    const float* real = values[value].data();
    double signal = 0;
    double noise = 0;
    const std::vector<float>& factors = factors_[value];
    ForEach<int8_t>(map, [&](int64_t c, int8_t q) {
      const auto x = static_cast<double>(*real++);
      const double factor = factors.empty() ? 1.0 : static_cast<double>(factors[static_cast<size_t>(c)]);
      const double error = x - scale * (q - quantization.zero_point) / factor;
      signal += x * x;
      noise += error * error;
    });
    signal_[value] += signal;
    noise_[value] += noise;
  }));
  ++photographs_;
  if (top1 == real_top1) ++same_top1_;
}

double QuantizationLoss::SqnrDb(Value value) const {
  if (noise_[value] == 0) return std::numeric_limits<double>::infinity();
  return 10 * std::log10(signal_[value] / noise_[value]);
}

}  // namespace mobilenet
