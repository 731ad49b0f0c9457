// mobilenet quantize, from outside: what it writes, what it refuses, and how accurate the models are.
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "src/weights/model_file.h"
#include "test/support/catch.h"
#include "test/support/photographs.h"
#include "test/support/run_command.h"
#include "test/support/skip.h"
#include "test/support/small_model.h"
#include "test/support/synthetic_model.h"

namespace mobilenet {
namespace {

using nlohmann::json;
using test::RunMobilenet;

constexpr const char* kNote = "calibrated with 1 of the 8 to 100 photographs that make a good model\n";

TEST_CASE("quantize writes a model of s8 weights, and says of every layer what it lost") {
  const test::SmallModel small(WeightQuantization::kNone);
  const std::string output = small / "s8.safetensors";
  const auto quantize = [&](const std::string& file, const std::string& threads) {
    return RunMobilenet({"quantize", "--model", small.model(), "--calibrate", small.picture(), "-o", file,
                         "--threads", threads, "--format", "json"});
  };
  const auto result = quantize(output, "1");
  CHECK(result.err == kNote);
  REQUIRE(result.status == 0);
  const json report = json::parse(result.out);
  CHECK(report["model"] == small.model());
  CHECK(report["output"] == output);
  CHECK(report["output_bytes"] == std::filesystem::file_size(output));
  CHECK(report["photographs"] == 1);
  CHECK(report["failed"] == 0);
  CHECK(report["compared"] == 1);
  REQUIRE(report["layers"].size() == 30);  // the input, and 29 layers without the softmax
  CHECK(report["layers"][0]["name"] == "input");
  CHECK(report["layers"][29]["name"] == "logits");
  for (const json& layer : report["layers"]) {
    CAPTURE(layer.dump());
    CHECK(layer["scale"] > 0);
    CHECK(layer["sqnr_db"] > 5);
  }

  const ModelFile file = ModelFile::Open(output);
  CHECK(file.quantization() == WeightQuantization::kS8PerChannel);
  const json source = json::parse(file.metadata().at("mobilenet.source"));
  CHECK(source["files"] == "small.safetensors");
  CHECK(source["sha256"] == ModelFile::Open(small.model()).Sha256());
  CHECK(source["photographs"] == 1);
  CHECK(RunMobilenet({"classify", "-m", output, small.picture()}).status == 0);

  CHECK(quantize(small / "again.safetensors", "3").status == 0);
  CHECK(test::ReadFileBytes(small / "again.safetensors") == test::ReadFileBytes(output));
  const auto text = RunMobilenet(
      {"quantize", "-m", small.model(), "--calibrate", small.picture(), "-o", small / "text.safetensors"});
  CHECK(text.out.find("conv_pw_13") != std::string::npos);
  CHECK(text.out.find("same top-1 as in f32: ") != std::string::npos);
}

TEST_CASE("photographs that cannot be read are told, and the others are used") {
  const test::SmallModel small(WeightQuantization::kNone);
  std::filesystem::create_directory(small / "photos");
  test::WriteFileBytes(small / "photos/a.jpg", "no picture");
  for (const char* const name : {"b", "c", "d", "e", "f", "g", "h", "i"}) {
    test::WriteFileBytes(small / ("photos/" + std::string(name) + ".ppm"),
                         test::SmallModel::GradientPpm(40, 30));
  }
  const auto result = RunMobilenet({"quantize", "-m", small.model(), "--calibrate", small / "photos", "-o",
                                    small / "s8.safetensors", "--format", "json"});
  CHECK(result.status == 1);
  CHECK(result.err.find("photos/a.jpg: ") != std::string::npos);
  CHECK(json::parse(result.out)["photographs"] == 8);
  CHECK(json::parse(result.out)["failed"] == 1);
  CHECK(std::filesystem::exists(small / "s8.safetensors"));
}

TEST_CASE("what quantize cannot do is refused, and leaves no file") {
  const test::SmallModel small(WeightQuantization::kNone);
  const test::SmallModel s8(WeightQuantization::kS8PerChannel);
  std::filesystem::create_directory(small / "empty");
  std::filesystem::create_directory(small / "bad");
  test::WriteFileBytes(small / "bad/a.jpg", "no picture");
  const std::string lrn = small / "lrn.safetensors";
  test::WriteSyntheticModel(
      lrn, {.architecture = "own",
            .layers = R"([{"name": "norm", "operator": "lrn", "inputs": ["input"], "size": 3, "alpha": 1,
                           "beta": 0.75, "k": 1},
                          {"name": "pool", "operator": "avg_pool", "inputs": ["norm"]},
                          {"name": "logits", "operator": "fully_connected", "inputs": ["pool"],
                           "channels": 10},
                          {"name": "scores", "operator": "softmax", "inputs": ["logits"]}])"});
  struct Case {
    std::vector<std::string> arguments;
    std::string message;
  };
  const std::string output = small / "out.safetensors";
  const Case cases[] = {
      {{"-m", s8.model(), "--calibrate", s8.picture(), "-o", output},
       ": already quantised, to s8 (a file with f32 weights is needed)"},
      {{"-m", lrn, "--calibrate", small.picture(), "-o", output}, ": norm: lrn is computed only in f32"},
      {{"-m", small.model(), "--calibrate", small / "empty", "-o", output},
       ": no photograph to calibrate with (8 to 100 of them)"},
      {{"-m", small.model(), "--calibrate", small / "bad", "-o", output},
       ": no photograph to calibrate with (8 to 100 of them)"},
      {{"-m", small.model(), "--calibrate", small / "missing", "-o", output}, "missing: no such file"},
      {{"-m", small.model(), "--calibrate", small.picture()}, "--output is required"},
      {{"-m", small.model(), "-o", output}, "--calibrate is required"},
      {{"-m", small.model(), "--calibrate", small.picture(), "-o", small.model()},
       ": is the float model itself (another file)"},
      {{"-m", small.model(), "--calibrate", small.picture(), "-o", small / "none/out.safetensors"},
       ": cannot write: No such file or directory"},
  };
  for (const auto& [arguments, message] : cases) {
    CAPTURE(message);
    std::vector<std::string> all = {"quantize"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    const auto result = RunMobilenet(all);
    CHECK(result.status == 2);
    CHECK(result.out == "");
    CAPTURE(result.err);
    CHECK(result.err.find(message) != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(output));
    CHECK_FALSE(std::filesystem::exists(output + ".part"));
  }
}

TEST_CASE("weights are stored as half floats, and run in f32 as the nearest ones") {
  const test::SmallModel small(WeightQuantization::kNone);
  const std::string output = small / "f16.safetensors";
  const auto result =
      RunMobilenet({"quantize", "-m", small.model(), "--to", "f16", "-o", output, "--format", "json"});
  CAPTURE(result.err);
  REQUIRE(result.status == 0);
  const json report = json::parse(result.out);
  CHECK(report["type"] == "f16");
  CHECK(report["layers"].empty());
  CHECK(report["output_bytes"] == std::filesystem::file_size(output));
  const ModelFile real = ModelFile::Open(small.model());
  const ModelFile half = ModelFile::Open(output);
  CHECK(half.quantization() == WeightQuantization::kNone);
  CHECK(half.TensorNames() == real.TensorNames());
  CHECK(half.Checksum() == "sums64:de6c87962fdbafdd2e05dbf008b3ae93");  // on whatever machine
  CHECK(half.IsHalf("conv1.weights"));
  CHECK_FALSE(half.IsHalf("conv1.bias"));
  const Shape shape = {8, 3, 3, 3};
  std::vector<float> widened(216);
  half.WidenHalf("conv1.weights", shape, widened.data());
  const TensorView weights = real.Tensor("conv1.weights", DataType::kF32, shape);
  for (size_t i = 0; i < widened.size(); ++i) {
    const float weight = weights.As<float>()[i];
    CHECK(std::abs(widened[i] - weight) <= std::abs(weight) / 2048);
  }
  const auto scores = [&](const std::string& model, const std::string& backend) {
    const auto classified = RunMobilenet(
        {"classify", "-m", model, "--backend", backend, "--format", "json", "-k", "10", small.picture()});
    CAPTURE(classified.err);
    REQUIRE(classified.status == 0);
    std::map<int, double> by_class;
    const json row = json::parse(classified.out);
    for (const json& one : row["predictions"]) by_class[one["class_index"]] = one["score"];
    return by_class;
  };
  for (const std::string& backend : test::BackendNames()) {
    const auto there = scores(small.model(), backend);
    for (const auto& [class_index, score] : scores(output, backend)) {
      CAPTURE(backend, class_index);
      CHECK(std::abs(score - there.at(class_index)) < 0.01);
    }
  }
  // It is a float model like any other: it can be quantised, and stored in this form again, to the byte.
  CHECK(
      RunMobilenet({"quantize", "-m", output, "--calibrate", small.picture(), "-o", small / "s8.safetensors"})
          .status == 0);
  REQUIRE(RunMobilenet({"quantize", "-m", output, "--to", "f16", "-o", small / "again.safetensors"}).status ==
          0);
  CHECK(ModelFile::Open(small / "again.safetensors").Checksum() == half.Checksum());

  const auto refused = [&](std::vector<std::string> arguments, const std::string& message) {
    arguments.insert(arguments.begin(), {"quantize", "--to", "f16", "-o", small / "none.safetensors"});
    const auto refusal = RunMobilenet(arguments);
    CAPTURE(refusal.err, message);
    CHECK(refusal.status == 2);
    CHECK(refusal.err.find(message) != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(small / "none.safetensors"));
  };
  const test::SmallModel s8(WeightQuantization::kS8PerChannel);
  refused({"-m", s8.model()}, "already quantised, to s8 (a file with f32 weights is needed)");
  refused({"-m", small.model(), "--calibrate", small.picture()}, "needs no photographs");
  // Values that are not numbers are found when they are widened.
  std::string bytes = test::ReadFileBytes(output);
  const size_t data = 8 + static_cast<size_t>(*reinterpret_cast<const uint64_t*>(bytes.data()));
  const json header = json::parse(bytes.substr(8, data - 8));
  bytes.replace(data + header["conv1.weights"]["data_offsets"][0].get<size_t>(), 2,
                std::string("\x00\x7c", 2));
  bytes.replace(bytes.find("mobilenet.checksum"), 18, "mobilenet.checkzum");
  test::WriteFileBytes(small / "bad.safetensors", bytes);
  const auto bad = RunMobilenet({"classify", "-m", small / "bad.safetensors", small.picture()});
  CHECK(bad.status == 2);
  CHECK(bad.err == "mobilenet: " + (small / "bad.safetensors") +
                       ": conv1.weights: element 0 is inf (finite numbers are needed)\n");
}

TEST_CASE("ranges that were written make the same model without the photographs") {
  const test::SmallModel small(WeightQuantization::kNone);
  const std::string ranges = small / "ranges.json";
  const auto quantize = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"quantize", "-m", small.model(), "--ranges", ranges});
    return RunMobilenet(arguments);
  };
  REQUIRE(quantize({"--calibrate", small.picture(), "-o", small / "a.safetensors"}).status == 0);
  const json written = json::parse(test::ReadFileBytes(ranges));
  CHECK(written["photographs"] == 1);
  CHECK(written["ranges"].size() == 30);
  CHECK(written["ranges"][0]["name"] == "input");
  CHECK(written["ranges"][0]["channel_means"].size() == 3);
  const auto result = quantize({"-o", small / "b.safetensors", "--format", "json"});
  CAPTURE(result.err);
  REQUIRE(result.status == 0);
  CHECK(test::ReadFileBytes(small / "b.safetensors") == test::ReadFileBytes(small / "a.safetensors"));
  const json report = json::parse(result.out);
  CHECK(report["photographs"] == 1);
  CHECK(report["compared"] == 0);
  CHECK(report["layers"][5]["sqnr_db"].is_null());

  const auto refused = [&](const std::string& text, const std::string& message) {
    test::WriteFileBytes(ranges, text);
    const auto refusal = quantize({"-o", small / "c.safetensors"});
    CAPTURE(refusal.err, message);
    CHECK(refusal.status == 2);
    CHECK(refusal.err.find(ranges + ": ") != std::string::npos);
    CHECK(refusal.err.find(message) != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(small / "c.safetensors"));
  };
  json bad = written;
  bad["ranges"].erase(3);
  refused(bad.dump(), "has 29 ranges, the network has 30");
  bad = written;
  bad["ranges"][2]["channel_means"].erase(0);
  refused(bad.dump(), "does not have the channel_means of ");
  bad = written;
  bad["ranges"][29]["name"] = "x";
  refused(bad.dump(), "range 30 is not that of logits");
  bad = written;
  bad["ranges"][2]["min"] = 1;
  refused(bad.dump(), "its range does not hold 0");
  bad = written;
  bad["ranges"][2]["max"] = 1e300;
  refused(bad.dump(), "has no min, max or numbers of channels");
  bad = written;
  bad["ranges"][2]["name"] = "conv9";
  refused(bad.dump(), "range 3 is not that of ");
  bad = written;
  bad["weights_checksum"] = "0";
  refused(bad.dump(), "are the ranges of another model");
  refused("[]", "is not a file of ranges");
  refused("{", "not valid JSON");
  // A file that holds no ranges is not overwritten.
  test::WriteFileBytes(ranges, "photo");
  const auto result_over = quantize({"--calibrate", small.picture(), "-o", small / "c.safetensors"});
  CHECK(result_over.status == 2);
  CHECK(result_over.err.find("exists, and is not a file of ranges") != std::string::npos);
  CHECK(test::ReadFileBytes(ranges) == "photo");
}

