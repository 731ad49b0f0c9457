#include "src/cli/selftest.h"

#include <memory>
#include <vector>

#include <CLI/CLI.hpp>

#include "src/base/error.h"
#include "src/base/str_cat.h"
#include "src/cli/cli.h"
#include "src/cli/error_output.h"
#include "src/engine/selftest_rows.h"
#include "src/report/selftest.h"

namespace mobilenet {

void AddSelftestCommand(CLI::App& app, const std::function<void(const SelftestOptions&)>& run) {
  auto options = std::make_shared<SelftestOptions>();
  CLI::App* command = app.add_subcommand("selftest", "Check that all kernels compute correctly here");
  AddChoice(*command, "--format", options->format, kOutputFormats, kFormatHelp);
  command->footer("Example: mobilenet selftest");
  command->callback([options, run] { run(*options); });
}

int RunSelftest(const SelftestOptions& options, StandardOutput& output) {
  const std::vector<SelftestRow> rows = SelftestRows();
  output.Write(options.format == OutputFormat::kJson ? SelftestJson(rows) : SelftestText(rows));

  int status = kExitOk;
  for (const SelftestRow& row : rows) {
    for (const SelftestFaultRow& fault : row.faults) {
      PrintError(StrCat(fault.kernel, ": wrong result on this CPU (", fault.layer, ", ", row.threads,
                        row.threads == 1 ? " thread: " : " threads: ", fault.error, ")"));
      status = kExitSomeFailed;
    }
  }
  return status;
}

}  // namespace mobilenet
