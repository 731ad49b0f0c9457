#include "src/base/cpu_info.h"

#include <cstdint>
#include <cstdio>
#include <string_view>
#include <utility>

#include "src/base/parse_number.h"

namespace mobilenet {
namespace {

// From ARM's Main ID Register: implementer and part.
std::string CoreType(int64_t implementer, int64_t part) {
  static constexpr std::pair<int, std::string_view> kArmParts[] = {
      {0xc05, "Cortex-A5"},   {0xc07, "Cortex-A7"},   {0xc08, "Cortex-A8"},   {0xc09, "Cortex-A9"},
      {0xc0d, "Cortex-A17"},  {0xc0e, "Cortex-A17"},  {0xc0f, "Cortex-A15"},  {0xd01, "Cortex-A32"},
      {0xd03, "Cortex-A53"},  {0xd04, "Cortex-A35"},  {0xd05, "Cortex-A55"},  {0xd07, "Cortex-A57"},
      {0xd08, "Cortex-A72"},  {0xd09, "Cortex-A73"},  {0xd0a, "Cortex-A75"},  {0xd0b, "Cortex-A76"},
      {0xd0c, "Neoverse N1"}, {0xd0d, "Cortex-A77"},  {0xd40, "Neoverse V1"}, {0xd41, "Cortex-A78"},
      {0xd44, "Cortex-X1"},   {0xd46, "Cortex-A510"}, {0xd47, "Cortex-A710"}, {0xd48, "Cortex-X2"},
      {0xd49, "Neoverse N2"}, {0xd4d, "Cortex-A715"}, {0xd4e, "Cortex-X3"},   {0xd4f, "Neoverse V2"},
      {0xd80, "Cortex-A520"}, {0xd81, "Cortex-A720"}, {0xd82, "Cortex-X4"},
  };
  constexpr int64_t kArm = 0x41;
  for (const auto& [number, name] : kArmParts) {
    if (implementer == kArm && part == number) return std::string(name);
  }
  char text[40];
  std::snprintf(text, sizeof text, "implementer 0x%02x, part 0x%03x", static_cast<unsigned>(implementer),
                static_cast<unsigned>(part));
  return text;
}

ArmFeatures ParseFeatures(std::string_view names) {
  ArmFeatures features;
  while (!names.empty()) {
    const std::string_view name = NextPart(names, ' ');
    if (name == "asimd") features.neon = features.fma = true;  // every ARMv8-A has both
    if (name == "neon") features.neon = true;
    if (name == "vfpv4") features.fma = true;
    if (name == "asimddp") features.dot = true;
    if (name == "asimdhp") features.fp16 = true;
    if (name == "i8mm") features.i8mm = true;
  }
  return features;
}

std::optional<int64_t> ParseHex(std::string_view text) {
  if (!text.starts_with("0x")) return {};
  return ParseNumberWithin(text.substr(2), 0, 0xffff, 16);
}

}  // namespace

CpuInfo ReadCpuInfo(const SystemFiles& files) {
  CpuInfo info;
  const std::string text = files.Text("/proc/cpuinfo");
  int core = -1;
  std::optional<int64_t> implementer;
  for (std::string_view rest = text; !rest.empty();) {
    std::string_view value = NextPart(rest, '\n');
    const std::string_view name = TrimmedText(NextPart(value, ':'));
    value = TrimmedText(value).substr(0, kMaxSystemLineBytes * 10);
    if (name == "processor") {
      core = static_cast<int>(ParseNumberWithin(value, 0, kMaxCores - 1).value_or(-1));
    } else if (name == "model name" && core >= 0) {
      info.core_types[core] = value.substr(0, kMaxSystemLineBytes);
    } else if (name == "CPU implementer") {
      implementer = ParseHex(value);
    } else if (name == "CPU part") {
      const auto part = ParseHex(value);
      if (part) info.last_part = static_cast<int>(*part);
      if (core >= 0 && implementer && part) info.core_types[core] = CoreType(*implementer, *part);
    } else if (name == "Features" && !info.features) {
      info.features = ParseFeatures(value);
    }
  }
  return info;
}

}  // namespace mobilenet
