// Strips and panels change the order of the work, but not a bit of the result. Most run with one thread or
// with three: two that share the cores with other tests would spin while they wait for each other, at each of
// the many steps; where there are more threads than cores they sleep.
#include <string>

#include "src/engine/schedule.h"
#include "test/engine/seeded_picture.h"
#include "test/support/catch.h"
#include "test/support/files.h"
#include "test/support/run_command.h"
#include "test/support/synthetic_model.h"

namespace mobilenet {
namespace {

constexpr int64_t kCaches[] = {int64_t{1} << 18, int64_t{1} << 20};

ModelFile Model(const test::TemporaryFolder& folder, double width_multiplier, int resolution,
                WeightQuantization quantization) {
  const std::string path = folder / "model.safetensors";
  test::WriteSyntheticModel(path, {.width_multiplier = width_multiplier,
                                   .resolution = resolution,
                                   .classes = 11,
                                   .quantization = quantization,
                                   .seed = 7});
  return ModelFile::Open(path);
}

TEST_CASE("strips and panels of every V1 and type give the same result bit for bit, on 1 core and more") {
  const test::TemporaryFolder folder;
  int in_strips = 0;
  int in_panels = 0;
  for (double width_multiplier : {0.25, 0.5, 0.75, 1.0}) {
    for (int resolution : {128, 160, 192, 224}) {
      // Under emulation or with sanitizers, a network takes a second: the smallest, and one with both strips
      // and panels, show as much of the code.
      const bool is_extreme = (width_multiplier == 0.25 && resolution == 128) ||
                              (width_multiplier == (test::IsEmulated() ? 0.5 : 1.0) && resolution == 224);
      if (test::IsSlow() && !is_extreme) continue;
      for (auto quantization : kQuantizations) {
        const ModelFile file = Model(folder, width_multiplier, resolution, quantization);
        Plan layers(file, {});
        const auto scores = Scores(layers);
        for (int64_t cache_bytes : kCaches) {
          const Schedule schedule = MakeSchedule(layers.network().layers, layers.type(), cache_bytes);
          in_strips += !schedule.strips.empty();
          for (size_t i = 0; i < schedule.panel_channels.size(); ++i) {
            in_panels += schedule.panel_channels[i] < layers.network().layers[i].output.back();
          }
          for (int threads : {1, 2, 3}) {
            // That of a Raspberry Pi 4 with every number of threads.
            if (threads > 1 && cache_bytes != kCaches[1]) continue;
            if (threads == 2 && (!is_extreme || test::IsEmulated())) continue;
            CAPTURE(width_multiplier, resolution, DataTypeName(layers.type()), cache_bytes, threads);
            Plan plan(file, {.threads = threads, .cache_bytes = cache_bytes});
            REQUIRE(Scores(plan) == scores);
          }
        }
      }
    }
  }
  CHECK(in_strips > 0);
  CHECK(in_panels > 0);
}

TEST_CASE("native kernels in strips give the same result bit for bit") {
  const test::TemporaryFolder folder;
  for (auto quantization : kQuantizations) {
    const ModelFile file = Model(folder, 0.5, 224, quantization);
    Plan layers(file, {.backend = BackendChoice::kNative, .isa = BestIsa()});
    const auto scores = Scores(layers);
    REQUIRE(!MakeSchedule(layers.network().layers, layers.type(), kCaches[0]).strips.empty());
    for (int threads : {1, 3}) {
      Plan plan(file, {.backend = BackendChoice::kNative,
                       .threads = threads,
                       .isa = BestIsa(),
                       .cache_bytes = kCaches[0]});
      REQUIRE(Scores(plan) == scores);
    }
  }
}

}  // namespace
}  // namespace mobilenet
