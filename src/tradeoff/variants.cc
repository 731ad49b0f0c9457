#include "src/tradeoff/variants.h"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <utility>

#include "models/registry.h"
#include "src/base/error.h"
#include "src/engine/layer_weights.h"
#include "src/engine/model_network.h"
#include "src/weights/model_file.h"
#include "src/weights/model_lookup.h"

namespace mobilenet {
namespace {

// Of an architecture and a type of weights so many networks calibrate the estimate: the smallest, the
// largest, and one of those between.
constexpr size_t kCalibrations = 3;

// Whether weights of a type can run so: every one in f32, floats in f16, and as they are.
bool RunsIn(const std::optional<DataType>& precision, WeightQuantization quantization) {
  if (precision == DataType::kF16) return quantization == WeightQuantization::kNone;
  return !precision || *precision == DataType::kF32 || *precision == StoredType(quantization);
}

const KnownModel* FindKnown(const std::string& name) {
  for (const KnownModel& known : KnownModels()) {
    if (known.name == name) return &known;
  }
  return nullptr;
}

void FindEstimated(std::span<const Variant> found, const std::optional<DataType>& precision,
                   Variants& variants) {
  std::map<std::pair<std::string_view, std::string_view>, std::vector<const KnownModel*>> groups;
  for (const KnownModel& known : KnownModels()) {
    const bool is_here = std::any_of(found.begin(), found.end(),
                                     [&](const Variant& variant) { return variant.known == &known; });
    if (is_here || !RunsIn(precision, QuantizationOfName(known.quantization))) continue;
    variants.estimated.push_back(&known);
    groups[{known.architecture, known.quantization}].push_back(&known);
  }
  for (auto& [key, group] : groups) {
    std::stable_sort(group.begin(), group.end(), [](const KnownModel* a, const KnownModel* b) {
      return MultAdds(NetworkOfKnown(*a)) < MultAdds(NetworkOfKnown(*b));
    });
    const size_t count = std::min(kCalibrations, group.size());
    for (size_t i = 0; i < count; ++i) {
      const KnownModel* known = group[count == 1 ? 0 : i * (group.size() - 1) / (count - 1)];
      variants.calibrations.push_back({std::string(known->name), "", known});
    }
  }
}

}  // namespace

Network NetworkOfKnown(const KnownModel& known) {
  return MakeNetwork(known.architecture, known.width_multiplier, known.resolution, known.classes);
}

Variants FindVariants(std::span<const std::string> models, std::optional<DataType> precision,
                      bool estimates) {
  std::vector<Variant> found;
  if (models.empty()) {
    for (const ModelHere& model : ModelsHere()) {
      found.push_back({model.name, model.path, FindKnown(model.name)});
    }
  }
  for (const std::string& model : models) {
    const std::string path = FindModel(model);
    // A name is shown as it was given; a file's name may be the catalogue's.
    found.push_back({model, path, FindKnown(std::filesystem::path(path).stem().string())});
  }
  Variants variants;
  for (const Variant& variant : found) {
    try {
      const ModelFile file = ModelFile::Open(variant.path);
      if (!RunsIn(precision, file.quantization())) {
        ++variants.of_other_types;
        continue;
      }
      Variants::Description description{NetworkOf(file), file.PublishedTop1()};
      if (!description.published_top1 && variant.known) {
        description.published_top1 = variant.known->published_top1;
      }
      variants.descriptions.emplace(variant.key(), std::move(description));
      variants.here.push_back(variant);
    } catch (const Error& error) {
      variants.errors.emplace_back(error.what());
    }
  }
  if (estimates) FindEstimated(found, precision, variants);
  return variants;
}

}  // namespace mobilenet
