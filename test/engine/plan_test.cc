// Plans for small seeded models: what is true for any weights.
#include "src/engine/plan.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "src/base/cpu_cores.h"
#include "src/base/cpu_part.h"
#include "src/base/error.h"
#include "src/base/stopwatch.h"
#include "src/engine/backend_choice.h"
#include "test/engine/seeded_picture.h"
#include "test/engine/waiting_time.h"
#include "test/support/catch.h"
#include "test/support/files.h"
#include "test/support/run_command.h"
#include "test/support/synthetic_model.h"

namespace mobilenet {
namespace {

ModelFile SmallModel(const test::TemporaryFolder& folder, WeightQuantization quantization,
                     int resolution = 64) {
  const std::string path = folder / "model.safetensors";
  test::WriteSyntheticModel(path, {.width_multiplier = 0.25,
                                   .resolution = resolution,
                                   .classes = 11,
                                   .quantization = quantization,
                                   .seed = 7});
  return ModelFile::Open(path);
}

TEST_CASE("every type runs on every backend and gives probabilities that differ between classes") {
  const test::TemporaryFolder folder;
  for (auto quantization : kQuantizations) {
    const ModelFile file = SmallModel(folder, quantization);
    for (auto backend : BackendChoices()) {
      Plan plan(file, {.backend = backend, .threads = 3});
      const auto scores = Scores(plan);
      REQUIRE(scores.size() == 11);
      double sum = 0;
      for (float score : scores) sum += score;
      CHECK(std::abs(sum - 1) < 1e-5);
      CHECK(*std::max_element(scores.begin(), scores.end()) > 1.2f / 11);
    }
  }
}

TEST_CASE("a plan answers the same each time, with any number of threads") {
  const test::TemporaryFolder folder;
  for (auto quantization : kQuantizations) {
    const ModelFile file = SmallModel(folder, quantization);
    for (auto backend : BackendChoices()) {
      Plan first(file, {.backend = backend, .threads = 1});
      const auto scores = Scores(first);
      CHECK(Scores(first) == scores);
      for (int threads : {2, 3}) {
        Plan other(file, {.backend = backend, .threads = threads});
        CHECK(other.threads() == threads);
        CHECK(Scores(other) == scores);
        for (int used : {1, threads}) {
          other.UseThreads(used);
          CHECK(other.threads() == used);
          CHECK(Scores(other) == scores);
        }
      }
    }
  }
}

TEST_CASE("a plan that takes its file with it answers the same, and leaves nothing of the weights") {
  const test::TemporaryFolder folder;
  for (auto quantization : kQuantizations) {
    for (auto backend : BackendChoices()) {
      for (int64_t cache_bytes : {0, 1 << 16}) {
        for (bool is_float : {false, true}) {
          PlanOptions options{.backend = backend, .cache_bytes = cache_bytes};
          if (is_float) options.precision = DataType::kF32;
          ModelFile file = SmallModel(folder, quantization);
          Plan kept(file, options);
          const auto stored = [&] {
            return file.Tensor("conv_pw_13.weights", StoredType(quantization), {256, 1, 1, 256});
          };
          const auto* byte = stored().As<char>() + 256 * 128;
          CHECK(std::any_of(byte, byte + 256, [](char value) { return value != 0; }));
          Plan own(std::move(file), options);
          CHECK(std::all_of(byte, byte + 256, [](char value) { return value == 0; }));
          CHECK(Scores(own) == Scores(kept));
        }
      }
    }
  }
}

#if MOBILENET_WITH_XNNPACK
TEST_CASE("native kernels and XNNPACK agree on seeded weights") {
  const test::TemporaryFolder folder;
  for (int resolution : {32, 64, 96, 160}) {  // pools of 1 x 1, 2 x 2, 3 x 3 and 5 x 5
    for (auto quantization : kQuantizations) {
      const ModelFile file = SmallModel(folder, quantization, resolution);
      Plan xnnpack(file, {.backend = BackendChoice::kXnnpack});
      Plan native(file, {.backend = BackendChoice::kNative});
      Scores(xnnpack);
      Scores(native);
      for (int c = 0; c < 11; ++c) {
        CAPTURE(resolution, DataTypeName(xnnpack.type()), c);
        const auto logit = [c](const Plan& plan, auto type) {
          return static_cast<const decltype(type)*>(plan.logits())[c];
        };
        switch (xnnpack.type()) {
          case DataType::kU8:
            CHECK(std::abs(logit(xnnpack, uint8_t{}) - logit(native, uint8_t{})) <= 1);
            break;
          case DataType::kS8:
            CHECK(logit(xnnpack, int8_t{}) == logit(native, int8_t{}));
            break;
          default: {
            float largest = 0;
            for (int i = 0; i < 11; ++i) {
              largest = std::max(largest, std::abs(static_cast<const float*>(xnnpack.logits())[i]));
            }
            CHECK(std::abs(logit(xnnpack, float{}) - logit(native, float{})) <= 1e-4f * largest);
          }
        }
      }
    }
  }
}

#else
TEST_CASE("a build without XNNPACK says so") {
  const test::TemporaryFolder folder;
  const ModelFile file = SmallModel(folder, WeightQuantization::kNone);
  CHECK_THROWS_WITH(Plan(file, {.backend = BackendChoice::kXnnpack}),
                    "this program was built without XNNPACK (--backend native or auto)");
}
#endif

TEST_CASE("a plan with more threads than there are cores leaves these to others once it has run") {
  const test::TemporaryFolder folder;
  const ModelFile file = SmallModel(folder, WeightQuantization::kNone);
  for (auto backend : BackendChoices()) {
    Plan plan(file, {.backend = backend, .threads = AvailableCores() + 1});
    FillInput(plan);
    plan.Run();
    CHECK(test::ProcessorMsOfWaiting() < 5);
  }
}

TEST_CASE("panels of output channels change not a bit of the result") {
  const test::TemporaryFolder folder;
  for (auto quantization : kQuantizations) {
    const ModelFile file = SmallModel(folder, quantization);
    for (auto backend : BackendChoices()) {
      Plan whole(file, {.backend = backend});
      const auto scores = Scores(whole);
      // The last: panels of 16 channels, the narrowest, everywhere; the layers' widths are not all multiples
      // of it.
      for (int64_t cache_bytes : {65536, 16384, 64}) {
        for (int threads : {1, 3}) {
          // Under emulation, threads wait long for each other: the most panels show as much as fewer do.
          if (test::IsEmulated() && threads > 1 && cache_bytes > 64) continue;
          Plan panels(file, {.backend = backend, .threads = threads, .cache_bytes = cache_bytes});
          CHECK(Scores(panels) == scores);
          const auto runs = panels.LayerRuns();
          CHECK(runs.size() == whole.LayerRuns().size());
          for (size_t i = 0; i < runs.size(); ++i) CHECK(runs[i].kernel == whole.LayerRuns()[i].kernel);
        }
      }
    }
  }
}

TEST_CASE("layers say which backend and kernel ran, and their times add up to the inference") {
  const test::TemporaryFolder folder;
  const ModelFile file = SmallModel(folder, WeightQuantization::kS8PerChannel, 224);
  for (auto backend : {BackendChoice::kAuto, BackendChoice::kNative}) {
    Plan plan(file, {.backend = backend});
    FillInput(plan);
    const Stopwatch stopwatch;
    plan.Run();
    const double inference_ms = stopwatch.ElapsedMs();
    const auto runs = plan.LayerRuns();
    REQUIRE(runs.size() == plan.network().layers.size());
    double sum_ms = 0;
    for (size_t i = 0; i < runs.size(); ++i) {
      const bool weighted = Parameters(plan.network().layers[i]) != 0;
      CHECK(runs[i].backend ==
            (weighted && backend != BackendChoice::kNative && MOBILENET_WITH_XNNPACK ? "xnnpack" : "native"));
      CHECK(runs[i].kernel.find("qs8") != std::string::npos);
      CHECK(runs[i].latency_ms > 0);
      sum_ms += runs[i].latency_ms;
    }
    CHECK(sum_ms <= inference_ms);
  }
}

TEST_CASE("auto takes the faster backend of each layer on cores that were modelled") {
  const test::TemporaryFolder folder;
  for (auto quantization : kQuantizations) {
    const ModelFile file = SmallModel(folder, quantization);
    for (long part : {0L, kCortexA53, kCortexA72, kCortexA76}) {
      for (Isa isa : {Isa::kScalar, BestIsa()}) {
        const Plan plan(file, {.isa = isa, .cpu_part = part});
        for (size_t i = 0; i < plan.LayerRuns().size(); ++i) {
          const Layer& layer = plan.network().layers[i];
          const bool is_native = Parameters(layer) == 0 || !MOBILENET_WITH_XNNPACK ||
                                 (isa > Isa::kScalar && NativeIsFaster(layer, plan.type(), part, isa));
          CAPTURE(layer.name, part, IsaName(isa));
          CHECK(plan.LayerRuns()[i].backend == (is_native ? "native" : "xnnpack"));
        }
      }
    }
    // The user's choice is what runs.
    const Plan native(file, {.backend = BackendChoice::kNative, .cpu_part = kCortexA76});
    CHECK(native.LayerRuns()[1].backend == "native");
    if (!MOBILENET_WITH_XNNPACK) continue;
    const Plan xnnpack(file, {.backend = BackendChoice::kXnnpack, .isa = BestIsa(), .cpu_part = kCortexA72});
    for (size_t i = 0; i < 27; ++i) CHECK(xnnpack.LayerRuns()[i].backend == "xnnpack");
  }
}

TEST_CASE("native kernels are the faster ones only where that was modelled") {
  const Network network = MakeNetwork("mobilenet_v1", 1.0, 224, 1001);
  const Layer& conv = network.layers[0];
  const Layer& depthwise = network.layers[1];
  const Layer& pointwise = network.layers[2];
#if defined(__aarch64__)
  for (long part : {kCortexA53, kCortexA72, kCortexA76})
    CHECK(NativeIsFaster(pointwise, DataType::kF32, part, BestIsa()));
  for (const Layer& layer : {conv, depthwise, pointwise}) {
    for (long part : {kCortexA53, kCortexA72, kCortexA76}) {
      CHECK(NativeIsFaster(layer, DataType::kU8, part, BestIsa()));
      CHECK(NativeIsFaster(layer, DataType::kS8, part, BestIsa()));
    }
    CHECK_FALSE(NativeIsFaster(layer, DataType::kU8, 0, BestIsa()));
    CHECK_FALSE(NativeIsFaster(layer, DataType::kS8, 0, BestIsa()));
  }
#elif defined(__x86_64__)
  for (const Layer& layer : {pointwise, depthwise, network.layers[network.layers.size() - 2]}) {
    CHECK(NativeIsFaster(layer, DataType::kF32, 0, Isa::kAvx2));
    CHECK(NativeIsFaster(layer, DataType::kF32, 0, Isa::kAvx512));
    CHECK_FALSE(NativeIsFaster(layer, DataType::kF32, 0, Isa::kScalar));
    CHECK_FALSE(NativeIsFaster(layer, DataType::kS8, 0, Isa::kAvx512));
    CHECK(NativeIsFaster(layer, DataType::kS8, 0, Isa::kAvx512Vnni));
  }
  CHECK_FALSE(NativeIsFaster(conv, DataType::kF32, 0, Isa::kAvx512));  // 27 inputs per output
  // A layer with 8 inputs per output, and a depthwise one with stride 2 and 128 channels.
  const Network small = MakeNetwork("mobilenet_v1", 0.25, 224, 1001);
  CHECK_FALSE(NativeIsFaster(small.layers[2], DataType::kF32, 0, Isa::kAvx512));
  CHECK_FALSE(NativeIsFaster(network.layers[7], DataType::kF32, 0, Isa::kAvx512));
  for (DataType type : {DataType::kU8, DataType::kS8}) {
    for (const Layer& layer : {conv, depthwise, pointwise}) {
      CHECK(NativeIsFaster(layer, type, 0, Isa::kAvx512Vnni));
      CHECK_FALSE(NativeIsFaster(layer, type, 0, Isa::kAvx512));
    }
    for (int size : {5, 7}) {
      Layer larger = depthwise;
      std::get<Depthwise>(larger.op).window.kernel_height = size;
      std::get<Depthwise>(larger.op).window.kernel_width = size;
      // There is no kernel for 7x7 but the scalar one.
      CHECK(NativeIsFaster(larger, type, 0, Isa::kAvx512Vnni) == (size == 5));
      CHECK_FALSE(NativeIsFaster(larger, type, 0, Isa::kAvx512));
    }
    Layer grouped = conv;
    std::get<Conv>(grouped.op).groups = 2;  // few channels a group, where its tiles have 32
    CHECK_FALSE(NativeIsFaster(grouped, type, 0, Isa::kAvx512Vnni));
    CHECK_FALSE(NativeIsFaster(network.layers.back(), type, 0, Isa::kAvx512Vnni));  // has no weights
  }
#else
  for (const Layer& layer : {conv, depthwise, pointwise}) {
    CHECK_FALSE(NativeIsFaster(layer, DataType::kF32, kCortexA72, BestIsa()));
  }
#endif
}

// One layer after the input that only floats have, and how it differs.
std::string WithLayer(const std::string& layer) {
  return R"([{"name": "conv1", "operator": "conv", "inputs": ["input"], "channels": 8, "kernel": [3, 3],)"
         R"( "stride": 2, "padding": "same"}, )" +
         layer +
         R"(, {"name": "pool", "operator": "avg_pool", "inputs": ["special"]},)"
         R"( {"name": "logits", "operator": "fully_connected", "inputs": ["pool"], "channels": 10},)"
         R"( {"name": "softmax", "operator": "softmax", "inputs": ["logits"]}])";
}

TEST_CASE("normalisation, sigmoid and tanh run only in f32, and a network with them says so by name") {
  const std::pair<std::string, std::string> layers[] = {
      {R"({"name": "special", "operator": "lrn", "inputs": ["conv1"], "size": 5, "alpha": 1e-4, "beta": 0.75,)"
       R"( "k": 1})",
       "lrn"},
      {R"({"name": "special", "operator": "conv", "inputs": ["conv1"], "channels": 4, "kernel": [1, 1],)"
       R"( "padding": "same", "activation": "tanh"})",
       "tanh"},
      {R"({"name": "special", "operator": "add", "inputs": ["conv1", "conv1"], "activation": "sigmoid"})",
       "sigmoid"},
  };
  const test::TemporaryFolder folder;
  for (const auto& [layer, word] : layers) {
    CAPTURE(word);
    const auto open = [&, text = WithLayer(layer)](WeightQuantization quantization) {
      const std::string path = folder / "special.safetensors";
      test::WriteSyntheticModel(path,
                                {.quantization = quantization, .architecture = "special", .layers = text});
      return ModelFile::Open(path);
    };
    const ModelFile real = open(WeightQuantization::kNone);
    const std::string what =
        ": special: " + word + " is computed only in f32 (a file with f32 weights is needed, run as f32)";
    Plan plan(real, {.isa = BestIsa()});
    CHECK(plan.LayerRuns()[1].kernel.find(word + "_f32") != std::string::npos);
    CHECK_THROWS_WITH(Plan(real, {.precision = DataType::kS8}), real.path() + what);
    for (auto quantization : {WeightQuantization::kU8PerTensor, WeightQuantization::kS8PerChannel}) {
      const ModelFile file = open(quantization);
      CHECK_THROWS_WITH(Plan(file, {}), file.path() + what);
      CHECK_THROWS_WITH(Plan(file, {.precision = DataType::kF32}), file.path() + what);
    }
  }
}

TEST_CASE("a type that the file does not have is refused") {
  const test::TemporaryFolder folder;
  const auto message = [&](WeightQuantization quantization, DataType precision) {
    const ModelFile file = SmallModel(folder, quantization);
    try {
      Plan plan(file, {.precision = precision});
    } catch (const Error& error) {
      return std::string(error.what()).substr(file.path().size());
    }
    return std::string("no error");
  };
  CHECK(message(WeightQuantization::kNone, DataType::kU8) ==
        ": cannot run a file of f32 weights as u8 (f32; mobilenet quantize makes one of s8 weights)");
  CHECK(
      message(WeightQuantization::kU8PerTensor, DataType::kS8) ==
      ": cannot run a file of u8 weights as s8 (f32 or u8; scripts/convert.py --quantization makes others)");
  CHECK(
      message(WeightQuantization::kS8PerChannel, DataType::kU8) ==
      ": cannot run a file of s8 weights as u8 (f32 or s8; scripts/convert.py --quantization makes others)");
}

}  // namespace
}  // namespace mobilenet
