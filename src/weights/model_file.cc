#include "src/weights/model_file.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <utility>
#include <variant>

#include "kernels/common/half.h"
#include "models/registry.h"
#include "src/base/error.h"
#include "src/base/excerpt.h"
#include "src/base/parse_number.h"
#include "src/base/sha256.h"
#include "src/base/str_cat.h"
#include "src/json/json.h"
#include "src/weights/checksum.h"

namespace mobilenet {
namespace {

template <typename Enum>
using Names = std::span<const std::pair<std::string_view, Enum>>;

constexpr std::pair<std::string_view, WeightQuantization> kQuantizations[] = {
    {"none", WeightQuantization::kNone},
    {"u8_per_tensor", WeightQuantization::kU8PerTensor},
    {"s8_per_channel", WeightQuantization::kS8PerChannel},
};
constexpr std::pair<std::string_view, ResizeMode> kResizeModes[] = {
    {"crop", ResizeMode::kCrop},
    {"squash", ResizeMode::kSquash},
    {"fit", ResizeMode::kFit},
};
constexpr std::pair<std::string_view, Interpolation> kInterpolations[] = {
    {"bilinear", Interpolation::kBilinear},
    {"bicubic", Interpolation::kBicubic},
};
constexpr std::pair<std::string_view, ColorOrder> kColorOrders[] = {
    {"rgb", ColorOrder::kRgb},
    {"bgr", ColorOrder::kBgr},
    {"grey", ColorOrder::kGrey},
};
constexpr std::pair<std::string_view, DataType> kDtypes[] = {
    {"F32", DataType::kF32}, {"F16", DataType::kF16}, {"U8", DataType::kU8},
    {"I8", DataType::kS8},   {"I32", DataType::kS32},
};

template <typename Enum>
std::optional<Enum> FindName(Names<Enum> names, std::string_view name) {
  for (const auto& [known, value] : names) {
    if (known == name) return value;
  }
  return std::nullopt;
}

template <typename Enum>
std::string_view NameOf(Names<Enum> names, Enum value) {
  const auto is_it = [&](const auto& known) { return known.second == value; };
  return std::find_if(names.begin(), names.end(), is_it)->first;
}

std::string Quoted(std::string_view text) {
  return StrCat("\"", Excerpt(text), "\"");
}

// The value that has this name; throws Error listing the names if none has it.
template <typename Enum>
Enum ParseName(Names<Enum> names, std::string_view name, std::string_view where) {
  if (const auto value = FindName(names, name)) return *value;
  Fail(where, " ", Quoted(name), " (one of ",
       StrJoin(names, ", ", [](const auto& known) { return known.first; }), ")");
}

// Reads the mobilenet.* metadata; the messages name the file and the key.
class MetadataReader {
 public:
  explicit MetadataReader(const Safetensors& file) : file_(file) {}

  const std::string& Text(std::string_view key) const {
    const auto found = file_.metadata().find(key);
    if (found == file_.metadata().end()) {
      Fail(file_.path(), ": no metadata ", key, " (not a model file of mobilenet?)");
    }
    return found->second;
  }

  std::string Where(std::string_view key) const { return StrCat(file_.path(), ": ", key); }

  int PositiveInteger(std::string_view key, int max) const {
    const auto number = ParseNumber<int>(Text(key));
    if (!number || *number < 1 || *number > max) {
      Fail(Where(key), " ", Quoted(Text(key)), " (a whole number in 1...", max, ")");
    }
    return *number;
  }

  double PositiveNumber(std::string_view key) const {
    const auto number = ParseNumber<double>(Text(key));
    if (!number || !std::isfinite(*number) || *number <= 0) {
      Fail(Where(key), " ", Quoted(Text(key)), " (a number above 0)");
    }
    return *number;
  }

