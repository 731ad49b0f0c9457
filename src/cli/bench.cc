#include "src/cli/bench.h"

#include <memory>
#include <utility>

#include <CLI/CLI.hpp>

#include "models/registry.h"
#include "src/engine/latency.h"
#include "src/engine/model_network.h"
#include "src/report/bench.h"
#include "src/weights/model_file.h"
#include "src/weights/model_lookup.h"
#include "src/weights/random_model.h"

namespace mobilenet {

void AddBenchCommand(CLI::App& app, const std::function<void(const BenchOptions&)>& run) {
  auto options = std::make_shared<BenchOptions>();
  CLI::App* command = app.add_subcommand("bench", "Latency of a model and its layers");
  AddEngineOptions(*command, options->engine);
  CLI::Option* const model = command->get_option("--model");
  CLI::Option* const architecture =
      command->add_option("--arch", options->architecture, "A network, instead of a model; with --random")
          ->type_name("NAME")
          ->excludes(model);
  command->add_option("--width", options->width_multiplier, "Its width multiplier")
      ->type_name("W")
      ->capture_default_str()
      ->needs(architecture);
  command->add_option("--resolution", options->resolution, "Its input pixels [the architecture's own]")
      ->type_name("R")
      ->needs(architecture);
  CLI::Option* const random =
      command->add_flag("--random", options->random, "Random weights, made in memory")->needs(architecture);
  architecture->needs(random);
  AddNumber(*command, "--warmup", options->warmup, 0, 1'000'000, "Inferences not measured")
      ->capture_default_str();
  AddNumber(*command, "--runs", options->runs, 1, 1'000'000, "Inferences measured")->capture_default_str();
  AddChoice(*command, "--format", options->format, kOutputFormats, "Default: text");
  command->footer(
      "Examples: mobilenet bench --model mobilenet_v1_0.5_160_s8 --threads 1\n"
      "          mobilenet bench --arch mobilenet_v2 --random");
  command->callback([options, run] { run(*options); });
}

namespace {

constexpr int kRandomClasses = 1000;  // as the papers count

// In the precision that is asked for.
ModelFile RandomModelOf(const BenchOptions& options) {
  const Architecture& architecture = FindArchitecture(options.architecture);
  const Network network =
      MakeNetwork(options.architecture, options.width_multiplier,
                  options.resolution.value_or(architecture.default_resolution), kRandomClasses);
  switch (options.engine.precision.value_or(DataType::kF32)) {
    case DataType::kU8:
      CheckComputesInIntegers(network, options.architecture);
      return RandomModel(network, WeightQuantization::kU8PerTensor);
    case DataType::kS8:
      CheckComputesInIntegers(network, options.architecture);
      return RandomModel(network, WeightQuantization::kS8PerChannel);
    default:
      return RandomModel(network, WeightQuantization::kNone);
  }
}

}  // namespace

void RunBench(const BenchOptions& options, StandardOutput& output) {
  const PlanOptions plan = options.engine.PlanOptionsHere();
  ModelFile file = options.random ? RandomModelOf(options) : ModelFile::Open(FindModel(options.engine.model));
  const BenchReport report = MeasureLatency(std::move(file), plan, options.warmup, options.runs);
  output.Write(options.format == OutputFormat::kJson ? BenchJson(report) : BenchText(report));
}

}  // namespace mobilenet
