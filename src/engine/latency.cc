#include "src/engine/latency.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "src/base/stopwatch.h"
#include "src/engine/layer_rows.h"
#include "src/image/preprocess.h"

namespace mobilenet {
namespace {

double Median(std::vector<double> values) {
  const auto middle = values.begin() + std::ssize(values) / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

BenchReport MeasureLatency(ModelFile file, const PlanOptions& options, int warmup, int runs) {
  BenchReport report;
  report.model = file.path();
  report.warmup = warmup;
  report.runs = runs;
  report.architecture = file.architecture();
  report.width_multiplier = file.width_multiplier();
  report.resolution = file.resolution();
  const PreprocessSpec preprocess = file.preprocess();
  Plan plan(std::move(file), options);
  report.precision = DataTypeName(plan.type());
  report.threads = plan.threads();

  // The input's memory is used for feature maps too: every run starts from a copy of the same picture.
  const Image grey{1, 1, {128, 128, 128}};
  PreprocessImage(grey, preprocess, report.resolution, plan.type(), plan.input_quantization(), plan.input());
  const auto* first_byte = static_cast<const std::byte*>(plan.input());
  const size_t input_bytes =
      static_cast<size_t>(ElementCount(plan.network().layers[0].input)) * ElementBytes(plan.type());
  const std::vector<std::byte> input(first_byte, first_byte + input_bytes);
  std::vector<double> inference_ms;
  std::vector<std::vector<double>> layer_ms(plan.network().layers.size());
  for (int i = 0; i < warmup + runs; ++i) {
    std::copy(input.begin(), input.end(), static_cast<std::byte*>(plan.input()));
    const Stopwatch stopwatch;
    plan.Run();
    const double elapsed_ms = stopwatch.ElapsedMs();
    if (i < warmup) continue;
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
  return report;
}

}  // namespace mobilenet
