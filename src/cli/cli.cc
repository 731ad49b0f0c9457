#include "src/cli/cli.h"

#include <algorithm>
#include <csignal>
#include <exception>
#include <functional>
#include <iterator>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "src/base/error.h"
#include "src/base/nearest_name.h"
#include "src/base/str_cat.h"
#include "src/cli/bench.h"
#include "src/cli/classify.h"
#include "src/cli/doctor.h"
#include "src/cli/error_output.h"
#include "src/cli/eval.h"
#include "src/cli/merge.h"
#include "src/cli/models.h"
#include "src/cli/path_arguments.h"
#include "src/cli/quantize.h"
#include "src/cli/selftest.h"
#include "src/cli/standard_output.h"
#include "src/cli/summary.h"
#include "src/cli/teach.h"
#include "src/cli/tradeoff.h"
#include "src/cli/tune.h"
#include "src/cli/version.h"
#include "src/records/durable_write.h"

namespace mobilenet {
namespace {

int ErrorStatus(const std::string& message) {
  PrintError(message);
  return kExitError;
}

// `mobilenet help` and `mobilenet help COMMAND` mean --help, as in other programs with many commands. The
// last argument comes first.
std::vector<std::string> Arguments(int argc, char** argv) {
  std::vector<std::string> arguments = PathSafeArguments(argc, argv);
  if (!arguments.empty() && arguments.back() == "help") {
    arguments.pop_back();
    arguments.insert(arguments.begin(), "--help");
  }
  return arguments;
}

// Which options need or exclude which is said where it matters, in an option's text, not beside all of them.
class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_option_opts(const CLI::Option* option) const override {
    std::string text = CLI::Formatter::make_option_opts(option);
    text.resize(std::min({text.find(" Needs:"), text.find(" Excludes:"), text.size()}));
    if (text.ends_with(",... ...")) text.resize(text.size() - 4);  // the type says already that it is a list
    return text;
  }
};

// With several empty lines reduced to one.
std::string Squeezed(std::string text) {
  for (size_t lines; (lines = text.find("\n\n\n")) != std::string::npos;) text.erase(lines, 1);
  return text;
}

// The command that was called, the innermost one: `get` of `models get`.
const CLI::App& ChosenCommand(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return chosen.empty() ? app : ChosenCommand(*chosen.front());
}

std::string FullName(const CLI::App& command) {
  return command.get_parent() == nullptr ? command.get_name()
                                         : StrCat(FullName(*command.get_parent()), " ", command.get_name());
}

// What may have been meant by an argument that the command does not take.
std::string UnknownArgument(const CLI::App& command, const std::string& argument) {
  const bool is_option = argument.size() > 1 && argument[0] == '-';
  const auto subcommands = command.get_subcommands([](const CLI::App*) { return true; });
  std::vector<std::string> names;
  if (is_option) {
    for (const CLI::Option* option : command.get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
  } else {
    for (const CLI::App* subcommand : subcommands) names.push_back(subcommand->get_name());
  }
  const std::vector<std::string_view> known(names.begin(), names.end());
  const auto nearest = NearestName(std::string_view(argument).substr(0, argument.find('=')), known);
  const std::string kind = is_option             ? "no such option"
                           : subcommands.empty() ? "one argument too many"
                                                 : "no such command";
  return StrCat(argument, ": ", kind, " (", nearest ? StrCat("did you mean ", *nearest, "? ") : "", "`",
                FullName(command), " --help` lists ",
                is_option || subcommands.empty() ? "the options)" : "them)");
}

int Run(int argc, char** argv) {
  CLI::App app{"Image classification with MobileNet on ARM boards.", "mobilenet"};
  app.formatter(std::make_shared<HelpFormatter>());
  app.set_help_all_flag("--help-all", "Print the help of all commands and exit");
  app.footer("Example: mobilenet classify photo.jpg");
  bool print_version = false;
  app.add_flag("-V,--version", print_version, "Print version, compiler, XNNPACK, CPU features");
  app.require_subcommand(0, 1);

  int status = kExitOk;
  StandardOutput output;
  // If one is called, only that one is made: with all of them, starting takes twice as many instructions and
  // a quarter of a megabyte more.
  const std::pair<std::string_view, std::function<void()>> commands[] = {
      {"classify",
       [&] {
         AddClassifyCommand(app,
                            [&](const ClassifyOptions& options) { status = RunClassify(options, output); });
       }},
      {"merge",
       [&] {
         AddMergeCommand(app, [&](const MergeOptions& options) { status = RunMerge(options, output); });
       }},
      {"eval",
       [&] { AddEvalCommand(app, [&](const EvalOptions& options) { status = RunEval(options, output); }); }},
      {"teach",
       [&] {
         AddTeachCommand(app, [&](const TeachOptions& options) { status = RunTeach(options, output); });
       }},
      {"bench",
       [&] {
         AddBenchCommand(app, [&](const BenchOptions& options) { status = RunBench(options, output); });
       }},
      {"tradeoff",
       [&] {
         AddTradeoffCommand(app,
                            [&](const TradeoffOptions& options) { status = RunTradeoff(options, output); });
       }},
      {"tune",
       [&] { AddTuneCommand(app, [&](const TuneOptions& options) { status = RunTune(options, output); }); }},
      {"doctor",
       [&] { AddDoctorCommand(app, [&](const DoctorOptions& options) { RunDoctor(options, output); }); }},
      {"quantize",
       [&] {
         AddQuantizeCommand(app,
                            [&](const QuantizeOptions& options) { status = RunQuantize(options, output); });
       }},
      {"models",
       [&] {
         AddModelsCommand(app, [&](const ModelsOptions& options) { status = RunModels(options, output); });
       }},
      {"summary",
       [&] { AddSummaryCommand(app, [&](const SummaryOptions& options) { RunSummary(options, output); }); }},
      {"selftest",
       [&] {
         AddSelftestCommand(app,
                            [&](const SelftestOptions& options) { status = RunSelftest(options, output); });
       }},
  };
  std::vector<std::string> arguments = Arguments(argc, argv);
  const bool is_called_alone =
      !arguments.empty() && std::count(arguments.begin(), arguments.end(), "--help-all") == 0 &&
      std::any_of(std::begin(commands), std::end(commands),
                  [&](const auto& command) { return command.first == arguments.back(); });
  for (const auto& [name, add] : commands) {
    if (!is_called_alone || name == arguments.back()) add();
  }

  try {
    app.parse(std::move(arguments));
    if (print_version) {
      output.Write(VersionText());
    } else if (app.get_subcommands().empty()) {
      throw CLI::CallForHelp();
    }
  } catch (const CLI::CallForHelp&) {
    output.Write(Squeezed(app.help()) + "\n");  // that of the subcommand, if there is one
  } catch (const CLI::CallForAllHelp&) {
    output.Write(Squeezed(app.help("", CLI::AppFormatMode::All)) + "\n");
  } catch (const CLI::ExtrasError&) {
    const auto extra = app.remaining(true);
    return ErrorStatus(UnknownArgument(ChosenCommand(app), extra.empty() ? "" : extra.front()));
  } catch (const CLI::ParseError& error) {
    return ErrorStatus(
        StrCat(error.what(), " (", FullName(ChosenCommand(app)), " --help lists the options)"));
  }
  return status;
}

}  // namespace

int RunCommandLine(int argc, char** argv) {
  // If a reader has seen enough (`| head`), that is not a failure: writing then gives EPIPE.
  std::signal(SIGPIPE, SIG_IGN);
  // If a file may not grow any more, writing gives EFBIG.
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
