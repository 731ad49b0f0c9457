// mobilenet eval, from outside.
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "test/support/catch.h"
#include "test/support/run_command.h"
#include "test/support/skip.h"
#include "test/support/small_model.h"

namespace mobilenet {
namespace {

using nlohmann::json;
using test::RunMobilenet;

// Pictures in a folder a class, of classes of the small model: what it answers for them decides who is right.
class DataSet {
 public:
  DataSet() {
    for (int i = 0; i < 8; ++i) {
      const std::string folder = small / ("set/class_" + std::to_string(i % 4));
      std::filesystem::create_directories(folder);
      test::WriteFileBytes(folder + "/" + std::to_string(i) + ".ppm",
                           test::SmallModel::GradientPpm(30 + i, 30));
    }
  }

  std::string folder() const { return small / "set"; }
  test::CommandResult Eval(std::vector<std::string> arguments) const {
    const bool has_model = std::count(arguments.begin(), arguments.end(), "-m") > 0;
    arguments.insert(arguments.begin(), {"eval", "--threads", "1"});
    if (!has_model) arguments.insert(arguments.end(), {"-m", small.model()});
    return RunMobilenet(arguments);
  }
  json Report(std::vector<std::string> arguments, int status = 0) const {
    arguments.insert(arguments.end(), {"--format", "json"});
    const auto result = Eval(arguments);
    CAPTURE(result.err);
    REQUIRE(result.status == status);
    return json::parse(result.out);
  }

