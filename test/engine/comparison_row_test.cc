#include "src/engine/comparison_row.h"

#include "models/network_builder.h"
#include "models/registry.h"
#include "src/engine/plan.h"
#include "src/weights/model_file.h"
#include "test/support/catch.h"
#include "test/support/files.h"
#include "test/support/synthetic_model.h"

namespace mobilenet {
namespace {

TEST_CASE("a network's costs are those of its layers") {
  const ComparisonRow row = MakeComparisonRow(MakeNetwork("mobilenet_v1", 0.5, 160, 1001));
  CHECK(row.architecture == "mobilenet_v1");
  CHECK(row.width_multiplier == 0.5);
  CHECK(row.input_shape == Shape{160, 160, 3});
  CHECK(row.classes == 1001);
  CHECK(row.layers == 28);
  CHECK(row.mult_adds == 76'525'312);
  CHECK(row.parameters == 1'320'160);
  CHECK(row.file_f32_bytes == 4 * (row.parameters + row.biases));
  CHECK(MakeComparisonRow(MakeNetwork("mobilenet_v2", 1.0, 224, 1000)).layers == 53);
}

TEST_CASE("a network that runs in f32 only has no costs in 8 bits") {
  const auto with = [](bool has_lrn, Activation activation) {
    NetworkBuilder net({32, 32, 3});
    Value x = net.Conv("conv", net.kInput, 8, Square(3), activation);
    if (has_lrn) x = net.Lrn("lrn", x, {});
    x = net.FullyConnected("logits", net.MaxPool("pool", x, Square(3, 2)), 10);
    net.Softmax("softmax", x);
    return MakeComparisonRow(net.Build());
  };
  for (const Activation activation : {Activation::kRelu, Activation::kSigmoid, Activation::kTanh}) {
    for (const bool has_lrn : {false, true}) {
      const ComparisonRow row = with(has_lrn, activation);
      const bool has_8_bits = !has_lrn && activation == Activation::kRelu;
      CHECK(row.activation_peak_f32_bytes > 0);
      CHECK(row.file_f32_bytes > 0);
      CHECK(row.activation_peak_s8_bytes.has_value() == has_8_bits);
      CHECK(row.file_s8_bytes.has_value() == has_8_bits);
      CHECK(row.file_u8_bytes.has_value() == has_8_bits);
    }
  }
}

TEST_CASE("the peak of the activations is the memory that a plan takes") {
  const test::TemporaryFolder folder;
  for (const char* architecture : {"mobilenet_v1", "mobilenet_v2"}) {
    for (const WeightQuantization quantization :
         {WeightQuantization::kNone, WeightQuantization::kS8PerChannel}) {
      test::SyntheticModelOptions options;
      options.architecture = architecture;
      options.resolution = 64;
      options.quantization = quantization;
      const std::string path = test::WriteSyntheticModel(folder / "model.safetensors", options);
      const Plan plan(ModelFile::Open(path), PlanOptions{.backend = BackendChoice::kNative});
      const ComparisonRow row = MakeComparisonRow(plan.network());
      const bool is_float = quantization == WeightQuantization::kNone;
      CAPTURE(architecture, is_float);
      CHECK((is_float ? row.activation_peak_f32_bytes : row.activation_peak_s8_bytes.value()) ==
            static_cast<int64_t>(plan.feature_map_bytes()));
    }
  }
}

}  // namespace
}  // namespace mobilenet