TEST_CASE("quantize counts right answers before and after") {
  const test::SmallModel small(WeightQuantization::kNone);
  for (int i = 0; i < 6; ++i) {
    const std::string folder = small / ("set/class_" + std::to_string(i % 3));
    std::filesystem::create_directories(folder);
    test::WriteFileBytes(folder + "/" + std::to_string(i) + ".ppm",
                         test::SmallModel::GradientPpm(30 + i, 30));
  }
  const std::string output = small / "s8.safetensors";
  const auto result = RunMobilenet({"quantize", "-m", small.model(), "--calibrate", small / "set", "-o",
                                    output, "--eval", small / "set", "--format", "json"});
  CAPTURE(result.err);
  REQUIRE(result.status == 0);
  const json eval = json::parse(result.out)["eval"];
  CHECK(eval["images"] == 6);
  for (const auto& [name, model] :
       {std::pair<const char*, std::string>("before", small.model()), {"after", output}}) {
    const auto evaluated = RunMobilenet({"eval", "-m", model, small / "set", "--format", "json"});
    CHECK(eval[name] == json::parse(evaluated.out)["top1"]);
  }
  const auto refused = RunMobilenet({"quantize", "-m", small.model(), "--calibrate", small / "set", "-o",
                                     small / "x.safetensors", "--eval", small / "none"});
  CHECK(refused.status == 2);
  CHECK(refused.err.find("none: is not a folder") != std::string::npos);
}

