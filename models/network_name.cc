#include "models/network_name.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "models/catalogue.h"
#include "src/base/error.h"
#include "src/base/excerpt.h"
#include "src/base/nearest_name.h"
#include "src/base/parse_number.h"

namespace mobilenet {
namespace {

std::string_view TypeOf(std::string_view quantization) {
  if (quantization == "u8_per_tensor") return "u8";
  return quantization == "s8_per_channel" ? "s8" : "f32";
}

bool IsType(std::string_view text) {
  return text == "f32" || text == "u8" || text == "s8";
}

// The longest architecture name that the name begins with, up to its end or a "_"; null for none.
const Architecture* ArchitectureOf(std::string_view name) {
  const Architecture* longest = nullptr;
  for (const Architecture& architecture : kArchitectures) {
    const std::string_view known = architecture.name;
    if (!name.starts_with(known) || (name.size() > known.size() && name[known.size()] != '_')) continue;
    if (!longest || known.size() > longest->name.size()) longest = &architecture;
  }
  return longest;
}

[[noreturn]] void FailUnknown(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Architecture& architecture : kArchitectures) names.push_back(architecture.name);
  const auto models = KnownModelNames();
  names.insert(names.end(), models.begin(), models.end());
  if (const auto nearest = NearestName(name, names)) {
    Fail(Excerpt(name), ": unknown network (did you mean ", *nearest, "?)");
  }
  Fail(Excerpt(name),
       ": unknown network (NAME[_WIDTH][_PIXELS] with one of these names: ", ArchitectureNames(),
       "; or a file NAME.safetensors)");
}

}  // namespace

NamedNetwork ParseNetworkName(std::string_view name, int classes) {
  for (const KnownModel& model : KnownModels()) {
    if (model.name != name) continue;
    return {.architecture = model.architecture,
            .size = {model.width_multiplier, model.resolution, model.classes},
            .type = TypeOf(model.quantization),
            .model_name = model.name};
  }
  const Architecture* architecture = ArchitectureOf(name);
  if (!architecture) FailUnknown(name);
  NamedNetwork network{.architecture = architecture->name,
                       .size = {1.0, architecture->default_resolution, classes},
                       .type = {},
                       .model_name = {}};
  // Numbers up to kMaxWidthMultiplier are widths, numbers from kMinResolution on are pixels; none is both.
  enum { kWidth, kPixels, kType, kEnd } next = kWidth;
  std::string_view rest = name.substr(architecture->name.size());
  while (!rest.empty()) {
    rest.remove_prefix(1);  // the "_"
    const std::string_view part = rest.substr(0, rest.find('_'));
    rest.remove_prefix(part.size());
    const auto width = ParseNumber<double>(part);
    const auto pixels = ParseNumber<int>(part);
    if (next <= kPixels && pixels && *pixels >= kMinResolution) {
      network.size.resolution = *pixels;
      next = kType;
    } else if (next <= kWidth && width && *width <= kMaxWidthMultiplier) {
      network.size.width_multiplier = *width;
      next = kPixels;
    } else if (next <= kType && IsType(part)) {
      network.type = part;
      next = kEnd;
    } else {
      Fail(Excerpt(name), ": unknown network (", architecture->name,
           " may be followed by width multiplier, pixels and f32, u8 or s8, each after a \"_\")");
    }
  }
  return network;
}

std::optional<PublishedTop1> PublishedTop1Of(const NamedNetwork& network) {
  for (const KnownModel& model : KnownModels()) {
    if (model.name != network.model_name) continue;
    if (!model.published_top1) return std::nullopt;
    return PublishedTop1{*model.published_top1, kPublishedWeights};
  }
  return FindPublishedTop1(network.architecture, network.size.width_multiplier, network.size.resolution,
                           network.type.empty() ? "f32" : network.type);
}

}  // namespace mobilenet
