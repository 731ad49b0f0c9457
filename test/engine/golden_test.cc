// Real weights on real photographs, compared with the answers of TensorFlow Lite's reference kernels
// (../shared/golden/README.md).
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "kernels/common/half.h"
#include "src/engine/plan.h"
#include "src/engine/topk.h"
#include "src/image/image.h"
#include "src/image/preprocess.h"
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

struct GoldenModel {
  const char* name;       // of the converted file
  const char* reference;  // of the file in golden/outputs
};

constexpr GoldenModel kFloatModels[] = {
    {"mobilenet_v1_0.25_224_f32", "mobilenet_v1_0.25_224_1_default_1"},
    {"mobilenet_v1_0.25_224_keras_f32", "tfjs_v1_0.25_224"},
};
constexpr GoldenModel kU8Models[] = {
    {"mobilenet_v1_0.25_128_u8", "mobilenet_v1_0.25_128_quant"},
    {"mobilenet_v1_0.25_224_u8", "mobilenet_v1_0.25_224_quant"},
    {"mobilenet_v1_0.5_160_u8", "mobilenet_v1_0.5_160_quant"},
    {"mobilenet_v1_0.75_192_u8", "mobilenet_v1_0.75_192_quant"},
    {"mobilenet_v1_1.0_224_u8", "mobilenet_v1_1.0_224_quant"},
    {"mobilenet_v2_1.0_224_u8", "mobilenet_v2_1.0_224_quant"},
    {"mobilenet_v2_1.0_224_inat_bird_u8", "mobilenet_v2_1.0_224_inat_bird_quant"},
};
constexpr GoldenModel kS8Models[] = {
    {"mobilenet_v1_0.25_128_s8", "mobilenet_v1_0.25_128_quant"},
    {"mobilenet_v1_0.25_224_s8", "mobilenet_v1_0.25_224_quant"},
    {"mobilenet_v1_0.5_160_s8", "mobilenet_v1_0.5_160_quant"},
    {"mobilenet_v1_0.75_192_s8", "mobilenet_v1_0.75_192_quant"},
    {"mobilenet_v1_1.0_224_s8", "mobilenet_v1_1.0_224_quant"},
    {"mobilenet_v2_1.0_224_s8", "mobilenet_v2_1.0_224_quant"},
    {"mobilenet_v2_1.0_224_inat_bird_s8", "mobilenet_v2_1.0_224_inat_bird_quant"},
};
constexpr GoldenModel kPtqModel = {"mobilenet_v2_1.0_224_ptq_s8", "tf2_mobilenet_v2_1.0_224_ptq"};

ModelFile OpenConverted(const std::string& name) {
  return ModelFile::Open(test::WeightsFolder() + "/" + name + ".safetensors");
}

// Copies the reference's input tensor, uint8 RGB, into the plan's.
void FillInput(Plan& plan, const PreprocessSpec& model_spec, const std::string& shared,
               const std::string& photograph) {
  const int resolution = plan.network().resolution;
  const Image image =
      DecodeImageFile(shared + "golden/inputs/" + std::to_string(resolution) + "/" + photograph + ".png", {});
  PreprocessSpec spec = model_spec;
  spec.resize = ResizeMode::kSquash;
  PreprocessImage(image, spec, resolution, plan.type(), plan.input_quantization(), plan.input());
}

// The true class of each photograph in a list of `classes` (1001 has background first), -1 for those that
// have none.
std::vector<int> TrueClasses(const std::string& shared, const std::vector<std::string>& names, int classes) {
  std::vector<int> truth(names.size(), -1);
  std::ifstream in(shared + "images/imagenet-100/ground_truth.csv");
  std::string line;
  std::getline(in, line);
  int column = 0;  // of class_index; path is first
  std::istringstream header(line);
  for (std::string cell; std::getline(header, cell, ','); ++column) {
    if (cell == "class_index") break;
  }
  while (std::getline(in, line)) {
    std::istringstream row(line);
    std::string path, cell;
    std::getline(row, path, ',');
    for (int i = 1; i <= column; ++i) std::getline(row, cell, ',');
    const std::string stem = std::filesystem::path(path).stem().string();
    const auto name = std::find(names.begin(), names.end(), stem);
    REQUIRE(name != names.end());
    truth[static_cast<size_t>(name - names.begin())] = std::stoi(cell) + classes - 1000;
  }
  return truth;
}

