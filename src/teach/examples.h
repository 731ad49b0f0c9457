// The photographs that a model is taught with, as their features.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "src/report/run_metadata.h"

namespace mobilenet {

// The class of a photograph that belongs to none of the classes.
inline constexpr int kNoClass = -1;

class Examples {
 public:
  // Throws Error for a type that features do not have.
  explicit Examples(const FeatureSettings& settings);

  int64_t photographs() const { return static_cast<int64_t>(classes_.size()); }
  int64_t features() const { return settings_.count; }
  int views() const { return settings_.views; }
  const std::string& path(int64_t photograph) const { return paths_[static_cast<size_t>(photograph)]; }
  int class_of(int64_t photograph) const { return classes_[static_cast<size_t>(photograph)]; }

  // Features as the trunk gives them, for each view. False if these are not as many bytes as they must be, or
  // not numbers. 8-bit features take a byte of memory each, floats two: 11 of their 24 bits are kept.
  bool Add(std::string path, int class_index, const std::vector<std::vector<uint8_t>>& views);

  // Class i becomes class places[i].
  void Renumber(std::span<const int> places);

  // The real values [features] of one view.
  void CopyTo(int64_t photograph, int view, float* row) const;

 private:
  static constexpr int64_t kPhotographsOfAChunk = 64;

  const FeatureSettings settings_;
  const size_t stored_bytes_;  // of a number
  std::vector<std::unique_ptr<std::byte[]>> chunks_;
  std::vector<std::string> paths_;
  std::vector<int> classes_;
};

}  // namespace mobilenet
