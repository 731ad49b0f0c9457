#include "src/cli/bench.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

#include <CLI/CLI.hpp>

#include "src/base/stopwatch.h"
#include "src/cli/layer_rows.h"
#include "src/cli/model_lookup.h"
#include "src/image/preprocess.h"
#include "src/report/bench.h"
#include "src/weights/model_file.h"

namespace mobilenet {
namespace {

double Median(std::vector<double> values) {
  const auto middle = values.begin() + std::ssize(values) / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

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
  BenchReport report;
  report.model = FindModel(options.engine.model);
  report.warmup = options.warmup;
  report.runs = options.runs;

  const ModelFile file = ModelFile::Open(report.model);
  report.architecture = file.architecture();
  report.width_multiplier = file.width_multiplier();
  report.resolution = file.resolution();
  Plan plan(file, options.engine.PlanOptionsHere());
  report.precision = DataTypeName(plan.type());
  report.threads = plan.threads();

  // The input's memory is used for feature maps too: every run starts from a copy of the same picture.
  const Image grey{1, 1, {128, 128, 128}};
  PreprocessImage(grey, file.preprocess(), report.resolution, plan.type(), plan.input_quantization(),
                  plan.input());
  const auto* first_byte = static_cast<const std::byte*>(plan.input());
  const size_t input_bytes =
      static_cast<size_t>(ElementCount(plan.network().layers[0].input)) * ElementBytes(plan.type());
  const std::vector<std::byte> input(first_byte, first_byte + input_bytes);
  std::vector<double> inference_ms;
  std::vector<std::vector<double>> layer_ms(plan.network().layers.size());
  for (int i = 0; i < options.warmup + options.runs; ++i) {
    std::copy(input.begin(), input.end(), static_cast<std::byte*>(plan.input()));
    const Stopwatch stopwatch;
    plan.Run();
    const double elapsed_ms = stopwatch.ElapsedMs();
    if (i < options.warmup) continue;
    inference_ms.push_back(elapsed_ms);
    const std::vector<LayerRun> layers = plan.LayerRuns();
    for (size_t layer = 0; layer < layers.size(); ++layer)
      layer_ms[layer].push_back(layers[layer].latency_ms);
  }
  report.min_ms = *std::min_element(inference_ms.begin(), inference_ms.end());
  report.median_ms = Median(inference_ms);
  report.layers = LayerRows(plan);
  for (size_t layer = 0; layer < layer_ms.size(); ++layer)
    report.layers[layer].latency_ms = Median(layer_ms[layer]);
  output.Write(options.format == OutputFormat::kJson ? BenchJson(report) : BenchText(report));
}

}  // namespace mobilenet