struct Comparison {
  double max_difference = 0;   // of a probability
  double within_one_step = 0;  // share of the outputs at most 1/256 from the reference's
  int photographs = 0;         // 108
  int same_top1 = 0;
  int right = 0;  // of those that have a true class, 100

  // Whether the top-1 differs from the reference's on at most this many of 108, or of fewer at least 1.
  bool HasSameTop1But(int misses) const {
    return same_top1 >= photographs - std::max(1, misses * photographs / 108);
  }
};

// The share of outputs that must be within one step; for a few photographs it varies more.
double LeastShare(double share) {
  return test::IsSlow() ? share - 0.002 : share;
}

Comparison CompareWithReference(const GoldenModel& model, const std::string& shared) {
  const ModelFile file = OpenConverted(model.name);
  Plan plan(file, PlanOptions{});
  const int classes = plan.network().classes;
  const auto names = test::PhotographNames(shared);
  const auto truth = TrueClasses(shared, names, classes);

  const Safetensors reference =
      Safetensors::Open(shared + "golden/outputs/" + model.reference + ".safetensors");
  const Safetensors::Entry* output = reference.Find("output");
  const Safetensors::Entry* logits = reference.Find("logits");
  REQUIRE(output != nullptr);
  REQUIRE(logits != nullptr);
  REQUIRE(output->shape == Shape{108, classes});
  const bool is_float = output->dtype == "F32";
  const auto at = [classes](const Safetensors::Entry& tensor, size_t row, int column) {
    const size_t index = row * static_cast<size_t>(classes) + static_cast<size_t>(column);
    if (tensor.dtype == "F32") return static_cast<double>(reinterpret_cast<const float*>(tensor.data)[index]);
    if (tensor.dtype == "I8") return static_cast<double>(reinterpret_cast<const int8_t*>(tensor.data)[index]);
    return static_cast<double>(reinterpret_cast<const uint8_t*>(tensor.data)[index]);
  };

  Comparison result;
  int64_t close = 0;
  for (size_t i = 0; i < names.size(); i += test::PhotographStride()) {
    ++result.photographs;
    FillInput(plan, file.preprocess(), shared, names[i]);
    const auto scores = plan.Run();
    int expected_top1 = 0;
    for (int c = 0; c < classes; ++c) {
      const double score = scores[static_cast<size_t>(c)];
      const double expected = at(*output, i, c);
      if (is_float) {
        result.max_difference = std::max(result.max_difference, std::abs(score - expected));
      } else {
        close += std::abs(std::min(std::round(score * 256), 255.0) - expected) <= 1;
      }
      if (at(*logits, i, c) > at(*logits, i, expected_top1)) expected_top1 = c;
    }
    const int top1 = TopK(scores, 1)[0];
    // Classes whose logits are equal in the reference's own steps all count as its top-1.
    result.same_top1 += at(*logits, i, top1) == at(*logits, i, expected_top1);
    result.right += top1 == truth[i];
  }
  result.within_one_step = static_cast<double>(close) / (static_cast<double>(result.photographs) * classes);
  std::cout << model.name << ": ";
  if (is_float) {
    std::cout << "largest difference of a probability " << result.max_difference;
  } else {
    std::cout << 100 * result.within_one_step << " % of the outputs within 1 step";
  }
  std::cout << ", same top-1 on " << result.same_top1 << " of " << result.photographs << ", " << result.right
            << " right" << std::endl;
  return result;
}

TEST_CASE("float models give the reference's probabilities to 2e-5") {
  const std::string shared = test::SharedFolder();
  if (shared.empty()) return;
  for (const GoldenModel& model : kFloatModels) {
    CAPTURE(model.name);
    const Comparison result = CompareWithReference(model, shared);
    CHECK(result.max_difference <= 2e-5);
    CHECK(result.same_top1 == result.photographs);
  }
}

TEST_CASE("uint8 models give the reference's outputs, and so they do as int8 per channel") {
  const std::string shared = test::SharedFolder();
  if (shared.empty()) return;
  for (size_t i = 0; i < std::size(kU8Models); ++i) {
    CAPTURE(kU8Models[i].name);
    const Comparison u8 = CompareWithReference(kU8Models[i], shared);
    CHECK(u8.within_one_step >= LeastShare(0.997));
    CHECK(u8.HasSameTop1But(6));
    const Comparison s8 = CompareWithReference(kS8Models[i], shared);
    CHECK(s8.within_one_step >= LeastShare(0.996));
    const bool is_v2 = std::string(kS8Models[i].name).starts_with("mobilenet_v2");
    CHECK(s8.HasSameTop1But(is_v2 ? 8 : 11));
    CHECK(s8.right >= u8.right - 4);
  }
}