TEST_CASE("a disk that is full leaves what was there") {
  const test::SmallModel small(WeightQuantization::kNone);
  const std::string output = small / "s8.safetensors";
  test::WriteFileBytes(output, "earlier");
  // Files may have 20 blocks of 512 bytes and no more: the model is larger.
  const auto result =
      test::RunCommand({"/bin/sh", "-c",
                        "ulimit -f 20; " + test::MobilenetCommand() + " quantize -m " + small.model() +
                            " --calibrate " + small.picture() + " -o " + output});
  CAPTURE(result.err);
  CHECK(result.status == 2);
  CHECK(result.out == "");
  CHECK(result.err.ends_with("mobilenet: " + output + ": cannot write: File too large\n"));
  CHECK(test::ReadFileBytes(output) == "earlier");
  CHECK_FALSE(std::filesystem::exists(output + ".part"));
}

// The same numbers on x86-64, aarch64 and armhf: any difference there would show here.
TEST_CASE("a network that is quantised here has the bytes, and the answers, that it has everywhere") {
  const test::SmallModel small(WeightQuantization::kNone);
  std::filesystem::create_directory(small / "photos");
  for (int i = 0; i < 8; ++i) {
    test::WriteFileBytes(small / ("photos/" + std::to_string(i) + ".ppm"),
                         test::SmallModel::GradientPpm(40 + 5 * i, 60 - 3 * i));
  }
  const std::string output = small / "s8.safetensors";
  REQUIRE(
      RunMobilenet({"quantize", "-m", small.model(), "--calibrate", small / "photos", "-o", output}).status ==
      0);
  CHECK(ModelFile::Open(small.model()).Checksum() == "sums64:60aa289ec9da64cf9cdeed4bcb26ee1f");
  CHECK(ModelFile::Open(output).Checksum() == "sums64:1966be1be2e5e13db1c4d4aed2f34f92");
  for (const std::string& backend : test::BackendNames()) {
    const auto result = RunMobilenet({"classify", "-m", output, "--backend", backend, "--format", "json",
                                      "-k", "3", small / "photos/0.ppm", small / "photos/7.ppm"});
    CAPTURE(backend, result.err);
    std::string answers;
    for (size_t begin = 0; begin < result.out.size();) {
      const size_t end = result.out.find('\n', begin);
      const json row = json::parse(result.out.substr(begin, end - begin));
      for (const json& one : row["predictions"]) {
        answers +=
            one["class_index"].dump() + " " + std::to_string(one["score"].get<double>()).substr(0, 7) + " ";
      }
      begin = end + 1;
    }
    CHECK(answers == "1 0.97079 6 0.01553 2 0.01199 6 0.73975 9 0.16738 3 0.03550 ");
  }
}

