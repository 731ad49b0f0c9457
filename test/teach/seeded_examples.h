// Examples whose features are one place per class, with noise around it.
#pragma once

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "src/base/random.h"
#include "src/teach/examples.h"

namespace mobilenet::test {

inline void AddExample(Examples& examples, int class_index, const std::vector<float>& features) {
  std::vector<uint8_t> bytes(features.size() * sizeof(float));
  std::memcpy(bytes.data(), features.data(), bytes.size());
  examples.Add(std::to_string(examples.photographs()), class_index, {bytes});
}

inline Examples SeededExamples(int classes, int of_each, int features, double noise) {
  Examples examples({.type = "f32", .count = features});
  Random random(1);
  std::vector<std::vector<float>> places;
  for (int c = 0; c < classes; ++c) {
    std::vector<float> place;
    for (int j = 0; j < features; ++j) place.push_back(static_cast<float>(random.Uniform(0, 2)));
    places.push_back(place);
  }
  for (int i = 0; i < of_each; ++i) {
    for (int c = 0; c < classes; ++c) {
      std::vector<float> row = places[static_cast<size_t>(c)];
      for (float& value : row) value += static_cast<float>(random.Uniform(-noise, noise));
      AddExample(examples, c, row);
    }
  }
  return examples;
}

inline std::vector<uint32_t> AllOf(const Examples& examples) {
  std::vector<uint32_t> all;
  for (int64_t i = 0; i < examples.photographs(); ++i) all.push_back(static_cast<uint32_t>(i));
  return all;
}

}  // namespace mobilenet::test
