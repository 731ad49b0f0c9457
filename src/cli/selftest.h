// mobilenet selftest: whether every kernel and backend that this CPU can run computes correctly on it.
#pragma once

#include <functional>

#include "src/cli/options.h"
#include "src/cli/standard_output.h"

namespace CLI {
class App;
}

namespace mobilenet {

struct SelftestOptions {
  OutputFormat format = OutputFormat::kText;
};

// Adds the subcommand; `run` is called with its options once they are parsed.
void AddSelftestCommand(CLI::App& app, const std::function<void(const SelftestOptions&)>& run);

// Returns the exit status: 1 if a kernel is wrong; its name is also printed on standard error.
int RunSelftest(const SelftestOptions& options, StandardOutput& output);

}  // namespace mobilenet
