// Which network a report is about, in one line and as members of a JSON object.
#pragma once

#include <string>

#include "src/base/str_cat.h"
#include "src/json/json_writer.h"

namespace mobilenet {

inline constexpr int kWidthMultiplierDigits = 6;

// "mobilenet_v1, width multiplier 0.5, 160 x 160, 1000 classes", of a report with these fields.
template <typename Report>
std::string NetworkTitle(const Report& report) {
  return StrCat(report.architecture, ", width multiplier ", report.width_multiplier, ", ", report.resolution,
                " x ", report.resolution, ", ", report.classes, " classes");
}

template <typename Report>
void WriteNetworkTitle(JsonWriter& json, const Report& report) {
  json.String("architecture", report.architecture);
  json.Significant("width_multiplier", report.width_multiplier, kWidthMultiplierDigits);
  json.Integer("resolution", report.resolution);
  json.Integer("classes", report.classes);
}

}  // namespace mobilenet