TEST_CASE("EfficientNet-Lite that get_model.py quantises with stored ranges is the same for everybody") {
  const std::string shared = test::SharedFolder();
  if (shared.empty()) return;
  struct Case {
    const char* model;
    const char* checksum;
    int right;  // of 100; the float models have 88, 91 and 91
  };
  for (const auto& [name, checksum, right] :
       {Case{"efficientnet_lite0_s8", "sums64:56f111d1b3f3de1b09af9b53b7771ed3", 88},
        Case{"efficientnet_lite1_s8", "sums64:fa04b6f6f724cb550f479baa2bb30c73", 92},
        Case{"efficientnet_lite2_s8", "sums64:6412f9ac71b209400d0df8ffc0945e12", 91}}) {
    const std::string model = test::WeightsFolder() + "/" + name + ".safetensors";
    if (!std::filesystem::exists(model)) {
      // The others are made only for the long tests.
      if (std::string(name) == "efficientnet_lite0_s8") test::Skip(model + " is not there");
      continue;
    }
    CAPTURE(name);
    CHECK(ModelFile::Open(model).Checksum() == checksum);
    if (test::IsSlow()) continue;
    const auto result =
        RunMobilenet({"eval", "-m", model, shared + "images/imagenet-100", "--format", "json"});
    CAPTURE(result.err);
    REQUIRE(result.status == 0);
    CHECK(json::parse(result.out)["top1"]["right"] == right);
  }
}

