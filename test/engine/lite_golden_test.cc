// EfficientNet-Lite's published weights compared with the reference's answers
// (../shared/golden/README-efficientnet.md), on the photographs as our own decoding and resizing prepare
// them.
#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "src/base/sha256.h"
#include "src/engine/backend_choice.h"
#include "src/engine/layer_weights.h"
#include "src/engine/model_network.h"
#include "src/engine/plan.h"
#include "src/engine/topk.h"
#include "src/image/image.h"
#include "src/image/preprocess.h"
#include "src/json/json.h"
#include "src/weights/model_file.h"
#include "src/weights/safetensors.h"
#include "test/engine/half_plan.h"
#include "test/support/catch.h"
#include "test/support/photographs.h"
#include "test/support/run_command.h"
#include "test/support/skip.h"
#include "test/support/under_test.h"

namespace mobilenet {
namespace {

// ../shared, or "" if it or the weights are missing and the test is skipped.
std::string SharedFolderAnd(const std::string& weights) {
  const std::string shared = test::SharedFolder();
  if (shared.empty() || std::filesystem::exists(weights)) return shared;
  test::Skip(weights + " is missing: EfficientNet-Lite's packages cannot be had here");
  return "";
}

std::string WeightsPath(const std::string& model) {
  return test::WeightsFolder() + "/" + model + "_f32.safetensors";
}

// By the photograph's name.
std::map<std::string, std::string> InputHashes(const std::string& shared, const std::string& model) {
  std::ifstream in(shared + "golden/inputs/" + model + ".sha256");
  std::map<std::string, std::string> hashes;
  for (std::string hash, name; in >> hash >> name;) hashes[name] = hash;
  REQUIRE(hashes.size() == 108);
  return hashes;
}

// The photograph as the reference saw it, prepared by ourselves.
Image Resized(const std::string& shared, const std::string& photograph, const PreprocessSpec& spec,
              int resolution) {
  const std::string bytes = test::PhotographBytes(shared, photograph);
  const std::span pixels(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  return ResizeImage(DecodeImage(pixels, photograph, {}), spec, resolution);
}

void FillInput(const Image& resized, PreprocessSpec spec, int resolution, DataType type, void* input) {
  spec.resize = ResizeMode::kSquash;
  PreprocessImage(resized, spec, resolution, type, {}, input);
}

TEST_CASE("EfficientNet-Lite gives the reference's logits to 1e-4 on our own pictures of the photographs") {
  for (const char* name : {"efficientnet_lite0", "efficientnet_lite1", "efficientnet_lite2"}) {
    const std::string model = name;
    if (test::IsSlow() && model != "efficientnet_lite0") break;
    const std::string shared = SharedFolderAnd(WeightsPath(model));
    if (shared.empty()) return;
    const ModelFile file = ModelFile::Open(WeightsPath(model));
    Plan plan(file, {.isa = BestIsa()});
    const int resolution = plan.network().resolution;
    const auto classes = static_cast<size_t>(plan.network().classes);
    const Safetensors reference = Safetensors::Open(shared + "golden/outputs/" + model + ".safetensors");
    const Safetensors::Entry* expected_logits = reference.Find("logits");
    REQUIRE(expected_logits != nullptr);
    REQUIRE(expected_logits->shape == Shape{108, 1000});
    const auto hashes = InputHashes(shared, model);
    const std::vector<std::string> photographs = test::PhotographNames(shared);
    double largest_difference = 0;
    for (size_t i = 0; i < photographs.size(); i += test::PhotographStride()) {
      CAPTURE(model, photographs[i]);
      const Image resized = Resized(shared, photographs[i], file.preprocess(), resolution);
      REQUIRE(Sha256(std::as_bytes(std::span(resized.pixels))) == hashes.at(photographs[i]));
      FillInput(resized, file.preprocess(), resolution, plan.type(), plan.input());
      const auto scores = plan.Run();
      const auto* logits = static_cast<const float*>(plan.logits());
      const auto* expected = reinterpret_cast<const float*>(expected_logits->data) + i * classes;
      for (size_t c = 0; c < classes; ++c) {
        const auto difference = std::abs(static_cast<double>(logits[c]) - static_cast<double>(expected[c]));
        largest_difference = std::max(largest_difference, difference);
      }
      CHECK(TopK(scores, 1)[0] == std::max_element(expected, expected + classes) - expected);
    }
    std::cout << model << ": largest difference of a logit " << largest_difference << std::endl;
    CHECK(largest_difference <= 1e-4);
  }
}

TEST_CASE("EfficientNet-Lite0 in half floats has the reference's answers") {
  constexpr size_t kEvery = 4;
  const std::string model = "efficientnet_lite0";
  const std::string shared = SharedFolderAnd(WeightsPath(model));
  if (shared.empty()) return;
  const ModelFile file = ModelFile::Open(WeightsPath(model));
  const std::unique_ptr<Plan> plan = test::PlanInHalf(file);
  if (!plan) return;
  const int resolution = plan->network().resolution;
  const auto classes = static_cast<size_t>(plan->network().classes);
  const Safetensors reference = Safetensors::Open(shared + "golden/outputs/" + model + ".safetensors");
  const Safetensors::Entry* expected_logits = reference.Find("logits");
  REQUIRE(expected_logits != nullptr);
  const std::vector<std::string> photographs = test::PhotographNames(shared);
  int compared = 0, same = 0;
  for (size_t i = 0; i < photographs.size(); i += kEvery * test::PhotographStride()) {
    const Image resized = Resized(shared, photographs[i], file.preprocess(), resolution);
    FillInput(resized, file.preprocess(), resolution, plan->type(), plan->input());
    const auto* expected = reinterpret_cast<const float*>(expected_logits->data) + i * classes;
    ++compared;
    same += TopK(plan->Run(), 1)[0] == std::max_element(expected, expected + classes) - expected;
  }
  std::cout << model << " in half floats: the reference's top-1 on " << same << " of " << compared
            << std::endl;
  CHECK(same >= compared - std::max(1, compared / 10));
}

using Map = std::vector<float>;

// Every value of the network, layer by layer; the first is the input.
std::vector<Map> AllValues(const ModelFile& file, const Network& network, const Map& input,
                           const Backends& backends) {
  std::vector<Map> values = {input};
  for (const Layer& layer : network.layers) {
    const LoadedWeights weights = LoadLayerWeights(file, layer, DataType::kF32, {});
    LayerTask task = WholeLayer(layer, DataType::kF32, weights.views);
    for (size_t i = 0; i < layer.inputs.size(); ++i) task.inputs[i].data = values[layer.inputs[i]].data();
    const auto count = static_cast<size_t>(ElementCount(layer.output));
    Map output(count + AlignedBuffer::kSlackBytes / sizeof(float));
    task.output.data = output.data();
    for (Backend* backend : backends.BestFirst(layer, DataType::kF32)) {
      const std::unique_ptr<Step> step = backend->MakeStep(task);
      if (!step) continue;
      step->Run();
      break;
    }
    values.push_back(std::move(output));
  }
  return values;
}

// "block_0.depthwise" of "01.DEPTHWISE_CONV_2D.block_0.depthwise".
std::string LayerName(const std::string& entry) {
  return entry.substr(entry.find('.', entry.find('.') + 1) + 1);
}

TEST_CASE("every layer of EfficientNet-Lite0 is the reference's, on XNNPACK and on our own kernels") {
  const std::string model = "efficientnet_lite0";
  const std::string shared = SharedFolderAnd(WeightsPath(model));
  if (shared.empty()) return;
  const ModelFile file = ModelFile::Open(WeightsPath(model));
  const Network network = NetworkOf(file);
  Map input(static_cast<size_t>(ElementCount(network.layers[0].input)) +
            AlignedBuffer::kSlackBytes / sizeof(float));
  FillInput(Resized(shared, "parrot", file.preprocess(), network.resolution), file.preprocess(),
            network.resolution, DataType::kF32, input.data());

  const Safetensors reference = Safetensors::Open(shared + "golden/layers/" + model + ".safetensors");
  // Only some rows of the large maps are there.
  const Json all_rows = ParseJson(reference.metadata().find("rows")->second, "rows");
  const ThreadPool threads(1);
  Backends every = MakeBackends(threads, BestIsa(), 0);
  Backends native;
  native.all.push_back(std::move(every.all.back()));
  every = MakeBackends(threads, BestIsa(), 0);
  for (const Backends* backends : {&every, &native}) {
    const std::vector<Map> values = AllValues(file, network, input, *backends);
    size_t compared = 0;
    for (const std::string& entry : reference.Names()) {
      const std::string name = LayerName(entry);
      const auto layer = std::find_if(network.layers.begin(), network.layers.end(),
                                      [&](const Layer& one) { return one.name == name; });
      if (layer == network.layers.end()) continue;
      CAPTURE(name, backends->all.size());
      ++compared;
      const Map& found = values[static_cast<size_t>(layer - network.layers.begin()) + 1];
      const Safetensors::Entry& tensor = *reference.Find(entry);
      const auto* expected = reinterpret_cast<const float*>(tensor.data);
      const auto row_elements = static_cast<size_t>(layer->output[1] * layer->output[2]);
      const Json* rows = all_rows.Find(entry);
      const size_t row_count = rows ? rows->elements.size() : static_cast<size_t>(layer->output[0]);
      REQUIRE(tensor.size_bytes == row_count * row_elements * sizeof(float));
      // What is rounded in a sum is as large as the largest values of a map, which reach 70.
      const auto is_smaller = [](float one, float other) { return std::abs(one) < std::abs(other); };
      const double largest =
          std::abs(*std::max_element(expected, expected + row_count * row_elements, is_smaller));
      double largest_excess = 0;  // largest excess of a difference over the bound
      for (size_t row = 0; row < row_count; ++row) {
        const size_t at = rows ? static_cast<size_t>(*rows->elements[row].Integer()) : row;
        for (size_t i = 0; i < row_elements; ++i) {
          const auto right = static_cast<double>(expected[row * row_elements + i]);
          const double difference = std::abs(static_cast<double>(found[at * row_elements + i]) - right);
          const double bound = 1e-4 * (1 + std::abs(right)) + 1e-6 * largest;
          largest_excess = std::max(largest_excess, difference - bound);
        }
      }
      CHECK(largest_excess == 0);
    }
    CHECK(compared == network.layers.size());
  }
}

}  // namespace
}  // namespace mobilenet
