// What a user waits for, measured: start-up and memory of the real program, inference compared with the sum
// of its layers, and decoding a 12-megapixel JPEG by libjpeg-turbo and by stb_image. Medians; status 1 if a
// bound is broken.
//     mobilenet_benchmark [--short]
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/base/cpu_cores.h"
#include "src/base/stopwatch.h"
#include "src/engine/plan.h"
#include "src/image/image.h"
#include "src/weights/model_file.h"
#include "test/bench/photograph.h"
#include "test/bench/stb_jpeg.h"
#include "test/support/files.h"
#include "test/support/run_command.h"
#include "test/support/synthetic_model.h"
#include "test/support/under_test.h"

namespace mobilenet {
namespace {

const std::string kDefaultModel = test::WeightsFolder() + "/mobilenet_v1_1.0_224_s8.safetensors";
const std::string kV2Model = test::WeightsFolder() + "/mobilenet_v2_1.0_224_s8.safetensors";

struct Bounds {
  bool all_hold = true;

  // One line of the report.
  void Report(const char* what, double value, const char* unit, double bound, bool is_upper) {
    const bool holds = is_upper ? value <= bound : value >= bound;
    std::printf("%-58s %9.2f %-5s (%s %g%s)\n", what, value, unit, is_upper ? "at most" : "at least", bound,
                holds ? "" : ": BROKEN");
    all_hold = all_hold && holds;
  }
  static void Report(const char* what, double value, const char* unit) {
    std::printf("%-58s %9.2f %-5s\n", what, value, unit);
  }
};

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

double MedianMs(int runs, const std::function<void()>& work) {
  std::vector<double> times_ms;
  for (int i = 0; i < runs; ++i) {
    const Stopwatch stopwatch;
    work();
    times_ms.push_back(stopwatch.ElapsedMs());
  }
  return Median(times_ms);
}

// The program's peak resident memory in MB, as counted by the kernel. For a child made by fork, the count
// starts with this process's own memory: it must be measured before this process has grown.
double PeakMemoryMb(const std::string& model, const std::string& image) {
  const std::string command =
      "exec " + test::MobilenetCommand() + " classify --model " + model + " " + image + " > /dev/null";
  const pid_t child = ::fork();
  if (child == 0) {
    ::execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
    ::_exit(127);
  }
  int status = 0;
  rusage usage{};
  ::wait4(child, &status, 0, &usage);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return std::nan("");
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

// In its own process, so that this one does not grow.
std::string WriteLite0(const test::TemporaryFolder& folder) {
  const std::string path = folder / "efficientnet_lite0_f32.safetensors";
  const pid_t child = ::fork();
  if (child == 0) {
    test::WriteSyntheticModel(
        path,
        {.width_multiplier = 1, .resolution = 224, .classes = 1000, .architecture = "efficientnet_lite0"});
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  return path;
}

void MeasureProcess(Bounds& bounds, const test::TemporaryFolder& folder, int runs, bool is_short) {
  const std::string image = test::WritePhotograph(folder, 640, 480);
  const auto report = [&](const char* what, const std::string& model, double bound_mb) {
    bounds.Report(what, PeakMemoryMb(model, image), "MB", bound_mb, true);
  };
  report("classify, V1 1.0_224 s8, 640x480 JPEG: peak memory", kDefaultModel, 16.5);
  report("classify, V2 1.0_224 s8: peak memory", kV2Model, 16);
  report("classify, EfficientNet-Lite0 f32: peak memory", WriteLite0(folder), 40);
  const double start_up_ms = MedianMs(runs, [&] {
    test::RunMobilenet({"classify", "--model", kDefaultModel, image});
  });
  const char* what = "classify, the same: from exec to label, warm";
  // A wall-clock time is a bound on a quiet machine, not in a test.
  if (is_short) {
    Bounds::Report(what, start_up_ms, "ms");
  } else {
    bounds.Report(what, start_up_ms, "ms", 60, true);
  }
}

void MeasureInference(Bounds& bounds, const std::string& model, std::optional<DataType> type, int threads,
                      int runs) {
  const ModelFile file = ModelFile::Open(model);
  Plan plan(file, PlanOptions{.precision = type, .threads = threads});
  std::vector<double> inference_ms;
  std::vector<double> ratios;
  for (int i = 0; i < runs; ++i) {
    const Stopwatch stopwatch;
    plan.Run();
    inference_ms.push_back(stopwatch.ElapsedMs());
    double sum_ms = 0;
    for (const LayerRun& layer : plan.LayerRuns()) sum_ms += layer.latency_ms;
    ratios.push_back(inference_ms.back() / sum_ms);
  }
  const std::string what = std::filesystem::path(model).stem().string() + " as " +
                           std::string(DataTypeName(plan.type())) + ", " + std::to_string(threads) +
                           " threads: ";
  Bounds::Report((what + "inference").c_str(), Median(inference_ms), "ms");
  bounds.Report((what + "over its layers").c_str(), Median(ratios), "times", 1.03, true);
}

// Inferences with and without timed layers, in turn, each of the two first every other time.
void MeasureTiming(Bounds& bounds, const std::string& model, std::optional<DataType> type, int pairs) {
  const ModelFile file = ModelFile::Open(model);
  Plan plan(file, PlanOptions{.precision = type, .threads = 1});
  plan.Run();
  std::vector<double> ratios;
  for (int i = 0; i < pairs; ++i) {
    double timed_ms = 0;
    double untimed_ms = 0;
    const auto timed = [&] { timed_ms = MedianMs(1, [&] { plan.Run(); }); };
    const auto untimed = [&] { untimed_ms = MedianMs(1, [&] { plan.RunUntimed(); }); };
    if (i % 2 == 0) {
      timed();
      untimed();
    } else {
      untimed();
      timed();
    }
    ratios.push_back(timed_ms / untimed_ms);
  }
  const std::string what = std::filesystem::path(model).stem().string() + " as " +
                           std::string(DataTypeName(plan.type())) + ": more with its layers' times";
  bounds.Report(what.c_str(), 100 * (Median(ratios) - 1), "%", 1, true);
}

void MeasureDecoding(Bounds& bounds, const std::string& image, int runs) {
  const std::string file = test::ReadFileBytes(image);
  const ByteBuffer bytes(file.begin(), file.end());
  std::vector<double> turbo_ms;
  std::vector<double> stb_ms;
  for (int i = 0; i < runs; ++i) {  // in turn, so that other work affects both alike
    turbo_ms.push_back(MedianMs(1, [&] { DecodeImageFile(image, {}); }));
    stb_ms.push_back(MedianMs(1, [&] { test::DecodeJpegByStb(bytes); }));
  }
  Bounds::Report("decode a 12-megapixel JPEG: libjpeg-turbo", Median(turbo_ms), "ms");
  Bounds::Report("decode a 12-megapixel JPEG: stb_image", Median(stb_ms), "ms");
  bounds.Report("decode a 12-megapixel JPEG: stb_image over libjpeg-turbo", Median(stb_ms) / Median(turbo_ms),
                "times", 1.5, false);
}

int Main(bool is_short) {
  const int runs = is_short ? 5 : 25;
  if (!std::filesystem::exists(kDefaultModel)) {
    std::printf("SKIPPED: no %s (ctest converts it from ../shared/models)\n", kDefaultModel.c_str());
    return 0;
  }
  Bounds bounds;
  const test::TemporaryFolder folder;
  const int threads = FastestClusterCores();
  MeasureProcess(bounds, folder, 4 * runs, is_short);
  for (std::string_view model : {"1.0_224_s8", "1.0_224_u8", "0.25_128_s8"}) {
    const std::string path = test::WeightsFolder() + "/mobilenet_v1_" + std::string(model) + ".safetensors";
    MeasureInference(bounds, path, std::nullopt, threads, 10 * runs);
  }
  MeasureInference(bounds, kDefaultModel, DataType::kF32, threads, 2 * runs);
  // A few runs cannot resolve a hundredth.
  if (!is_short) {
    for (const auto& [model, type] :
         std::vector<std::pair<std::string, std::optional<DataType>>>{{"1.0_224_s8", std::nullopt},
                                                                      {"1.0_224_u8", std::nullopt},
                                                                      {"1.0_224_s8", DataType::kF32},
                                                                      {"0.25_128_s8", std::nullopt}}) {
      MeasureTiming(bounds, test::WeightsFolder() + "/mobilenet_v1_" + model + ".safetensors", type,
                    40 * runs);
    }
  }
  // A few runs of two decoders do not agree on a machine with other work: 1.1 to 2.2 times within minutes.
  if (!is_short) MeasureDecoding(bounds, test::WritePhotograph(folder, 4000, 3000), runs);
  return bounds.all_hold ? 0 : 1;
}

}  // namespace
}  // namespace mobilenet

int main(int argc, char** argv) {
  const std::vector<std::string_view> arguments(argv + 1, argv + argc);
  if (arguments.size() > 1 || (arguments.size() == 1 && arguments[0] != "--short")) {
    std::fprintf(stderr, "usage: mobilenet_benchmark [--short]\n");
    return 2;
  }
  return mobilenet::Main(!arguments.empty());
}
