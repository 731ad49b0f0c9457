#include "src/report/paper_tables.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <string_view>
#include <utility>
#include <variant>

#include "models/printed_figures.h"
#include "models/registry.h"
#include "src/base/number_text.h"
#include "src/base/str_cat.h"
#include "src/json/json_writer.h"
#include "src/report/network_summary.h"
#include "src/report/terminal_text.h"

namespace mobilenet {
namespace {

constexpr int kPaperClasses = 1000;
constexpr int kMoreDecimals = 2;
constexpr int kComputedDecimals = 6;  // of millions: down to single units

constexpr std::string_view kMultAdds = "mult_adds_millions";
constexpr std::string_view kParameters = "parameters_millions";

// Rounded like the printed figure, whose decimals may be negative: 724.4 to tens is 720.
double Rounded(double value, int decimals) {
  const double unit = std::pow(10.0, -decimals);
  return std::round(value / unit) * unit;
}

PaperFigure NumberFigure(std::string_view quantity, const PrintedFigure& printed, double computed) {
  const int decimals = std::max(printed.decimals, 0);
  PaperFigure figure;
  figure.quantity = quantity;
  figure.printed = FixedText(printed.value, decimals);
  figure.printed_number = printed.value;
  figure.computed_number = computed;
  figure.agrees = FixedText(Rounded(computed, printed.decimals), decimals) == figure.printed;
  const bool has_all_digits = figure.agrees && printed.decimals >= 0;
  figure.computed = FixedText(computed, has_all_digits ? decimals : decimals + kMoreDecimals);
  figure.explanation = printed.why;
  return figure;
}

PaperFigure TextFigure(std::string_view quantity, std::string_view printed, std::string_view computed,
                       std::string_view why = "") {
  return {std::string(quantity), std::string(printed), std::string(computed), {}, {},
          printed == computed,   std::string(why)};
}

// "mobilenet_v1_0.5_160"
std::string NetworkName(std::string_view architecture, double width_multiplier, int resolution) {
  std::string name(architecture);
  if (width_multiplier != 1.0) name += StrCat("_", width_multiplier);
  if (resolution != FindArchitecture(architecture).default_resolution) name += StrCat("_", resolution);
  return name;
}

PaperTable ComplexityTable(const PrintedComplexityTable& printed) {
  PaperTable table{std::string(printed.source), std::string(printed.table), std::string(printed.title), {}};
  for (const PrintedComplexity& row : printed.rows) {
    if (!row.mult_adds && !row.parameters) continue;  // only its accuracy
    const Network network = MakeNetwork(row.architecture, row.width_multiplier, row.resolution, row.classes);
    PaperRow out{std::string(row.label),
                 NetworkName(row.architecture, row.width_multiplier, row.resolution),
                 row.top1_percent,
                 {}};
    if (row.mult_adds) {
      out.figures.push_back(NumberFigure(kMultAdds, *row.mult_adds, Millions(MultAdds(network))));
    }
    if (row.parameters) {
      out.figures.push_back(NumberFigure(kParameters, *row.parameters, Millions(Parameters(network))));
    }
    table.rows.push_back(std::move(out));
  }
  return table;
}

Network V1(double width_multiplier = 1.0, int resolution = 224) {
  return MakeNetwork("mobilenet_v1", width_multiplier, resolution, kPaperClasses);
}

PaperTable V1Layers(const SummaryReport& computed) {
  PaperTable table{"arXiv 1704.04861", "Table 1", "MobileNet Body Architecture", {}};
  const auto printed = PrintedLayersOfV1();
  assert(printed.size() == computed.layers.size());
  for (size_t i = 0; i < printed.size(); ++i) {
    const SummaryLayerRow& layer = computed.layers[i];
    table.rows.push_back(
        {layer.name,
         "",
         {},
         {TextFigure("type", printed[i].type, layer.type, printed[i].why_type),
          TextFigure("filter_shape", printed[i].filter_shape, layer.filter_shape),
          TextFigure("input_size", printed[i].input_size, StrJoin(layer.input_shape, " x "))}});
  }
  return table;
}

PaperTable V1Shares(const SummaryReport& computed) {
  PaperTable table{"arXiv 1704.04861", "Table 2", "Resource Per Layer Type", {}};
  for (const PrintedShare& share : PrintedSharesOfV1()) {
    const auto group = std::find_if(computed.groups.begin(), computed.groups.end(),
                                    [&](const SummaryGroupRow& row) { return row.type == share.type; });
    assert(group != computed.groups.end());
    table.rows.push_back(
        {std::string(share.type),
         "",
         {},
         {NumberFigure("mult_adds_percent", share.mult_adds_percent, group->mult_adds_percent),
          NumberFigure("parameters_percent", share.parameters_percent, group->parameters_percent)}});
  }
  return table;
}

// One of the five pairs of 14 x 14 x 512, and its cost as one standard convolution.
PaperTable V1Steps() {
  PaperTable table{
      "arXiv 1704.04861", "Table 3", "Resource usage for modifications to standard convolution", {}};
  for (const PrintedStep& step : PrintedStepsOfV1()) {
    const Network network = V1(step.width_multiplier, step.resolution);
    const auto named = [&](std::string_view name) {
      return *std::find_if(network.layers.begin(), network.layers.end(),
                           [&](const Layer& layer) { return layer.name == name; });
    };
    const Layer depthwise = named("conv_dw_8");
    const Layer pointwise = named("conv_pw_8");
    Layer standard = pointwise;
    standard.op = Conv{std::get<Depthwise>(depthwise.op).window};
    const auto cost = [&](const auto& count) {
      return Millions(step.is_separable ? count(depthwise) + count(pointwise) : count(standard));
    };
    const double mult_adds = cost([](const Layer& layer) { return MultAdds(layer); });
    const double parameters = cost([](const Layer& layer) { return Parameters(layer); });
    table.rows.push_back({std::string(step.label),
                          "",
                          {},
                          {NumberFigure(kMultAdds, step.mult_adds, mult_adds),
                           NumberFigure(kParameters, step.parameters, parameters)}});
  }
  return table;
}

// A line of V2's Table 2 as our layers give it.
struct Stage {
  Shape input;
  std::string op, expansion, channels, repeats, stride;
};

std::vector<Stage> StagesOfV2(const Network& network) {
  std::vector<Stage> stages;
  int64_t repeats = 0;
  const auto add_block = [&](const Shape& input, int64_t expanded, int64_t channels, int stride) {
    Stage stage{
        input, "bottleneck",          std::to_string(expanded / input.back()), std::to_string(channels),
        "1",   std::to_string(stride)};
    const bool is_next = !stages.empty() && stages.back().op == stage.op &&
                         stages.back().expansion == stage.expansion &&
                         stages.back().channels == stage.channels;
    if (!is_next) {
      repeats = 1;
      stages.push_back(std::move(stage));
    } else {
      stages.back().repeats = std::to_string(++repeats);
    }
  };
  Shape block_input;
  for (size_t i = 0; i < network.layers.size(); ++i) {
    const Layer& layer = network.layers[i];
    const std::string channels = std::to_string(layer.output.back());
    const bool is_in_block = layer.name.starts_with("block_");
    const auto* depthwise = std::get_if<Depthwise>(&layer.op);
    if (is_in_block && depthwise) {
      const Layer& project = network.layers[i + 1];
      const bool expands = network.layers[i - 1].name.ends_with(".expand");
      add_block(expands ? network.layers[i - 1].input : layer.input, layer.output.back(),
                project.output.back(), depthwise->window.stride);
    } else if (is_in_block) {
      continue;  // its expand, project, add
    } else if (const auto* conv = std::get_if<Conv>(&layer.op)) {
      stages.push_back({layer.input, IsPointwise(layer) ? "conv2d 1x1" : "conv2d", "-", channels, "1",
                        std::to_string(conv->window.stride)});
    } else if (std::holds_alternative<GlobalAvgPool>(layer.op)) {
      stages.push_back(
          {layer.input, StrCat("avgpool ", layer.input[0], "x", layer.input[1]), "-", "-", "1", "-"});
    } else if (std::holds_alternative<FullyConnected>(layer.op)) {
      stages.push_back({layer.input, "conv2d 1x1", "-", channels, "-", "-"});
    }
  }
  return stages;
}

PaperTable V2Stages() {
  PaperTable table{"arXiv 1801.04381", "Table 2", "MobileNetV2", {}};
  const auto printed = PrintedStagesOfV2();
  const std::vector<Stage> stages = StagesOfV2(MakeNetwork("mobilenet_v2", 1.0, 224, kPaperClasses));
  assert(printed.size() == stages.size());
  for (size_t i = 0; i < printed.size(); ++i) {
    const PrintedStage& stage = printed[i];
    table.rows.push_back({StrCat("line ", i + 1),
                          "",
                          {},
                          {TextFigure("input", stage.input, StrJoin(stages[i].input, " x ")),
                           TextFigure("operator", stage.op, stages[i].op),
                           TextFigure("t", stage.expansion, stages[i].expansion),
                           TextFigure("c", stage.channels, stages[i].channels),
                           TextFigure("n", stage.repeats, stages[i].repeats),
                           TextFigure("s", stage.stride, stages[i].stride)}});
  }
  return table;
}

// What people see instead of a quantity's name.
std::string Shown(std::string_view quantity) {
  if (quantity == kMultAdds) return "M mult-adds";
  if (quantity == kParameters) return "M parameters";
  if (quantity == "mult_adds_percent") return "% of mult-adds";
  if (quantity == "parameters_percent") return "% of parameters";
  if (quantity == "type") return "type / stride";
  if (quantity == "filter_shape") return "filter shape";
  if (quantity == "input_size") return "input size";
  return std::string(quantity);
}

ReportTable PeoplesTable(const PaperTable& table) {
  // The quantities of all rows, in order; a row may lack some.
  std::vector<std::string> quantities;
  bool has_top1 = false;
  for (const PaperRow& row : table.rows) {
    has_top1 |= row.top1_percent.has_value();
    for (const PaperFigure& figure : row.figures) {
      if (std::find(quantities.begin(), quantities.end(), figure.quantity) == quantities.end()) {
        quantities.push_back(figure.quantity);
      }
    }
  }
  const bool is_of_numbers = table.rows[0].figures[0].printed_number.has_value();
  const Align align = is_of_numbers ? Align::kRight : Align::kLeft;
  std::vector<ReportTable::Column> columns = {{"", is_of_numbers ? "printed as" : "row"}};
  if (has_top1) columns.push_back({"", "top-1 %", Align::kRight});
  for (const std::string& quantity : quantities) {
    columns.push_back({"", Shown(quantity), align});
    // In a table of texts, only texts that differ are worth a second column.
    if (is_of_numbers) columns.push_back({"", "ours", align});
  }
  columns.push_back({"", is_of_numbers ? "" : "ours"});
  ReportTable out(std::move(columns));
  for (const PaperRow& row : table.rows) {
    std::vector<ReportTable::Cell> cells = {ReportTable::Same(row.label)};
    if (has_top1) cells.push_back(ReportTable::Same(row.top1_percent ? FixedText(*row.top1_percent, 1) : ""));
    std::string notes;
    for (const std::string& quantity : quantities) {
      const auto figure = std::find_if(row.figures.begin(), row.figures.end(),
                                       [&](const PaperFigure& one) { return one.quantity == quantity; });
      const bool is_there = figure != row.figures.end();
      cells.push_back(ReportTable::Same(is_there ? figure->printed : ""));
      if (is_of_numbers) cells.push_back(ReportTable::Same(is_there ? figure->computed : ""));
      if (!is_there || figure->agrees) continue;
      if (!notes.empty()) notes += "; ";
      notes += is_of_numbers ? figure->printed : figure->computed;
      notes += ": " + figure->explanation;
    }
    cells.push_back(ReportTable::Same(is_of_numbers || !notes.empty() ? notes : "the same"));
    out.AddRow(std::move(cells));
  }
  return out;
}

std::string Csv(const std::vector<PaperTable>& tables) {
  ReportTable out({{"source", ""},
                   {"table", ""},
                   {"row", ""},
                   {"network", ""},
                   {"quantity", ""},
                   {"printed", ""},
                   {"computed", ""},
                   {"agrees", ""},
                   {"explanation", ""}});
  for (const PaperTable& table : tables) {
    for (const PaperRow& row : table.rows) {
      for (const PaperFigure& figure : row.figures) {
        const std::string computed = figure.computed_number
                                         ? ShortFixedText(*figure.computed_number, kComputedDecimals)
                                         : figure.computed;
        std::vector<ReportTable::Cell> cells;
        for (const std::string& text :
             {table.source, table.table, row.label, row.network, figure.quantity, figure.printed, computed,
              std::string(figure.agrees ? "true" : "false"), figure.explanation}) {
          cells.push_back(ReportTable::Same(text));
        }
        out.AddRow(std::move(cells));
      }
    }
  }
  return out.Csv();
}

}  // namespace

std::vector<PaperTable> MakePaperTables() {
  const SummaryReport v1 = MakeSummaryReport(V1());
  std::vector<PaperTable> tables = {V1Layers(v1), V1Shares(v1), V1Steps()};
  bool has_stages = false;
  for (const PrintedComplexityTable& printed : PrintedComplexityTables()) {
    if (!has_stages && printed.source == "arXiv 1801.04381") {
      tables.push_back(V2Stages());
      has_stages = true;
    }
    PaperTable table = ComplexityTable(printed);
    if (!table.rows.empty()) tables.push_back(std::move(table));
  }
  return tables;
}

std::string PaperText(const std::vector<PaperTable>& tables, TableFormat format) {
  if (format == TableFormat::kCsv) return Csv(tables);
  const bool is_markdown = format == TableFormat::kMarkdown;
  std::string text;
  for (const PaperTable& table : tables) {
    const std::string heading = StrCat(table.source, ", ", table.table, ". ", table.title);
    if (!text.empty()) text += "\n";
    text += is_markdown ? StrCat("### ", MarkdownText(heading), "\n\n") : heading + "\n";
    text += PeoplesTable(table).Format(format);
  }
  return text;
}

std::string PaperJson(const std::vector<PaperTable>& tables) {
  std::string lines;
  for (const PaperTable& table : tables) {
    JsonWriter json;
    json.BeginObject();
    json.String("source", table.source);
    json.String("table", table.table);
    json.String("title", table.title);
    json.Key("rows");
    json.BeginArray();
    for (const PaperRow& row : table.rows) {
      json.BeginObject();
      json.String("label", row.label);
      json.OptionalString("network", row.network.empty() ? std::nullopt : std::optional(row.network));
      json.Key("top1_percent");
      row.top1_percent ? json.Fixed(*row.top1_percent, 1) : json.Null();
      json.Key("figures");
      json.BeginArray();
      for (const PaperFigure& figure : row.figures) {
        json.BeginObject();
        json.String("quantity", figure.quantity);
        if (figure.printed_number) {
          json.Fixed("printed", *figure.printed_number, kComputedDecimals);
          json.Fixed("computed", *figure.computed_number, kComputedDecimals);
        } else {
          json.String("printed", figure.printed);
          json.String("computed", figure.computed);
        }
        json.Boolean("agrees", figure.agrees);
        json.OptionalString("explanation",
                            figure.explanation.empty() ? std::nullopt : std::optional(figure.explanation));
        json.EndObject();
      }
      json.EndArray();
      json.EndObject();
    }
    json.EndArray();
    json.EndObject();
    lines += json.text() + "\n";
  }
  return lines;
}

}  // namespace mobilenet
