// The known weights (models/catalogue.json): what messages, defaults and comparisons need to know of them is
// compiled in.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace mobilenet {

struct KnownModel {
  std::string_view name;  // "mobilenet_v1_1.0_224_s8"
  std::string_view architecture;
  double width_multiplier = 1.0;
  int resolution = 0;  // pixels
  int classes = 0;
  std::string_view quantization;         // "none", "u8_per_tensor", "s8_per_channel"
  std::optional<double> published_top1;  // percent of ImageNet's validation images
  std::string_view license;              // SPDX: "Apache-2.0"
};

// In the catalogue's order.
std::span<const KnownModel> KnownModels();
std::span<const std::string_view> KnownModelNames();

// The model used if none is named.
std::string_view DefaultModelName();

}  // namespace mobilenet