// The first predictions of all photographs.
std::map<std::string, int> Top1(const std::string& model, const std::vector<std::string>& photographs) {
  std::vector<std::string> arguments = {"classify", "-m", model, "--format", "json", "-k", "1"};
  arguments.insert(arguments.end(), photographs.begin(), photographs.end());
  const auto result = RunMobilenet(arguments);
  CAPTURE(result.err);
  REQUIRE(result.status == 0);
  std::map<std::string, int> top1;
  for (size_t begin = 0; begin < result.out.size();) {
    const size_t end = result.out.find('\n', begin);
    const json row = json::parse(result.out.substr(begin, end - begin));
    top1[row["path"]] = row["predictions"][0]["class_index"];
    begin = end + 1;
  }
  return top1;
}

struct Outcome {
  int same = 0;
  size_t photographs = 0;
  double logits_sqnr_db = 0;
};

// Quantises with every third photograph, up to this many, and compares the first predictions.
Outcome Compare(const std::string& model, const std::string& shared, size_t calibrated, size_t compared) {
  const test::TemporaryFolder folder;
  std::filesystem::create_directory(folder / "photos");
  std::vector<std::string> photographs;
  for (const std::string& name : test::PhotographNames(shared)) {
    photographs.push_back(test::PhotographPath(shared, name));
  }
  for (size_t i = 0; i < calibrated; ++i) {
    const std::string& path = photographs[3 * i];
    std::filesystem::create_symlink(std::filesystem::absolute(path),
                                    folder / ("photos/" + std::filesystem::path(path).filename().string()));
  }
  photographs.resize(std::min(photographs.size(), compared));
  const std::string output = folder / "s8.safetensors";
  const auto result = RunMobilenet(
      {"quantize", "-m", model, "--calibrate", folder / "photos", "-o", output, "--format", "json"});
  CAPTURE(result.err);
  REQUIRE(result.status == 0);
  Outcome outcome;
  outcome.photographs = photographs.size();
  outcome.logits_sqnr_db = json::parse(result.out)["layers"].back()["sqnr_db"];
  const auto real = Top1(model, photographs);
  for (const auto& [path, class_index] : Top1(output, photographs)) {
    if (real.at(path) == class_index) ++outcome.same;
  }
  std::cout << std::filesystem::path(model).filename().string() << ": same top-1 as in f32 for "
            << outcome.same << " of " << outcome.photographs << ", logits " << outcome.logits_sqnr_db
            << " dB\n";
  return outcome;
}