TEST_CASE("an int8 model of TensorFlow Lite's own gives the reference's outputs") {
  const std::string shared = test::SharedFolder();
  if (shared.empty()) return;
  const Comparison ptq = CompareWithReference(kPtqModel, shared);
  CHECK(ptq.within_one_step >= LeastShare(0.996));
  CHECK(ptq.HasSameTop1But(8));
}

#if MOBILENET_WITH_XNNPACK
// The logits of one photograph on one backend, as real numbers in the units in which the types are compared:
// f32 values, or quantised steps.
std::vector<double> Logits(const ModelFile& file, const std::string& shared, const std::string& photograph,
                           BackendChoice backend, DataType type) {
  Plan plan(file, PlanOptions{.backend = backend, .precision = type});
  FillInput(plan, file.preprocess(), shared, photograph);
  plan.Run();
  std::vector<double> logits;
  for (int c = 0; c < plan.network().classes; ++c) {
    switch (type) {
      case DataType::kF32:
        logits.push_back(static_cast<const float*>(plan.logits())[c]);
        break;
      case DataType::kU8:
        logits.push_back(static_cast<const uint8_t*>(plan.logits())[c]);
        break;
      default:
        logits.push_back(static_cast<const int8_t*>(plan.logits())[c]);
    }
  }
  return logits;
}

// The largest difference between the two backends' logits, and the largest logit.
std::pair<double, double> BackendDifference(const GoldenModel& model, const std::string& shared,
                                            DataType type) {
  const ModelFile file = OpenConverted(model.name);
  double difference = 0;
  double largest = 0;
  for (const char* photograph : {"parrot", "n01534433_junco"}) {
    if (test::IsSlow() && largest > 0) break;  // one is enough
    const auto xnnpack = Logits(file, shared, photograph, BackendChoice::kXnnpack, type);
    const auto native = Logits(file, shared, photograph, BackendChoice::kNative, type);
    for (size_t c = 0; c < xnnpack.size(); ++c) {
      difference = std::max(difference, std::abs(xnnpack[c] - native[c]));
      largest = std::max(largest, std::abs(xnnpack[c]));
    }
  }
  return {difference, largest};
}

TEST_CASE("native kernels and XNNPACK agree: f32 to 1e-4 of the largest logit") {
  const std::string shared = test::SharedFolder();
  if (shared.empty()) return;
  for (const GoldenModel& model : {kFloatModels[0], kFloatModels[1], kS8Models[0], kU8Models[1]}) {
    CAPTURE(model.name);
    const auto [difference, largest] = BackendDifference(model, shared, DataType::kF32);
    CHECK(largest > 1);
    CHECK(difference <= 1e-4 * largest);
  }
}

TEST_CASE("native kernels and XNNPACK agree: u8 within a step or two of the logits") {
  const std::string shared = test::SharedFolder();
  if (shared.empty()) return;
    // On ARM, XNNPACK rounds u8 in its own way, layer after layer.
#if defined(__x86_64__)
  const double steps = 1;
#else
  const double steps = 2;
#endif
  for (const GoldenModel& model : kU8Models) {
    CAPTURE(model.name);
    CHECK(BackendDifference(model, shared, DataType::kU8).first <= steps);
  }
}

TEST_CASE("native kernels and XNNPACK agree: s8 bit for bit") {
  const std::string shared = test::SharedFolder();
  if (shared.empty()) return;
  for (const GoldenModel& model : kS8Models) {
    CAPTURE(model.name);
    CHECK(BackendDifference(model, shared, DataType::kS8).first == 0);
  }
}
#endif

