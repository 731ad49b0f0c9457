// The two shapes that most options have: one of a few names, and a
// whole number within limits.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "src/base/error.h"

namespace mobilenet {

// Names as the user writes them, in the order of the help text.
template <typename T>
using Choices = std::vector<std::pair<std::string, T>>;

enum class OutputFormat { kText, kJson };

inline const Choices<OutputFormat> kOutputFormats = {
    {"text", OutputFormat::kText},
    {"json", OutputFormat::kJson},
};

// --name A|B|C
template <typename T>
CLI::Option* AddChoice(CLI::App& command, const std::string& name, T& value, const Choices<T>& choices,
                       const std::string& help) {
  std::string names;
  for (const auto& choice : choices) names += (names.empty() ? "" : "|") + choice.first;
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

// --name N, in min...max
template <typename T>
CLI::Option* AddNumber(CLI::App& command, const std::string& name, T& value, T min, T max,
                       const std::string& help) {
  const auto check = [min, max](const std::string& text) {
    T number{};
    const bool in_range = CLI::detail::lexical_cast(text, number) && number >= min && number <= max;
    return in_range ? std::string() : StrCat(text, " is not a whole number in ", min, "...", max);
  };
  // Without a description the limits stay out of the help text.
  return command.add_option(name, value, help)->type_name("N")->check(CLI::Validator(check, ""));
}

}  // namespace mobilenet