  PreprocessSpec Preprocess() const {
    constexpr std::string_view kKey = "mobilenet.preprocess";
    const std::string where = Where(kKey);
    const Json json = ParseJson(Text(kKey), where);
    if (!json.is_object()) Fail(where, ": not a JSON object");
    for (const std::string& name : json.keys) {
      constexpr std::string_view kKnown[] = {"color",         "resize", "crop_fraction",
                                             "interpolation", "mean",   "std"};
      // A key we don't know may change what the others mean.
      if (std::find(std::begin(kKnown), std::end(kKnown), name) == std::end(kKnown)) {
        Fail(where, ": unknown key ", Excerpt(name));
      }
    }

    const auto text = [&](std::string_view name) -> const std::string& {
      const Json* member = json.Find(name);
      if (!member || !member->String()) Fail(where, ": ", name, " is not a string");
      return *member->String();
    };
    PreprocessSpec spec;
    spec.color = ParseName<ColorOrder>(kColorOrders, text("color"), where + ": color");
    spec.interpolation =
        ParseName<Interpolation>(kInterpolations, text("interpolation"), where + ": interpolation");
    spec.resize = ParseName<ResizeMode>(kResizeModes, text("resize"), where + ": resize");
    const Json* crop_fraction = json.Find("crop_fraction");
    if (spec.resize == ResizeMode::kCrop || crop_fraction) {
      const auto fraction = crop_fraction ? crop_fraction->Number() : std::nullopt;
      if (!fraction) Fail(where, ": crop_fraction is not a number");
      if (!(*fraction > 0 && *fraction <= 1)) {
        Fail(where, ": crop_fraction ", *fraction, " (above 0, at most 1)");
      }
      spec.crop_fraction = *fraction;
    }
    const auto channels = static_cast<size_t>(spec.channels());
    spec.mean = ChannelNumbers(json, "mean", channels, where);
    spec.std = ChannelNumbers(json, "std", channels, where);
    for (double std : spec.std) {
      if (std <= 0) Fail(where, ": std ", std, " (above 0)");
    }
    return spec;
  }

  std::optional<double> UnknownBelow() const {
    constexpr std::string_view kKey = "mobilenet.unknown_below";
    const auto found = file_.metadata().find(kKey);
    if (found == file_.metadata().end()) return std::nullopt;
    const auto score = ParseNumber<double>(found->second);
    if (!score || !(*score >= 0 && *score <= 1)) {
      Fail(Where(kKey), " ", Quoted(found->second), " (a score in 0...1)");
    }
    return score;
  }

  std::vector<std::string> Labels(int classes) const {
    constexpr std::string_view kKey = "mobilenet.labels";
    Json json = ParseJson(Text(kKey), Where(kKey));
    if (!json.is_array()) Fail(Where(kKey), ": not a JSON list");
    if (json.elements.size() != static_cast<size_t>(classes)) {
      Fail(Where(kKey), ": ", json.elements.size(), " labels, expected ", classes, " (mobilenet.classes)");
    }
    std::vector<std::string> labels;
    labels.reserve(json.elements.size());
    for (Json& element : json.elements) {
      auto* label = std::get_if<std::string>(&element.scalar);
      if (!label) Fail(Where(kKey), ": label ", labels.size(), " is not a string");
      labels.push_back(std::move(*label));
    }
    return labels;
  }

 private:
  // One per channel; the remaining ones repeat the first.
  static std::array<double, 3> ChannelNumbers(const Json& json, std::string_view name, size_t channels,
                                              const std::string& where) {
    const auto fail = [&] {
      Fail(where, ": ", name, " is not a list of ", channels, channels == 1 ? " number" : " numbers");
    };
    const Json* member = json.Find(name);
    if (!member || !member->is_array() || member->elements.size() != channels) fail();
    std::array<double, 3> numbers{};
    for (size_t i = 0; i < channels; ++i) {
      const auto number = member->elements[i].Number();
      if (!number) fail();
      // The engine computes in float, where a larger number would be infinite.
      if (!std::isfinite(static_cast<float>(*number))) {
        Fail(where, ": ", name, " ", *number, " (finite as a float)");
      }
      numbers[i] = *number;
    }
    std::fill(numbers.begin() + static_cast<std::ptrdiff_t>(channels), numbers.end(), numbers[0]);
    return numbers;
  }