// For the logits of "parrot", then "n01534433_junco": FNV-1a, 64 bits. XNNPACK rounds uint8 in its own way,
// so those are for native kernels only.
constexpr std::pair<const char*, uint64_t> kU8LogitsHashes[] = {
    {"mobilenet_v1_0.25_128_u8", 0x9f5e572e73444716},
    {"mobilenet_v1_0.25_224_u8", 0xeccceaac92b04e44},
    {"mobilenet_v1_0.5_160_u8", 0x077b707d65398840},
    {"mobilenet_v1_0.75_192_u8", 0x31b518169b28e6d8},
    {"mobilenet_v1_1.0_224_u8", 0xaca6f1e40642e5f3},
    {"mobilenet_v2_1.0_224_u8", 0xf1cf551da25e92fe},
    {"mobilenet_v2_1.0_224_inat_bird_u8", 0x26abc29d48359b24},
};
constexpr std::pair<const char*, uint64_t> kS8LogitsHashes[] = {
    {"mobilenet_v1_0.25_128_s8", 0x6ea133b63c9651a0},    {"mobilenet_v1_0.25_224_s8", 0xad0ac5f79ba85886},
    {"mobilenet_v1_0.5_160_s8", 0x14969ad0e27cbb64},     {"mobilenet_v1_0.75_192_s8", 0x29d4a3f039c6a2c6},
    {"mobilenet_v1_1.0_224_s8", 0x22196553b3dbe261},     {"mobilenet_v2_1.0_224_s8", 0x01a4666a432a5555},
    {"mobilenet_v2_1.0_224_ptq_s8", 0xf9d43f86e6e44b1a},
};

void RequireLogits(const char* model, uint64_t expected, const std::string& shared, BackendChoice backend) {
  const ModelFile file = OpenConverted(model);
  for (const auto& [cache_bytes, threads] :
       {std::pair(0, 1), {1 << 19, 1}, {1 << 19, 2}, {1 << 19, 3}, {1 << 19, 4}}) {
    // Under emulation, threads wait long for each other.
    if (test::IsSlow() && threads > 1) continue;
    Plan plan(file, {.backend = backend, .threads = threads, .isa = BestIsa(), .cache_bytes = cache_bytes});
    uint64_t hash = 0xcbf29ce484222325;
    for (const char* photograph : {"parrot", "n01534433_junco"}) {
      FillInput(plan, file.preprocess(), shared, photograph);
      plan.Run();
      for (int c = 0; c < plan.network().classes; ++c) {
        hash = (hash ^ static_cast<const uint8_t*>(plan.logits())[c]) * 0x100000001b3;
      }
    }
    CAPTURE(model, plan.LayerRuns()[2].kernel, cache_bytes, threads);
    CHECK(hash == expected);
  }
}

TEST_CASE(
    "the s8 logits are the same bit for bit on every architecture, backend, schedule and thread count") {
  const std::string shared = test::SharedFolder();
  if (shared.empty()) return;
  for (const auto& [model, expected] : kS8LogitsHashes) {
    if (MOBILENET_WITH_XNNPACK) RequireLogits(model, expected, shared, BackendChoice::kAuto);
    RequireLogits(model, expected, shared, BackendChoice::kNative);
  }
}

TEST_CASE("the u8 logits of native kernels are the same bit for bit everywhere") {
  const std::string shared = test::SharedFolder();
  if (shared.empty()) return;
  for (const auto& [model, expected] : kU8LogitsHashes) {
    RequireLogits(model, expected, shared, BackendChoice::kNative);
  }
}

TEST_CASE("strips and panels give the same logits bit for bit") {
  const std::string shared = test::SharedFolder();
  if (shared.empty()) return;
  std::vector<GoldenModel> models(std::begin(kFloatModels), std::end(kFloatModels));
  models.insert(models.end(), std::begin(kU8Models), std::end(kU8Models));
  models.insert(models.end(), std::begin(kS8Models), std::end(kS8Models));
  for (size_t i = 0; i < models.size(); i += test::IsSlow() ? 4 : 1) {
    const GoldenModel& model = models[i];
    const ModelFile file = OpenConverted(model.name);
    for (std::optional<DataType> precision : {std::optional<DataType>(), std::optional(DataType::kF32)}) {
      Plan whole(file, PlanOptions{.precision = precision});
      FillInput(whole, file.preprocess(), shared, "parrot");
      whole.Run();
      const size_t logits_bytes = static_cast<size_t>(whole.network().classes) * ElementBytes(whole.type());
      for (int64_t cache_bytes : {1 << 16, 1 << 20}) {
        for (int threads : {1, 3}) {
          if (threads > 1 && test::IsSlow()) continue;
          CAPTURE(model.name, DataTypeName(whole.type()), cache_bytes, threads);
          Plan panels(file,
                      PlanOptions{.precision = precision, .threads = threads, .cache_bytes = cache_bytes});
          FillInput(panels, file.preprocess(), shared, "parrot");
          panels.Run();
          CHECK(std::memcmp(panels.logits(), whole.logits(), logits_bytes) == 0);
        }
      }
    }
  }
}

