// Which network a report is about, in one line and as members of a JSON object, and the network's family.
#pragma once

#include <string>

#include "src/base/number_text.h"
#include "src/base/str_cat.h"
#include "src/json/json_writer.h"

namespace mobilenet {

inline constexpr int kWidthMultiplierDigits = 6;

// What networks that differ in depth have in common: "resnet" for resnet18 and resnet50, but all of
// mobilenet_v1.
inline std::string NetworkFamily(const std::string& architecture) {
  const size_t end = architecture.find_last_not_of("0123456789") + 1;
  const std::string family = architecture.substr(0, end);
  return family.empty() || family.ends_with("_v") ? architecture : family;
}

// For people: "1.0", "0.75".
inline std::string WidthText(double width_multiplier) {
  const std::string text = SignificantText(width_multiplier, kWidthMultiplierDigits);
  return text.find_first_of(".e") == text.npos ? text + ".0" : text;
}

// "mobilenet_v1, width multiplier 0.5, 160 x 160, 1000 classes", of a report with these fields.
template <typename Report>
std::string NetworkTitle(const Report& report) {
  return StrCat(report.architecture, ", width multiplier ", WidthText(report.width_multiplier), ", ",
                report.resolution, " x ", report.resolution, ", ", report.classes, " classes");
}

template <typename Report>
void WriteNetworkTitle(JsonWriter& json, const Report& report) {
  json.String("architecture", report.architecture);
  json.Significant("width_multiplier", report.width_multiplier, kWidthMultiplierDigits);
  json.Integer("resolution", report.resolution);
  json.Integer("classes", report.classes);
}

}  // namespace mobilenet