TEST_CASE("published float models keep their first predictions when they are quantised") {
  const std::string shared = test::SharedFolder();
  if (shared.empty()) return;
  if (test::IsSlow()) return;  // it takes minutes
  struct Case {
    const char* model;
    int same;  // of 108, at the least
  };
  for (const auto& [name, same] :
       {Case{"mobilenet_v1_0.25_224_f32", 94}, Case{"mobilenet_v1_0.25_224_keras_f32", 94},
        Case{"efficientnet_lite0_f32", 104}}) {
    const std::string model = test::WeightsFolder() + "/" + name + ".safetensors";
    if (!std::filesystem::exists(model)) {
      test::Skip(model + " is not there");
      continue;
    }
    CAPTURE(name);
    CHECK(Compare(model, shared, 32, 108).same >= same);
  }
}

// $MOBILENET_QUANTIZE=all: calibrated with 32 photographs and compared on 100, VGG-16 too, which takes
// minutes. The weights are seeded so that, as in trained networks, the logits depend on the photograph, and a
// difference neither fades nor grows from layer to layer (SyntheticModelOptions::is_deep). With those of He
// et al. all photographs have nearly the same logits, and the first two classes of VGG-16 are within some
// percent of each other; with a thousand random classes instead of ten there is always a second one close to
// the first.
TEST_CASE("networks with seeded weights keep their first predictions when they are quantised") {
  const std::string shared = test::SharedFolder();
  if (shared.empty()) return;
  if (test::IsSlow()) return;  // it takes minutes
  const char* const wanted = std::getenv("MOBILENET_QUANTIZE");
  const bool is_long = wanted && std::string(wanted) == "all";
  std::vector<std::string> architectures = {"torchvision_googlenet"};
  if (is_long) architectures = {"torchvision_googlenet", "resnet50", "vgg16"};
  for (const std::string& architecture : architectures) {
    const test::TemporaryFolder folder;
    const std::string path =
        test::WriteSyntheticModel(folder / (architecture + ".safetensors"), {.width_multiplier = 1,
                                                                             .resolution = 224,
                                                                             .classes = 10,
                                                                             .architecture = architecture,
                                                                             .is_deep = true});
    CAPTURE(architecture);
    const Outcome outcome = is_long ? Compare(path, shared, 32, 100) : Compare(path, shared, 8, 20);
    CHECK(outcome.same * 100 >= 95 * static_cast<int>(outcome.photographs));
    CHECK(outcome.logits_sqnr_db > 20);
  }
}

}  // namespace
}  // namespace mobilenet
