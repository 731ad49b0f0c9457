// The forms that most options have: one of a few names, and a number within limits.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
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

// The options that are added while this lives have their own heading in the help.
class OptionGroup {
 public:
  OptionGroup(CLI::App& command, const std::string& heading)
      : command_(command), outer_(command.option_defaults()->get_group()) {
    Begin(heading);
  }
  ~OptionGroup() { command_.option_defaults()->group(outer_); }
  OptionGroup(const OptionGroup&) = delete;
  OptionGroup& operator=(const OptionGroup&) = delete;

  // From here on another heading.
  void Begin(const std::string& heading) { command_.option_defaults()->group(heading); }

 private:
  CLI::App& command_;
  const std::string outer_;
};

// The name of a choice.
template <typename T>
std::string NameOf(const Choices<T>& choices, const T& value) {
  for (const auto& [name, choice] : choices) {
    if (choice == value) return name;
  }
  return "";
}

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

// `columns`: of the terminal, 0 if there is none.
inline TableFormat TableFormatOf(ReportFormat format, int columns) {
  switch (format) {
    case ReportFormat::kCsv:
      return TableFormat::kCsv;
    case ReportFormat::kMarkdown:
      return TableFormat::kMarkdown;
    case ReportFormat::kText:
    case ReportFormat::kJson:
      break;
  }
  return {TableFormat::kText, columns};
}

// The help of --format.
inline constexpr char kFormatHelp[] = "The format of the results. Default: text";

// --root, for tests: a folder with the files of /proc and /sys.
inline void AddRootOption(CLI::App& command, std::string& root) {
  command.add_option("--root", root, "Read FOLDER/proc and FOLDER/sys instead of\n/proc and /sys")
      ->type_name("FOLDER")
      ->check(CLI::Validator(CLI::ExistingDirectory).description(""));  // the help shows only FOLDER
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

// The parts of "A,B,..."; throws if one is empty.
inline std::vector<std::string> ListParts(const std::string& name, const std::string& text) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    if (end == begin)
      throw CLI::ValidationError(StrCat(name, " ", text), "an empty item (separate items with one comma)");
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

// --name A|B|C,...: several of them, each once.
template <typename T>
CLI::Option* AddChoiceList(CLI::App& command, const std::string& name, std::vector<T>& values,
                           const Choices<T>& choices, const std::string& help) {
  const std::string names = StrJoin(choices, "|", [](const auto& choice) { return choice.first; });
  const auto set = [&values, &choices, name, names](const std::string& text) {
    values.clear();
    for (const std::string& part : ListParts(name, text)) {
      const auto choice =
          std::find_if(choices.begin(), choices.end(), [&](const auto& one) { return one.first == part; });
      if (choice == choices.end()) {
        throw CLI::ValidationError(StrCat(name, " ", part), StrCat("no such choice (", names, ")"));
      }
      if (std::find(values.begin(), values.end(), choice->second) == values.end())
        values.push_back(choice->second);
    }
  };
  return command.add_option_function<std::string>(name, set, help)->type_name(names + ",...");
}

// --name 1,2,4 or 1-4: numbers in min...max, each once.
inline CLI::Option* AddNumberList(CLI::App& command, const std::string& name, std::vector<int>& values,
                                  int min, int max, const std::string& help) {
  const auto set = [&values, name, min, max](const std::string& text) {
    values.clear();
    for (const std::string& part : ListParts(name, text)) {
      const size_t dash = part.find('-', 1);
      const auto first = ParseNumber<int>(std::string_view(part).substr(0, dash));
      const auto last = dash == part.npos ? first : ParseNumber<int>(std::string_view(part).substr(dash + 1));
      if (!first || !last || *first < min || *last > max || *first > *last) {
        throw CLI::ValidationError(StrCat(name, " ", part),
                                   StrCat("neither a whole number in ", min, "...", max,
                                          " nor a range of them, such as ", min, "-", min + 3));
      }
      for (int value = *first; value <= *last; ++value) {
        if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(value);
      }
    }
  };
  return command.add_option_function<std::string>(name, set, help)->type_name("N,...");
}

// Checks that text is a number in min...max, in the form that CLI11 expects.
template <typename T>
CLI::Validator Within(T min, T max, const std::string& kind) {
  // Without a description, the limits stay out of the help text.
  return {[min, max, kind](const std::string& text) {
            const auto number = ParseNumber<T>(text);
            const bool is_within = number && *number >= min && *number <= max;  // NaN is not
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
