#include "src/cli/summary.h"

#include <memory>

#include <CLI/CLI.hpp>

#include "models/registry.h"
#include "src/engine/model_network.h"
#include "src/report/network_summary.h"
#include "src/report/summary.h"
#include "src/weights/model_file.h"
#include "src/weights/model_lookup.h"

namespace mobilenet {

void AddSummaryCommand(CLI::App& app, const std::function<void(const SummaryOptions&)>& run) {
  auto options = std::make_shared<SummaryOptions>();
  CLI::App* command = app.add_subcommand("summary", "Layers, mult-adds, parameters of a network");
  auto* model = command->add_option("-m,--model", options->model, "Model name or file, instead of --arch")
                    ->type_name("NAME|FILE");
  const auto describe = [&](CLI::Option* option, const char* type) {
    option->type_name(type)->capture_default_str()->excludes(model);
  };
  describe(command->add_option("--arch", options->architecture, "Architecture:\n" + ArchitectureNames(",\n")),
           "NAME");
  describe(command->add_option("--width", options->width_multiplier, "Width multiplier"), "W");
  command->add_option("--resolution", options->resolution, "Input pixels [the architecture's own]")
      ->type_name("R")
      ->excludes(model);
  describe(command->add_option("--classes", options->classes, "Number of classes"), "N");
  AddChoice(*command, "--format", options->format, kOutputFormats, "Default: text");
  command->footer("Example: mobilenet summary --arch mobilenet_v1 --width 0.5 --resolution 160");
  command->callback([options, run] { run(*options); });
}

void RunSummary(const SummaryOptions& options, StandardOutput& output) {
  const auto described = [&] {
    if (!options.model.empty()) return NetworkOf(ModelFile::Open(FindModel(options.model)));
    const int resolution =
        options.resolution.value_or(FindArchitecture(options.architecture).default_resolution);
    return MakeNetwork(options.architecture, options.width_multiplier, resolution, options.classes);
  };
  const SummaryReport report = MakeSummaryReport(described());
  output.Write(options.format == OutputFormat::kJson ? SummaryJson(report) : SummaryText(report));
}

}  // namespace mobilenet
