// The shapes that most options have: one of a few names, and a number within limits.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "src/base/parse_number.h"
#include "src/base/str_cat.h"
#include "src/report/report_table.h"

namespace mobilenet {

// Names as the user writes them, in the order of the help text.
template <typename T>
using Choices = std::vector<std::pair<std::string, T>>;

enum class OutputFormat { kText, kJson };

inline const Choices<OutputFormat> kOutputFormats = {
    {"text", OutputFormat::kText},
    {"json", OutputFormat::kJson},
};

enum class ReportFormat { kText, kJson, kCsv, kMarkdown };

inline const Choices<ReportFormat> kReportFormats = {
    {"text", ReportFormat::kText},
    {"json", ReportFormat::kJson},
    {"csv", ReportFormat::kCsv},
    {"markdown", ReportFormat::kMarkdown},
};

inline TableFormat TableFormatOf(ReportFormat format) {
  switch (format) {
    case ReportFormat::kCsv:
      return TableFormat::kCsv;
    case ReportFormat::kMarkdown:
      return TableFormat::kMarkdown;
    case ReportFormat::kText:
    case ReportFormat::kJson:
      break;
  }
  return TableFormat::kText;
}

// --name A|B|C
template <typename T>
CLI::Option* AddChoice(CLI::App& command, const std::string& name, T& value, const Choices<T>& choices,
                       const std::string& help) {
  const std::string names = StrJoin(choices, "|", [](const auto& choice) { return choice.first; });
  const auto set = [&value, &choices, name, names](const std::string& text) {
    for (const auto& [choice, chosen] : choices) {
      if (choice != text) continue;
      value = chosen;
      return;
    }
    throw CLI::ValidationError(StrCat(name, " ", text), StrCat("no such choice (", names, ")"));
  };
  return command.add_option_function<std::string>(name, set, help)->type_name(names);
}

// Whether text is a number in min...max, as CLI11 wants to be told.
template <typename T>
CLI::Validator Within(T min, T max, const std::string& kind) {
  // Without a description the limits stay out of the help text.
  return {[min, max, kind](const std::string& text) {
            const auto number = ParseNumber<T>(text);
            const bool is_within = number && *number >= min && *number <= max;  // which NaN is not
            return is_within ? std::string() : StrCat(text, " is not a ", kind, " in ", min, "...", max);
          },
          ""};
}

// --name N, in min...max
template <typename T>
CLI::Option* AddNumber(CLI::App& command, const std::string& name, T& value, T min, T max,
                       const std::string& help) {
  return command.add_option(name, value, help)->type_name("N")->check(Within(min, max, "whole number"));
}

inline CLI::Option* AddReal(CLI::App& command, const std::string& name, double& value, double min, double max,
                            const std::string& help) {
  return command.add_option(name, value, help)->check(Within(min, max, "number"));
}

}  // namespace mobilenet