// How large a share of the logits their errors in half floats may be, as root mean squares. A sum of K
// products is rounded K times, by up to 2^-11 of what it is by then, to either side: sqrt(K) of them add up.
// Layers hand on the relative errors of what they read, and their own ones are independent: sqrt of all K.
// Eight times as much, as in the self-test, since with true weights sums on the way are larger than their
// results.
double HalfTolerance(const Network& network) {
  double roundings = 0;
  for (const Layer& layer : network.layers) {
    if (Parameters(layer) != 0) roundings += static_cast<double>(Parameters(layer) / layer.output.back());
  }
  return 8 * 0x1p-11 * std::sqrt(roundings);
}

TEST_CASE("V1 in half floats has the logits of f32 but for their roundings, and its answers") {
  const std::string shared = test::SharedFolder();
  if (shared.empty()) return;
  const ModelFile file = OpenConverted(kFloatModels[0].name);
  Plan real(file, {.precision = DataType::kF32, .isa = BestIsa()});
  const std::unique_ptr<Plan> half = test::PlanInHalf(file);
  if (!half) return;
  const std::vector<std::string> photographs = test::PhotographNames(shared);
  const std::vector<int> truth = TrueClasses(shared, photographs, real.network().classes);
  const auto classes = static_cast<size_t>(real.network().classes);
  int compared = 0, same = 0, right = 0, right_in_f32 = 0;
  double worst = 0;
  for (size_t i = 0; i < photographs.size(); i += test::PhotographStride()) {
    FillInput(real, file.preprocess(), shared, photographs[i]);
    FillInput(*half, file.preprocess(), shared, photographs[i]);
    const int top1 = TopK(real.Run(), 1)[0];
    const int half_top1 = TopK(half->Run(), 1)[0];
    ++compared;
    same += half_top1 == top1;
    right += half_top1 == truth[i];
    right_in_f32 += top1 == truth[i];
    double errors = 0, squares = 0;
    for (size_t c = 0; c < classes; ++c) {
      const auto logit = static_cast<double>(static_cast<const float*>(real.logits())[c]);
      const auto difference = double{static_cast<const Half*>(half->logits())[c]} - logit;
      errors += difference * difference;
      squares += logit * logit;
    }
    worst = std::max(worst, std::sqrt(errors / squares));
  }
  std::cout << file.path() << " in half floats: the top-1 of f32 on " << same << " of " << compared
            << ", right " << right << " (f32 " << right_in_f32 << "), logits off by at most " << worst
            << " of " << HalfTolerance(real.network()) << " allowed" << std::endl;
  CHECK(worst > 0);
  CHECK(worst <= HalfTolerance(real.network()));
  // A few photographs say little: in float, nine of all are near ties.
  if (test::PhotographStride() > 1) return;
  CHECK(same >= compared - compared / 10);
  CHECK(right >= right_in_f32 - 3);
}

TEST_CASE("a quantised file dequantised on load answers as the file does") {
  const std::string shared = test::SharedFolder();
  if (shared.empty()) return;
  for (const char* name : {"mobilenet_v1_1.0_224_s8", "mobilenet_v1_1.0_224_u8"}) {
    const ModelFile file = OpenConverted(name);
    Plan quantized(file, PlanOptions{});
    Plan dequantized(file, PlanOptions{.precision = DataType::kF32});
    int same = 0;
    std::vector<std::string> photographs = {"parrot", "sunflower", "dragonfly", "bird", "hot_dog"};
    if (test::IsSlow()) photographs.resize(1);
    for (const std::string& photograph : photographs) {
      FillInput(quantized, file.preprocess(), shared, photograph);
      FillInput(dequantized, file.preprocess(), shared, photograph);
      same += TopK(quantized.Run(), 1) == TopK(dequantized.Run(), 1);
    }
    CAPTURE(name);
    CHECK(same == std::ssize(photographs));
  }
}

}  // namespace
}  // namespace mobilenet
