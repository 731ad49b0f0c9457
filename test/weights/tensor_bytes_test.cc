#include "src/weights/tensor_bytes.h"

#include "models/registry.h"
#include "src/weights/safetensors.h"
#include "test/support/catch.h"
#include "test/support/files.h"
#include "test/support/synthetic_model.h"

namespace mobilenet {
namespace {

TEST_CASE("the tensors of a model file are as large as they are said to be") {
  const test::TemporaryFolder folder;
  for (const char* architecture : {"mobilenet_v1", "mobilenet_v2"}) {
    for (const WeightQuantization quantization :
         {WeightQuantization::kNone, WeightQuantization::kU8PerTensor, WeightQuantization::kS8PerChannel}) {
      test::SyntheticModelOptions options;
      options.architecture = architecture;
      options.quantization = quantization;
      const std::string path = test::WriteSyntheticModel(folder / "model.safetensors", options);
      const int64_t bytes = static_cast<int64_t>(Safetensors::Open(path).data().size());
      const Network network =
          MakeNetwork(architecture, options.width_multiplier, options.resolution, options.classes);
      CAPTURE(architecture, static_cast<int>(quantization));
      CHECK(TensorBytes(network, quantization) == bytes);
    }
  }
}

}  // namespace
}  // namespace mobilenet
