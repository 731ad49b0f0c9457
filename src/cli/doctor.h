// mobilenet doctor: what this machine is, what runs on it, and what is wrong or slow.
#pragma once

#include <functional>
#include <string>

#include "src/cli/options.h"
#include "src/cli/standard_output.h"

namespace CLI {
class App;
}

namespace mobilenet {

struct DoctorOptions {
  std::string root;  // put before the paths of /proc and /sys, for tests
  OutputFormat format = OutputFormat::kText;
};

// Adds the subcommand; `run` is called with its options once they are parsed.
void AddDoctorCommand(CLI::App& app, const std::function<void(const DoctorOptions&)>& run);

void RunDoctor(const DoctorOptions& options, StandardOutput& output);

}  // namespace mobilenet
