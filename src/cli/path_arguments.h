// File names as arguments of a command. CLI11 takes "[a,b]" among them for the list a, b and "{}" for an
// empty one, even after "--", and has no switch to turn that off.
#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace mobilenet {

// The arguments in the reverse order that CLI::App::parse wants. Those that it would take for a list are
// written differently; to the system they are the same file.
std::vector<std::string> PathSafeArguments(int argc, const char* const* argv);

// Adds the arguments that are not options, each as the user wrote it.
CLI::Option* AddPaths(CLI::App& command, const std::string& name, std::vector<std::string>& paths,
                      const std::string& help);

}  // namespace mobilenet
