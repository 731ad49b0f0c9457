#include "src/cli/bench.h"

#include <memory>

#include <CLI/CLI.hpp>

#include "src/engine/latency.h"
#include "src/report/bench.h"
#include "src/weights/model_file.h"
#include "src/weights/model_lookup.h"

namespace mobilenet {

void AddBenchCommand(CLI::App& app, const std::function<void(const BenchOptions&)>& run) {
  auto options = std::make_shared<BenchOptions>();
  CLI::App* command = app.add_subcommand("bench", "Latency of a model and its layers");
  AddEngineOptions(*command, options->engine);
  AddNumber(*command, "--warmup", options->warmup, 0, 1'000'000, "Inferences not measured")
      ->capture_default_str();
  AddNumber(*command, "--runs", options->runs, 1, 1'000'000, "Inferences measured")->capture_default_str();
  AddChoice(*command, "--format", options->format, kOutputFormats, "Default: text");
  command->footer("Example: mobilenet bench --model mobilenet_v1_0.5_160_s8 --threads 1");
  command->callback([options, run] { run(*options); });
}

void RunBench(const BenchOptions& options, StandardOutput& output) {
  const ModelFile file = ModelFile::Open(FindModel(options.engine.model));
  const BenchReport report =
      MeasureLatency(file, options.engine.PlanOptionsHere(), options.warmup, options.runs);
  output.Write(options.format == OutputFormat::kJson ? BenchJson(report) : BenchText(report));
}

}  // namespace mobilenet
