#include "src/cli/cli.h"

#include <csignal>
#include <exception>
#include <new>
#include <string>

#include <CLI/CLI.hpp>

#include "src/base/error.h"
#include "src/base/str_cat.h"
#include "src/cli/bench.h"
#include "src/cli/classify.h"
#include "src/cli/doctor.h"
#include "src/cli/error_output.h"
#include "src/cli/eval.h"
#include "src/cli/merge.h"
#include "src/cli/path_arguments.h"
#include "src/cli/quantize.h"
#include "src/cli/selftest.h"
#include "src/cli/standard_output.h"
#include "src/cli/summary.h"
#include "src/cli/tradeoff.h"
#include "src/cli/version.h"
#include "src/records/durable_write.h"

namespace mobilenet {
namespace {

int ErrorStatus(const std::string& message) {
  PrintError(message);
  return kExitError;
}

int Run(int argc, char** argv) {
  CLI::App app{"Image classification with MobileNet on ARM boards.", "mobilenet"};
  app.set_help_all_flag("--help-all", "Print the help of all commands and exit");
  app.footer("Example: mobilenet classify photo.jpg");
  bool print_version = false;
  app.add_flag("--version", print_version, "Version, compiler, XNNPACK, CPU features");
  app.require_subcommand(0, 1);

  int status = kExitOk;
  StandardOutput output;
  AddClassifyCommand(app, [&](const ClassifyOptions& options) { status = RunClassify(options, output); });
  AddMergeCommand(app, [&](const MergeOptions& options) { status = RunMerge(options, output); });
  AddEvalCommand(app, [&](const EvalOptions& options) { status = RunEval(options, output); });
  AddBenchCommand(app, [&](const BenchOptions& options) { status = RunBench(options, output); });
  AddTradeoffCommand(app, [&](const TradeoffOptions& options) { status = RunTradeoff(options, output); });
  AddDoctorCommand(app, [&](const DoctorOptions& options) { RunDoctor(options, output); });
  AddQuantizeCommand(app, [&](const QuantizeOptions& options) { status = RunQuantize(options, output); });
  AddSummaryCommand(app, [&](const SummaryOptions& options) { RunSummary(options, output); });
  AddSelftestCommand(app, [&](const SelftestOptions& options) { status = RunSelftest(options, output); });

  try {
    app.parse(PathSafeArguments(argc, argv));
    if (print_version) {
      output.Write(VersionText());
    } else if (app.get_subcommands().empty()) {
      throw CLI::CallForHelp();
    }
  } catch (const CLI::CallForHelp&) {
    output.Write(app.help() + "\n");  // that of the subcommand, if there is one
  } catch (const CLI::CallForAllHelp&) {
    output.Write(app.help("", CLI::AppFormatMode::All) + "\n");
  } catch (const CLI::ParseError& error) {
    const auto chosen = app.get_subcommands();
    const std::string command = chosen.empty() ? "" : " " + chosen.front()->get_name();
    return ErrorStatus(StrCat(error.what(), " (mobilenet", command, " --help lists the options)"));
  }
  return status;
}

}  // namespace

int RunCommandLine(int argc, char** argv) {
  // A reader that has seen enough (`| head`) is no failure: writing then says EPIPE.
  std::signal(SIGPIPE, SIG_IGN);
  // Where a file may not grow any more, writing says EFBIG.
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    return Run(argc, argv);
  } catch (...) {
    return ReportException();
  }
}

int ReportException() {
  try {
    throw;
  } catch (const OutputClosed&) {
    return kExitOk;
  } catch (const Error& error) {
    return ErrorStatus(error.what());
  } catch (const std::bad_alloc&) {
    return ErrorStatus("not enough memory");
  } catch (const std::exception& error) {
    return ErrorStatus(StrCat("internal error: ", error.what()));
  }
}

}  // namespace mobilenet