  const test::SmallModel small;
};

TEST_CASE("eval counts right answers of a folder a class") {
  const DataSet set;
  const json report = set.Report({set.folder()});
  CHECK(report["model"] == set.small.model());
  CHECK(report["dataset"] == set.folder());
  CHECK(report["images"] == 8);
  CHECK(report["failed"] == 0);
  CHECK(report["precision"] == "s8");
  CHECK(report["preprocess"] ==
        json({{"resize", "crop"}, {"interpolation", "bilinear"}, {"decode", "fast"}}));
  CHECK(report["published_top1"].is_null());
  CHECK(report["top1"]["rate"] == report["top1"]["right"].get<int>() / 8.0);
  CHECK(report["top5"]["right"] >= report["top1"]["right"]);
  // Against what classify says.
  const auto classified =
      RunMobilenet({"classify", "-m", set.small.model(), "-r", set.folder(), "--format", "json"});
  int right = 0;
  std::vector<std::pair<std::string, std::string>> wrong;
  for (size_t begin = 0; begin < classified.out.size();) {
    const size_t end = classified.out.find('\n', begin);
    const json row = json::parse(classified.out.substr(begin, end - begin));
    begin = end + 1;
    std::string truth = std::filesystem::path(row["path"].get<std::string>()).parent_path().filename();
    std::replace(truth.begin(), truth.end(), '_', ' ');
    const std::string label = row["predictions"][0]["label"];
    right += label == truth ? 1 : 0;
    if (label != truth) wrong.emplace_back(truth, label);
  }
  CHECK(report["top1"]["right"] == right);
  CHECK(report["mistakes"].size() == wrong.size());
  int confused = 0;
  for (const json& row : report["confusions"]) {
    confused += row["n"].get<int>();
    CHECK(std::count(wrong.begin(), wrong.end(),
                     std::pair<std::string, std::string>(row["label"], row["predicted"])) == row["n"]);
  }
  CHECK(confused == std::ssize(wrong));

  const auto text = set.Eval({set.folder()});
  CHECK(text.out.find("top-1  ") != std::string::npos);
  CHECK(text.out.find("surest mistakes") != std::string::npos);
  const auto csv = set.Eval({set.folder(), "--format", "csv"});
  CHECK(csv.out.starts_with("class_index,label,n,predicted,right,precision,recall\n"));
  CHECK(set.Eval({set.folder(), "--format", "markdown"}).out.find("### classes\n\n| class |") !=
        std::string::npos);
}

TEST_CASE("eval draws what it prints") {
  const DataSet set;
  const std::string file = set.small / "eval.svg";
  const json report = set.Report({set.folder(), "--plot", file});
  const std::string picture = test::ReadFileBytes(file);
  CHECK(picture.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg "));
  CHECK(picture.find("how often it is right") != std::string::npos);
  CHECK((picture.find("most confused classes") != std::string::npos) == !report["confusions"].empty());
  CHECK(picture.find("(" + report["top1"]["right"].dump() + " of 8)") != std::string::npos);
  for (const json& row : report["reliability"]) {
    CHECK(picture.find(">" + row["n"].dump() + " image") != std::string::npos);
  }
}

TEST_CASE("one bad file is counted, and unknown classes are an error unless they are ignored") {
  const DataSet set;
  test::WriteFileBytes(set.folder() + "/class_1/bad.jpg", "no picture");
  const json report = set.Report({set.folder()}, 1);
  CHECK(report["images"] == 8);
  CHECK(report["failed"] == 1);
  std::filesystem::create_directory(set.folder() + "/owl");
  test::WriteFileBytes(set.folder() + "/owl/a.ppm", test::SmallModel::GradientPpm(30, 30));
  const auto refused = set.Eval({set.folder()});
  CHECK(refused.status == 2);
  CHECK(refused.out == "");
  CHECK(refused.err ==
        "mobilenet: " + set.folder() +
            ": names that match no label of the model: owl (1 image) (--ignore-unknown leaves these "
            "images out)\n");
  const json rest = set.Report({set.folder(), "--ignore-unknown"}, 1);
  CHECK(rest["images"] == 8);
  CHECK(rest["ignored"] == 1);
}

TEST_CASE("records, resumed, sharded and merged, give the same report") {
  const DataSet set;
  const json whole = set.Report({set.folder()});
  const auto same = [&](json report) {
    report["dataset"] = set.folder();
    CHECK(report == whole);
  };
  const std::string all = set.small / "all.json";
  same(set.Report({set.folder(), "-o", all}));
  same(set.Report({"--from-records", all}));
  same(set.Report({set.folder(), "--from-records", all}));
  // As a run that was stopped leaves it.
  const std::string text = test::ReadFileBytes(all);
  test::WriteFileBytes(all, text.substr(0, text.find('\n', text.size() / 2) + 1));
  same(set.Report({set.folder(), "-o", all, "--resume"}));
  CHECK(test::ReadFileBytes(all).size() > text.size() / 2);

  std::vector<std::string> merge = {"merge", "-o", set.small / "merged.json"};
  int images = 0;
  for (const char* part : {"1", "2"}) {
    const std::string file = set.small / ("part" + std::string(part) + ".json");
    // A part may be empty, but for these paths it is not.
    images +=
        set.Report({set.folder(), "--shard", part + std::string("/2"), "-o", file})["images"].get<int>();
    merge.push_back(file);
  }
  CHECK(images == 8);
  REQUIRE(RunMobilenet(merge).status == 0);
  same(set.Report({"--from-records", set.small / "merged.json"}));

  const std::string csv = set.small / "all.csv";
  REQUIRE(
      RunMobilenet({"classify", "-m", set.small.model(), "-r", set.folder(), "--format", "csv", "-o", csv})
          .status == 0);
  same(set.Report({"--from-records", csv}));
}

TEST_CASE("two models on the same images") {
  const DataSet set;
  const test::SmallModel other(WeightQuantization::kNone);
  const json report = set.Report({set.folder(), "--compare", other.model()});
  const json& compared = report["compared"];
  CHECK(compared["model"] == other.model());
  CHECK(compared["images"] == 8);
  CHECK(compared["both_right"].get<int>() + compared["only_first"].get<int>() == report["top1"]["right"]);
  CHECK(compared["both_right"].get<int>() + compared["only_second"].get<int>() == compared["top1"]["right"]);
  CHECK(set.Report({set.folder(), "--compare", set.small.model()})["compared"]["p_value"] == 1);
}

TEST_CASE("what eval cannot score is refused") {
  const DataSet set;
  const test::SmallModel other(WeightQuantization::kNone);
  const std::string all = set.small / "all.json";
  REQUIRE(set.Eval({set.folder(), "-o", all}).status == 0);
  struct Case {
    std::vector<std::string> arguments;
    std::string message;
  };
  const Case cases[] = {
      {{}, "DATASET is required"},
      {{set.folder(), set.folder()}, "one folder"},
      {{set.small.picture()}, "is no folder"},
      {{set.folder(), "--truth", set.small / "none.csv"}, "none.csv: "},
      {{set.folder(), "--resume"}, "needs --output"},
      {{"--from-records", all, "-o", "x.json"}, "classifies nothing"},
      {{"--from-records", set.small / "none.json"}, "none.json: "},
      {{"--from-records", all, "-m", other.model()}, "was made with another model"},
      {{set.folder(), "--first-number", "2"}, "2 is not a whole number in 0...1"},
  };
  for (const auto& [arguments, message] : cases) {
    CAPTURE(message);
    const auto result = set.Eval(arguments);
    CAPTURE(result.err);
    CHECK(result.status == 2);
    CHECK(result.out == "");
    CHECK(result.err.find(message) != std::string::npos);
  }
}

TEST_CASE("eval of the reference's photographs gives the reference's figures") {
  const std::string shared = test::SharedFolder();
  if (shared.empty()) return;
  struct Case {
    const char* model;
    int right;
    double published;
  };
  std::vector<Case> cases = {{"mobilenet_v1_0.25_128_s8", 49, 39.9}};
  if (!test::IsSlow()) {
    cases.insert(cases.end(), {{"mobilenet_v1_1.0_224_s8", 88, 69.7},
                               {"mobilenet_v1_0.75_192_s8", 80, 66.2},
                               {"mobilenet_v1_0.5_160_s8", 72, 57.7}});
  }
  const std::string photographs = shared + "images/imagenet-100";
  for (const auto& [model, right, published] : cases) {
    CAPTURE(model);
    const std::string file = test::WeightsFolder() + "/" + model + ".safetensors";
    // Synset ids in the files' names, and the file of classes without background.
    for (const std::vector<std::string>& truth :
         {std::vector<std::string>(), {"--truth", photographs + "/ground_truth.csv"}}) {
      std::vector<std::string> arguments = {"eval", "-m", file, "--format", "json", photographs};
      arguments.insert(arguments.end(), truth.begin(), truth.end());
      const auto result = RunMobilenet(arguments);
      CAPTURE(result.err);
      REQUIRE(result.status == 0);
      const json report = json::parse(result.out);
      CHECK(report["images"] == 100);
      CHECK(report["top1"]["right"] == right);
      CHECK(report["published_top1"] == published);
    }
  }
}

}  // namespace
}  // namespace mobilenet
