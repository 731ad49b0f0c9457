#include "src/teach/examples.h"

#include <cmath>
#include <cstring>
#include <utility>

#include <Eigen/Core>

#include "src/base/error.h"

namespace mobilenet {
namespace {

size_t StoredBytes(const FeatureSettings& settings) {
  if (settings.type == "f32") return sizeof(Eigen::half);
  if (settings.type == "u8" || settings.type == "s8") return 1;
  Fail("features of type ", settings.type, " (f32, u8 or s8)");
}

}  // namespace

Examples::Examples(const FeatureSettings& settings)
    : settings_(settings), stored_bytes_(StoredBytes(settings)) {}

bool Examples::Add(std::string path, int class_index, const std::vector<std::vector<uint8_t>>& views) {
  const auto count = static_cast<size_t>(settings_.count);
  const bool is_float = settings_.type == "f32";
  if (views.size() != static_cast<size_t>(settings_.views)) return false;
  for (const std::vector<uint8_t>& view : views) {
    if (view.size() != count * (is_float ? sizeof(float) : 1)) return false;
  }
  const size_t photograph_bytes = views.size() * count * stored_bytes_;
  const auto place = static_cast<size_t>(photographs() % kPhotographsOfAChunk);
  if (place == 0) {
    chunks_.push_back(std::make_unique<std::byte[]>(photograph_bytes * size_t{kPhotographsOfAChunk}));
  }
  std::byte* to = chunks_.back().get() + place * photograph_bytes;
  for (const std::vector<uint8_t>& view : views) {
    for (size_t i = 0; is_float && i < count; ++i) {
      float value = 0;
      std::memcpy(&value, view.data() + i * sizeof value, sizeof value);
      const Eigen::half rounded(value);
      if (!std::isfinite(static_cast<float>(rounded))) return false;
      std::memcpy(to + i * sizeof rounded, &rounded, sizeof rounded);
    }
    if (!is_float) std::memcpy(to, view.data(), count);
    to += count * stored_bytes_;
  }
  paths_.push_back(std::move(path));
  classes_.push_back(class_index);
  return true;
}

void Examples::Renumber(std::span<const int> places) {
  for (int& class_index : classes_) {
    if (class_index != kNoClass) class_index = places[static_cast<size_t>(class_index)];
  }
}

void Examples::CopyTo(int64_t photograph, int view, float* row) const {
  const auto count = static_cast<size_t>(settings_.count);
  const auto index = static_cast<size_t>(photograph % kPhotographsOfAChunk * settings_.views + view);
  const std::byte* const from =
      chunks_[static_cast<size_t>(photograph / kPhotographsOfAChunk)].get() + index * count * stored_bytes_;
  const auto scale = static_cast<float>(settings_.scale);
  if (settings_.type == "f32") {
    for (size_t i = 0; i < count; ++i) {
      Eigen::half value;
      std::memcpy(&value, from + i * sizeof value, sizeof value);
      row[i] = static_cast<float>(value);
    }
  } else if (settings_.type == "u8") {
    for (size_t i = 0; i < count; ++i) {
      row[i] = scale * static_cast<float>(std::to_integer<int>(from[i]) - settings_.zero_point);
    }
  } else {
    for (size_t i = 0; i < count; ++i) {
      row[i] = scale * static_cast<float>(static_cast<int8_t>(from[i]) - settings_.zero_point);
    }
  }
}

}  // namespace mobilenet
