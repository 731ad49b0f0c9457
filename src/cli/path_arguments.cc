#include "src/cli/path_arguments.h"

#include <algorithm>
#include <string_view>

namespace mobilenet {
namespace {

constexpr std::string_view kHere = ".//";

// With any number of kHere before it, so that a path written like that in the first place comes back
// unchanged.
bool LooksLikeList(std::string_view text) {
  while (text.starts_with(kHere)) text.remove_prefix(kHere.size());
  return (text.starts_with('[') && text.ends_with(']')) || text == "{}";
}

std::string AsWritten(std::string argument) {
  if (argument.starts_with(kHere) && LooksLikeList(argument)) argument.erase(0, kHere.size());
  return argument;
}

}  // namespace

std::vector<std::string> PathSafeArguments(int argc, const char* const* argv) {
  std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  for (std::string& argument : arguments) {
    if (LooksLikeList(argument)) argument.insert(0, kHere);
  }
  std::reverse(arguments.begin(), arguments.end());
  return arguments;
}

CLI::Option* AddPaths(CLI::App& command, const std::string& name, std::vector<std::string>& paths,
                      const std::string& help) {
  const auto set = [&paths](const std::vector<std::string>& arguments) {
    for (const std::string& argument : arguments) paths.push_back(AsWritten(argument));
  };
  return command.add_option_function<std::vector<std::string>>(name, set, help)->type_name("");
}

}  // namespace mobilenet
