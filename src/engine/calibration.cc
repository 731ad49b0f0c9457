#include "src/engine/calibration.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include "src/base/error.h"
#include "src/base/number_text.h"
#include "src/base/parse_number.h"

namespace mobilenet {
namespace {

// As a file of ranges has it.
double Rounded(double number) {
  return ParseNumber<double>(SignificantText(number, kChannelDigits)).value_or(number);
}

}  // namespace

PlanOptions CalibrationPlanOptions(int threads) {
  return {.backend = BackendChoice::kNative,
          .precision = DataType::kF32,
          .threads = threads,
          .isa = Isa::kScalar,
          .cache_bytes = 0};
}

Calibration::Calibration(const Network& network) : network_(network), values_(network.layers.size()) {
  for (Value value = 0; value < values_.size(); ++value) {
    const auto channels = static_cast<size_t>(ShapeOf(network, value).back());
    values_[value].channels.resize(channels);
    values_[value].mins.resize(channels);
    values_[value].maxes.resize(channels);
  }
}

void Calibration::Add(Value value, const Operand& map) {
  Sums& sums = values_[value];
  const size_t channels = sums.channels.size();
  const int64_t pixels = ElementCount(map.shape) / static_cast<int64_t>(channels);
  const auto* pixel = static_cast<const float*>(map.data);
  for (int64_t i = 0; i < pixels; ++i, pixel += map.pixel_stride) {
    for (size_t c = 0; c < channels; ++c) {
      sums.mins[c] = std::min(sums.mins[c], pixel[c]);
      sums.maxes[c] = std::max(sums.maxes[c], pixel[c]);
      sums.channels[c] += static_cast<double>(pixel[c]);
    }
  }
  sums.pixels += pixels;
}

std::vector<ValueStatistics> Calibration::Statistics(const std::string& where) const {
  std::vector<ValueStatistics> statistics;
  for (Value value = 0; value < values_.size(); ++value) {
    const Sums& sums = values_[value];
    ValueStatistics of_value{*std::min_element(sums.mins.begin(), sums.mins.end()),
                             *std::max_element(sums.maxes.begin(), sums.maxes.end()),
                             sums.channels,
                             {},
                             {}};
    for (double& mean : of_value.channel_means) {
      // A value that is not a number shows in the sums, whatever became of the range.
      if (!std::isfinite(mean)) {
        const std::string_view name =
            value == 0 ? "input" : std::string_view(network_.layers[value - 1].name);
        Fail(where, ": the output of ", name,
             " is infinite or not a number (the weights are damaged, or never worked)");
      }
      mean /= static_cast<double>(std::max<int64_t>(sums.pixels, 1));
      mean = Rounded(mean);
    }
    for (const float min : sums.mins) of_value.channel_mins.push_back(Rounded(static_cast<double>(min)));
    for (const float max : sums.maxes) of_value.channel_maxes.push_back(Rounded(static_cast<double>(max)));
    statistics.push_back(std::move(of_value));
  }
  return statistics;
}

}  // namespace mobilenet
