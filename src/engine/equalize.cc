#include "src/engine/equalize.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <variant>

#include "src/engine/value_groups.h"

namespace mobilenet {
namespace {

// More would bring noise to a channel's readers, which the calibration has hardly seen.
constexpr double kLargestFactor = 16;

// Whether the layer's output has its inputs' channels, with their factors if they have any.
bool KeepsChannels(const Layer& layer) {
  return std::holds_alternative<Add>(layer.op) || std::holds_alternative<MaxPool>(layer.op) ||
         std::holds_alternative<AvgPool>(layer.op) || std::holds_alternative<GlobalAvgPool>(layer.op);
}

// Values whose channels must have the same factors.
ValueGroups MakeGroups(const Network& network) {
  ValueGroups groups(network.layers.size());
  for (size_t i = 0; i + 1 < network.layers.size(); ++i) {
    if (!KeepsChannels(network.layers[i])) continue;
    for (const Value input : network.layers[i].inputs) groups.Join(i + 1, input);
  }
  return groups;
}

std::vector<bool> CanBeEqualized(const Network& network, const ValueGroups& groups) {
  const size_t values = network.layers.size();
  std::vector<bool> can(values, true);  // of each group's first
  const auto rule_out = [&](Value value) { can[groups.First(value)] = false; };
  rule_out(0);
  rule_out(network.logits);
  for (size_t i = 0; i < values; ++i) {
    const Layer& layer = network.layers[i];
    if (Parameters(layer) == 0 && !KeepsChannels(layer)) {
      for (const Value input : layer.inputs) rule_out(input);
      if (i + 1 < values) rule_out(i + 1);
    }
    const bool is_proportional =
        layer.activation == Activation::kNone || layer.activation == Activation::kRelu;
    if (!is_proportional && i + 1 < values) rule_out(i + 1);
  }
  for (Value value = 0; value < values; ++value) can[value] = can[groups.First(value)];
  return can;
}

}  // namespace

std::vector<bool> CanBeEqualized(const Network& network) {
  return CanBeEqualized(network, MakeGroups(network));
}

ChannelFactors Equalize(const Network& network, std::span<const ValueStatistics> statistics) {
  const ValueGroups groups = MakeGroups(network);
  const std::vector<bool> can = CanBeEqualized(network, groups);
  std::vector<std::vector<double>> largest(statistics.size());  // magnitude of each channel, of each group
  for (Value value = 0; value < statistics.size(); ++value) {
    if (!can[value]) continue;
    const ValueStatistics& one = statistics[value];
    std::vector<double>& of_group = largest[groups.First(value)];
    of_group.resize(one.channel_means.size());
    for (size_t c = 0; c < of_group.size(); ++c) {
      of_group[c] = std::max({of_group[c], -one.channel_mins[c], one.channel_maxes[c]});
    }
  }
  ChannelFactors factors(statistics.size());
  for (Value value = 0; value < statistics.size(); ++value) {
    if (!can[value]) continue;
    const std::vector<double>& of_group = largest[groups.First(value)];
    const double most = *std::max_element(of_group.begin(), of_group.end());
    for (const double magnitude : of_group) {
      const double least = most / (kLargestFactor * kLargestFactor);
      const double factor = most == 0 ? 1 : std::sqrt(most / std::max(magnitude, least));
      factors[value].push_back(static_cast<float>(factor));
    }
  }
  return factors;
}

}  // namespace mobilenet