  const Safetensors& file_;
};

// The index of the first value that is infinite or not a number, or `count`.
size_t FindNonFinite(const float* values, size_t count) {
  // In blocks without an early exit, which compilers vectorise: 17 MB of weights take 2 ms less.
  constexpr uint32_t kExponent = 0x7F800000;
  constexpr size_t kBlock = 1024;
  for (size_t begin = 0; begin < count; begin += kBlock) {
    const size_t end = std::min(begin + kBlock, count);
    bool all_finite = true;
    for (size_t i = begin; i < end; ++i) {
      all_finite &= (std::bit_cast<uint32_t>(values[i]) & kExponent) != kExponent;
    }
    if (all_finite) continue;
    for (size_t i = begin; i < end; ++i) {
      if (!std::isfinite(values[i])) return i;
    }
  }
  return count;
}

void CheckFinite(const std::string& path, std::string_view name, const float* values, size_t count) {
  const size_t index = FindNonFinite(values, count);
  if (index < count) {
    Fail(path, ": ", name, ": element ", index, " is ", values[index], " (finite numbers are needed)");
  }
}

void CheckShape(const std::string& path, std::string_view name, const Shape& found, const Shape& expected) {
  if (found == expected) return;
  Fail(path, ": ", name, ": shape ", Excerpt(ShapeText(found)), ", expected ", ShapeText(expected));
}

// Files from other programs, and from earlier converters, have none.
void CheckWeights(const Safetensors& file) {
  const auto expected = file.metadata().find("mobilenet.checksum");
  if (expected == file.metadata().end()) return;
  const std::string found = WeightsChecksum(file.data());
  if (found == expected->second) return;
  Fail(file.path(), ": the weights are damaged: checksum ", found, ", expected ", Excerpt(expected->second),
       " (get the model again)");
}

}  // namespace

std::string_view QuantizationName(WeightQuantization quantization) {
  return NameOf<WeightQuantization>(kQuantizations, quantization);
}

WeightQuantization QuantizationOfName(std::string_view name) {
  const auto found = FindName<WeightQuantization>(kQuantizations, name);
  if (!found) Fail("quantization ", name, ": unknown");
  return *found;
}

std::string_view DtypeName(DataType type) {
  return NameOf<DataType>(kDtypes, type);
}

ModelFile ModelFile::Open(const std::string& path) {
  return Parse(path, LoadedFile(path));
}

ModelFile ModelFile::Parse(const std::string& path, LoadedFile loaded) {
  ModelFile model;
  model.file_ = Safetensors::Parse(path, std::move(loaded));
  const MetadataReader metadata(model.file_);
  if (const std::string& format = metadata.Text("mobilenet.format"); format != "1") {
    Fail(metadata.Where("mobilenet.format"), " ", Quoted(format), ", expected \"1\"");
  }
  model.architecture_ = metadata.Text("mobilenet.architecture");
  if (model.architecture_.empty()) Fail(metadata.Where("mobilenet.architecture"), " is empty");
  model.width_multiplier_ = metadata.PositiveNumber("mobilenet.width_multiplier");
  model.resolution_ = metadata.PositiveInteger("mobilenet.resolution", kMaxResolution);
  model.classes_ = metadata.PositiveInteger("mobilenet.classes", kMaxClasses);
  model.quantization_ = ParseName<WeightQuantization>(kQuantizations, metadata.Text("mobilenet.quantization"),
                                                      metadata.Where("mobilenet.quantization"));
  const auto layers = model.file_.metadata().find("mobilenet.layers");
  if (layers != model.file_.metadata().end()) model.layers_ = layers->second;
  model.preprocess_ = metadata.Preprocess();
  model.labels_ = metadata.Labels(model.classes_);
  model.unknown_below_ = metadata.UnknownBelow();
  CheckWeights(model.file_);
  return model;
}

std::optional<double> ModelFile::PublishedTop1() const {
  const auto source = file_.metadata().find("mobilenet.source");
  if (source == file_.metadata().end()) return std::nullopt;
  const auto json = TryParseJson(source->second);
  const Json* top1 = json ? json->Find("published_top1") : nullptr;
  const auto percent = top1 ? top1->Number() : std::nullopt;
  return percent && *percent >= 0 && *percent <= 100 ? percent : std::nullopt;
}

std::string ModelFile::Sha256() const {
  return mobilenet::Sha256(file_.bytes());
}

std::string ModelFile::Checksum() const {
  return WeightsChecksum(file_.data());
}

TensorView ModelFile::Tensor(std::string_view name, DataType type, const Shape& shape) const {
  const Safetensors::Entry* entry = file_.Find(name);
  if (!entry) {
    Fail(path(), ": no tensor ", name, " (", DataTypeName(type), " ", ShapeText(shape), " is needed)");
  }
  const auto found_type = FindName<DataType>(kDtypes, entry->dtype);
  if (found_type != type) {
    Fail(path(), ": ", name, ": type ", found_type ? DataTypeName(*found_type) : Excerpt(entry->dtype),
         ", expected ", DataTypeName(type));
  }
  CheckShape(path(), name, entry->shape, shape);
  TensorView view{type, shape, entry->data};
  if (type == DataType::kF32) {
    CheckFinite(path(), name, view.As<float>(), static_cast<size_t>(ElementCount(shape)));
  }
  return view;
}

TensorView ModelFile::StoredTensor(std::string_view name) const {
  const Safetensors::Entry* entry = file_.Find(name);
  const auto type = entry ? FindName<DataType>(kDtypes, entry->dtype) : std::nullopt;
  if (type == DataType::kF16) {
    Fail(path(), ": ", name, ": half floats (the f32 file that this one was made from is needed)");
  }
  if (!type) Fail(path(), ": no tensor ", Excerpt(name), " of f32, u8, s8 or s32");
  return Tensor(name, *type, entry->shape);
}

bool ModelFile::IsHalf(std::string_view name) const {
  const Safetensors::Entry* entry = file_.Find(name);
  return entry && entry->dtype == DtypeName(DataType::kF16);
}

void ModelFile::WidenHalf(std::string_view name, const Shape& shape, float* to) const {
  const Safetensors::Entry& entry = *file_.Find(name);
  CheckShape(path(), name, entry.shape, shape);
  const auto* halves = reinterpret_cast<const Half*>(entry.data);
  const auto count = static_cast<size_t>(ElementCount(shape));
  std::copy_n(halves, count, to);
  CheckFinite(path(), name, to, count);
}

void ModelFile::GiveBack(const TensorView& tensor) {
  const auto elements = static_cast<size_t>(ElementCount(tensor.shape));
  file_.GiveBack(static_cast<const std::byte*>(tensor.data), elements * ElementBytes(tensor.type));
}

std::vector<float> ModelFile::Scales(std::string_view name, int64_t count) const {
  const std::string tensor_name = StrCat(name, ".scale");
  const TensorView view = Tensor(tensor_name, DataType::kF32, {count});
  std::vector<float> scales(view.As<float>(), view.As<float>() + count);
  for (float scale : scales) {
    // Subnormal numbers count as zero on CPUs that flush them, as 32-bit NEON does.
    if (!std::isnormal(scale) || scale < 0) {
      Fail(path(), ": ", tensor_name, ": ", scale, " (finite, above 0 and not subnormal is needed)");
    }
  }
  return scales;
}

int ModelFile::ZeroPoint(std::string_view name) const {
  const std::string tensor_name = StrCat(name, ".zero_point");
  const int32_t zero_point = *Tensor(tensor_name, DataType::kS32, {1}).As<int32_t>();
  const int min = quantization_ == WeightQuantization::kU8PerTensor ? 0 : -128;
  if (zero_point < min || zero_point > min + 255) {
    Fail(path(), ": ", tensor_name, ": ", zero_point, " (in ", min, "...", min + 255, ")");
  }
  return zero_point;
}

}  // namespace mobilenet
