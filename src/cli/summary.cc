#include "src/cli/summary.h"

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "models/catalogue.h"
#include "models/network_name.h"
#include "models/printed_figures.h"
#include "models/registry.h"
#include "src/base/error.h"
#include "src/engine/comparison_row.h"
#include "src/engine/model_network.h"
#include "src/records/plot_file.h"
#include "src/report/network_comparison.h"
#include "src/report/network_summary.h"
#include "src/report/paper_tables.h"
#include "src/report/separable.h"
#include "src/report/summary.h"
#include "src/report/summary_plots.h"
#include "src/weights/model_file.h"
#include "src/weights/model_lookup.h"

namespace mobilenet {
namespace {

Network DescribedNetwork(const SummaryOptions& options) {
  if (!options.model.empty()) return NetworkOf(ModelFile::Open(FindModel(options.model)));
  const int resolution =
      options.resolution.value_or(FindArchitecture(options.architecture).default_resolution);
  return MakeNetwork(options.architecture, options.width_multiplier, resolution, options.classes);
}

ComparisonRow RowOfFile(const std::string& path) {
  const ModelFile file = ModelFile::Open(path);
  ComparisonRow row = MakeComparisonRow(NetworkOf(file));
  row.published_top1_percent = file.PublishedTop1();
  if (row.published_top1_percent) row.published_top1_source = "the model file";
  return row;
}

ComparisonRow RowOfName(const std::string& name, int classes) {
  const NamedNetwork named = ParseNetworkName(name, classes);
  const auto network = [&] {
    try {
      return MakeNetwork(named.architecture, named.size);
    } catch (const Error& error) {
      Fail(name, ": ", error.what());
    }
  };
  ComparisonRow row = MakeComparisonRow(network());
  if (const auto top1 = PublishedTop1Of(named)) {
    row.published_top1_percent = top1->percent;
    row.published_top1_source = top1->source;
  }
  return row;
}

std::vector<ComparisonRow> Compared(const SummaryOptions& options) {
  std::vector<ComparisonRow> rows;
  const std::string& names = *options.compare;
  std::string_view rest = names;
  for (bool is_last = false; !is_last;) {
    const size_t comma = rest.find(',');
    is_last = comma == rest.npos;
    const std::string name(rest.substr(0, comma));
    if (!is_last) rest.remove_prefix(comma + 1);
    if (name.empty()) Fail("--compare ", names, ": an empty name (separate names with one comma)");
    const bool is_file = name.find('/') != name.npos || name.ends_with(".safetensors");
    rows.push_back(is_file ? RowOfFile(name) : RowOfName(name, options.classes));
    rows.back().name = name;
  }
  return rows;
}

// What is printed on standard output, and the picture of --plot if there is one.
struct Report {
  std::string text;
  std::string picture;
};

Report MakeReport(const SummaryOptions& options, int columns) {
  const bool is_json = options.format == ReportFormat::kJson;
  const bool has_picture = options.plot.has_value();
  const TableFormat format = TableFormatOf(options.format, columns);
  if (options.paper) {
    const auto tables = MakePaperTables();
    return {is_json ? PaperJson(tables) : PaperText(tables, format), ""};
  }
  if (options.compare) {
    const std::vector<ComparisonRow> rows = Compared(options);
    return {is_json ? ComparisonJson(rows) : ComparisonTable(rows, format),
            has_picture ? AccuracyPlot(rows) : ""};
  }
  const Network network = DescribedNetwork(options);
  const SummaryReport report = MakeSummaryReport(network);
  const std::string picture = has_picture ? LayersPlot(report) : "";
  if (options.separable) {
    const SeparableReport separable = MakeSeparableReport(network);
    return {is_json ? SeparableJson(separable) : SeparableTable(separable, format), picture};
  }
  return {is_json ? SummaryJson(report) : SummaryText(report, format), picture};
}

// The text, of short words, in lines for which the help has room.
std::string HelpLines(std::string text) {
  constexpr size_t kColumns = 47;
  for (size_t begin = 0; text.size() - begin > kColumns;) {
    const size_t blank = text.rfind(' ', begin + kColumns);
    text[blank] = '\n';
    begin = blank + 1;
  }
  return text;
}

}  // namespace

void AddSummaryCommand(CLI::App& app, const std::function<void(const SummaryOptions&)>& run) {
  auto options = std::make_shared<SummaryOptions>();
  CLI::App* command = app.add_subcommand("summary", "Show what networks cost, layer by layer");
  OptionGroup group(*command, "Network");
  auto* model = command->add_option("-m,--model", options->model, "Show this model, instead of --arch")
                    ->type_name("NAME|FILE");
  auto* arch = command
                   ->add_option("--arch", options->architecture,
                                HelpLines("Show this architecture: " + ArchitectureNames()))
                   ->type_name("NAME")
                   ->capture_default_str();
  auto* width = command->add_option("--width", options->width_multiplier, "The width multiplier")
                    ->type_name("W")
                    ->default_str("1.0");
  auto* resolution =
      command
          ->add_option("--resolution", options->resolution, "The input pixels. Default: the architecture's")
          ->type_name("R");
  auto* classes = command->add_option("--classes", options->classes, "The number of classes")
                      ->type_name("N")
                      ->capture_default_str();
  group.Begin("Output");
  AddChoice(*command, "--format", options->format, kReportFormats, kFormatHelp);
  auto* compare = command
                      ->add_option("--compare", options->compare,
                                   "Show networks side by side:\nNAME[_WIDTH][_PIXELS][_TYPE], such as vgg16 "
                                   "or\nmobilenet_v1_0.5_160_s8, or files")
                      ->type_name("A,B,...");
  auto* separable =
      command->add_flag("--separable", options->separable, "Show what depthwise separable convolutions save");
  auto* paper = command->add_flag("--paper", options->paper,
                                  "Print the tables of the MobileNet papers beside\nour own figures");
  auto* plot =
      command
          ->add_option("--plot", options->plot,
                       "Draw the layers' costs or, with --compare,\naccuracy over mult-adds. Replaces "
                       "an SVG\npicture")
          ->type_name("FILE.svg");
  command->footer(
      "Example: mobilenet summary --arch mobilenet_v1 --width 0.5 --resolution 160\n"
      "         mobilenet summary --compare mobilenet_v1,mobilenet_v2,alexnet");
  // Not CLI11's own excludes(), which would fill the help.
  const std::vector<std::pair<CLI::Option*, std::vector<CLI::Option*>>> exclusions = {
      {model, {arch, width, resolution, classes}},
      {compare, {model, arch, width, resolution, separable}},
      {paper, {model, arch, width, resolution, classes, compare, separable, plot}}};
  command->callback([options, run, exclusions] {
    for (const auto& [option, others] : exclusions) {
      for (const CLI::Option* other : others) {
        if (*option && *other) throw CLI::ExcludesError(option->get_name(), other->get_name());
      }
    }
    run(*options);
  });
}

void RunSummary(const SummaryOptions& options, StandardOutput& output) {
  if (options.plot && options.plot->empty()) Fail("--plot: an empty name (FILE.svg is needed)");
  const Report report = MakeReport(options, output.Style().columns);
  if (options.plot) WritePlotFile(*options.plot, report.picture);
  output.Write(report.text);
}

}  // namespace mobilenet
