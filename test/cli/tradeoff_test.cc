// mobilenet tradeoff, from outside, on small seeded models.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "test/support/catch.h"
#include "test/support/files.h"
#include "test/support/process.h"
#include "test/support/run_command.h"
#include "test/support/small_model.h"

namespace mobilenet {
namespace {

using nlohmann::json;
using test::RunMobilenet;

// A name in the catalogue, whose published accuracy is then the file's, and an unknown name.
class Models {
 public:
  Models() {
    std::filesystem::create_directory(small / "models");
    for (const auto& [name, quantization] :
         {std::pair{"mobilenet_v1_0.25_128_s8", WeightQuantization::kS8PerChannel},
          {"mobilenet_v1_0.25_128_f32", WeightQuantization::kNone},
          {"own", WeightQuantization::kNone}}) {
      test::WriteSyntheticModel(path(name), {.width_multiplier = 0.25,
                                             .resolution = 32,
                                             .classes = 10,
                                             .quantization = quantization,
                                             .seed = 1});
    }
  }

  std::string path(const std::string& name) const { return small / ("models/" + name + ".safetensors"); }
  std::string list() const {
    return path("mobilenet_v1_0.25_128_s8") + "," + path("mobilenet_v1_0.25_128_f32") + "," + path("own");
  }
  test::CommandResult Run(std::vector<std::string> arguments) const {
    const bool has_model = std::count(arguments.begin(), arguments.end(), "-m") > 0;
    arguments.insert(arguments.begin(), {"tradeoff", "--threads", "1", "--duration", "0.003"});
    if (!has_model) arguments.insert(arguments.end(), {"-m", list()});
    return RunMobilenet(arguments, {"MOBILENET_MODELS=" + (small / "models")});
  }
  json Report(std::vector<std::string> arguments, int status = 0) const {
    arguments.insert(arguments.end(), {"--format", "json"});
    const auto result = Run(arguments);
    CAPTURE(result.err);
    REQUIRE(result.status == status);
    return json::parse(result.out);
  }

  const test::SmallModel small;
};

std::vector<std::string> Names(const json& report) {
  std::vector<std::string> names;
  for (const json& model : report["models"]) names.push_back(model["name"]);
  std::sort(names.begin(), names.end());
  return names;
}

TEST_CASE("tradeoff measures each model and puts its published accuracy beside it") {
  const Models models;
  const json report = models.Report({"--budget", "1000ms", "--min-top1", "41"});
  CHECK(report["threads"] == 1);
  CHECK(report["backend"] == "auto");
  CHECK(report["is_complete"] == true);
  CHECK(report["verdict"].is_string());
  CHECK(report["machine"]["page_bytes"].is_number());
  REQUIRE(report["models"].size() == 3);
  double before_ms = 0;
  for (const json& model : report["models"]) {
    CAPTURE(model.dump());
    CHECK(model["latency_source"] == "measured");
    CHECK(model["runs"] >= 21);
    CHECK(model["latency_ms"]["min"] > 0);
    CHECK(model["latency_ms"]["min"] <= model["latency_ms"]["median"]);
    CHECK(model["latency_ms"]["median"] <= model["latency_ms"]["p90"]);
    CHECK(model["latency_ms"]["median"] >= before_ms);
    before_ms = model["latency_ms"]["median"];
    CHECK(model["resolution"] == 32);
    const bool is_s8 = model["name"] == models.path("mobilenet_v1_0.25_128_s8");
    CHECK(model["precision"] == (is_s8 ? "s8" : "f32"));
    if (model["name"] == models.path("own")) {
      CHECK(model["top1_percent"].is_null());
      CHECK(model["top1_source"].is_null());
      CHECK(model["is_on_front"] == false);
    } else {
      CHECK(model["top1_percent"] == (is_s8 ? 39.9 : 41.5));
      CHECK(model["top1_source"] == "published");
    }
  }
  CHECK(report["budget"]["name"] == models.path("mobilenet_v1_0.25_128_f32"));
  CHECK(report["budget"]["command"] ==
        "mobilenet classify --model " + models.path("mobilenet_v1_0.25_128_f32") + " photo.jpg");
  CHECK(report["min_top1"]["name"] == models.path("mobilenet_v1_0.25_128_f32"));

  const json none = models.Report({"--budget", "0.000001s", "--min-top1", "42"}, 1);
  CHECK(none["budget"] == json({{"budget_ms", 0.001}, {"name", nullptr}, {"command", nullptr}}));
  CHECK(none["min_top1"]["name"].is_null());
}

TEST_CASE("tradeoff finds the models that have a name, and says beforehand how long it takes") {
  const Models models;
  const auto result = RunMobilenet({"tradeoff", "--threads", "1", "--duration", "0.003", "--format", "csv"},
                                   {"MOBILENET_MODELS=" + (models.small / "models")});
  CAPTURE(result.err);
  CHECK(result.status == 0);
  CHECK(result.err.find("measures ") == 0);
  CHECK(RunMobilenet({"tradeoff", "--quiet", "--threads", "1", "--duration", "0.003"},
                     {"MOBILENET_MODELS=" + (models.small / "models")})
            .err == "");
  CHECK(result.err.find(" models in 3 turns: about ") != std::string::npos);
  CHECK(
      result.out.starts_with("name,precision,mult_adds,top1_percent,top1_source,median_ms,p90_ms,runs,"
                             "latency_source,is_on_front\n"));
  for (const char* line :
       {"\nmobilenet_v1_0.25_128_s8,s8,", "\nmobilenet_v1_0.25_128_f32,f32,", "\nown,f32,"}) {
    CAPTURE(line, result.out);
    CHECK(result.out.find(line) != std::string::npos);
  }
}

TEST_CASE("tradeoff as text and as Markdown names the choice, its command and the verdict") {
  const Models models;
  for (const char* format : {"text", "markdown"}) {
    const auto result = models.Run({"--budget", "1000", "--format", format});
    CHECK(result.status == 0);
    for (const char* text : {"within 1000 ms: the most accurate is ", "top-1 41.5 %",
                             "    mobilenet classify --model ", "verdict: ", "published"}) {
      CAPTURE(text, result.out);
      CHECK(result.out.find(text) != std::string::npos);
    }
  }
}

TEST_CASE("tradeoff runs quantised models in float, and leaves out what cannot run as asked for") {
  const Models models;
  for (const json& model : models.Report({"--precision", "f32"})["models"]) {
    CHECK(model["precision"] == "f32");
  }
  const auto result = models.Run({"--precision", "s8", "--format", "json", "--budget", "1s"});
  CHECK(result.status == 0);
  CHECK(result.err.find("left out 2 models whose type is not that of --precision\n") == 0);
  const json report = json::parse(result.out);
  CHECK(Names(report) == std::vector<std::string>{models.path("mobilenet_v1_0.25_128_s8")});
  CHECK(report["budget"]["command"].get<std::string>().find(" --precision s8 photo.jpg") !=
        std::string::npos);
}

TEST_CASE("tradeoff counts right answers on a data set") {
  const Models models;
  for (int i = 0; i < 4; ++i) {
    const std::string folder = models.small / ("set/class_" + std::to_string(i % 2));
    std::filesystem::create_directories(folder);
    test::WriteFileBytes(folder + "/" + std::to_string(i) + ".ppm",
                         test::SmallModel::GradientPpm(30 + i, 30));
  }
  const std::string file = models.small / "measured.jsonl";
  const std::vector<std::string> arguments = {"--eval", models.small / "set", "-o", file};
  const json report = models.Report(arguments);
  CHECK(report["dataset"] == models.small / "set");
  for (const json& model : report["models"]) {
    const std::string path = model["path"];
    const auto evaluated = RunMobilenet({"eval", "-m", path, models.small / "set", "--format", "json"});
    CHECK(model["top1"] == json::parse(evaluated.out)["top1"]);
    CHECK(model["top1_percent"] == 100 * model["top1"]["rate"].get<double>());
    CHECK(model["top1_source"] == "eval");
    CHECK(model["images"] == 4);
  }
  // Nothing is left to do: the same figures, all of which the file has.
  std::vector<std::string> resumed = arguments;
  resumed.push_back("--resume");
  CHECK(models.Report(resumed)["models"] == report["models"]);
  const auto missing = models.Run({"--eval", models.small / "none"});
  CHECK(missing.status == 2);
  CHECK(missing.err == "mobilenet: " + (models.small / "none") +
                           ": is not a folder (a folder with one folder of images per class is needed)\n");
}

TEST_CASE("a run of tradeoff that was stopped prints what it has, and is continued") {
  const Models models;
  const std::string file = models.small / "measured.jsonl";
  const std::string out = models.small / "out.json";
  const auto lines = [&] {
    const std::string text = std::filesystem::exists(file) ? test::ReadFileBytes(file) : "";
    return std::count(text.begin(), text.end(), '\n');
  };
  {
    const int output = ::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    test::Process process(test::ExecMobilenet({"tradeoff", "-m", models.list(), "--threads", "1",
                                               "--duration", "3", "-o", file, "--format", "json"}),
                          output);
    ::close(output);
    REQUIRE(test::WaitUntil([&] { return lines() >= 2; }));
    process.Signal(SIGINT);
    const int status = process.Wait();
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 130);
  }
  const json stopped = json::parse(test::ReadFileBytes(out));
  CHECK(stopped["is_complete"] == false);
  REQUIRE(stopped["models"].size() >= 1);
  const int64_t runs = stopped["models"][0]["runs"];
  // As a power cut leaves it.
  test::WriteFileBytes(file, test::ReadFileBytes(file) + "{\"model\": \"ha");
  const json whole = models.Report({"-o", file, "--resume"});
  CHECK(whole["is_complete"] == true);
  CHECK(whole["models"].size() == 3);
  CHECK(lines() == 1 + 3 * 3);
  bool has_continued = false;
  for (const json& model : whole["models"]) {
    if (model["name"] == stopped["models"][0]["name"]) has_continued = model["runs"] > runs;
  }
  CHECK(has_continued);
  // A model that has been replaced meanwhile is measured again.
  test::WriteSyntheticModel(models.path("own"), {.width_multiplier = 0.5, .resolution = 32, .classes = 10});
  models.Report({"-o", file, "--resume"});
  CHECK(lines() == 1 + 3 * 3 + 3);
  // A power cut within the first line leaves nothing to continue: the file is started anew.
  const std::string text = test::ReadFileBytes(file);
  for (const size_t kept : {text.find('\n'), size_t{20}}) {
    CAPTURE(kept);
    test::WriteFileBytes(file, text.substr(0, kept));
    CHECK(models.Report({"-o", file, "--resume"})["is_complete"] == true);
    CHECK(lines() == 1 + 3 * 3);
  }
}

TEST_CASE("tradeoff estimates models that are not here") {
  const Models models;
  const json report =
      models.Report({"--estimate", "--precision", "s8", "-m", models.path("mobilenet_v1_0.25_128_s8")});
  int estimated = 0;
  double largest_ms = 0, smallest_ms = 0;
  for (const json& model : report["models"]) {
    if (model["latency_source"] == "measured") continue;
    ++estimated;
    CHECK(model["path"].is_null());
    CHECK(model["precision"] == "s8");
    CHECK(model["runs"] == 0);
    CHECK(model["latency_ms"]["median"] > 0);
    CHECK(model["latency_ms"]["p90"] >= model["latency_ms"]["median"]);
    if (model["name"] == "mobilenet_v1_1.0_224_s8") largest_ms = model["latency_ms"]["median"];
    if (model["name"] == "mobilenet_v1_0.25_160_s8") smallest_ms = model["latency_ms"]["median"];
  }
  CHECK(estimated > 15);
  CHECK(largest_ms > 4 * smallest_ms);
  CHECK(smallest_ms > 0);
}

TEST_CASE("what tradeoff cannot do is refused, and one bad model does not stop the others") {
  const Models models;
  test::WriteFileBytes(models.small / "bad.safetensors", "no model");
  const std::string file = models.small / "measured.jsonl";
  const auto one_bad = models.Run(
      {"-m", models.list() + "," + (models.small / "bad.safetensors"), "--format", "json", "-o", file});
  CHECK(one_bad.status == 1);
  CHECK(one_bad.err.find("bad.safetensors: ") != std::string::npos);
  CHECK(json::parse(one_bad.out)["models"].size() == 3);
  test::WriteFileBytes(models.small / "photo", "a photograph");
  test::WriteFileBytes(models.small / "damaged.jsonl",
                       test::ReadFileBytes(file) + "{\"model\": \"a\", \"runs_ms\": [-1]}\n");
  struct Case {
    std::vector<std::string> arguments;
    std::string message;
  };
  const Case cases[] = {
      {{"--budget", "fast"}, "--budget fast: not a time above 0 (such as 30ms or 0.03s; 30 means 30 ms)"},
      {{"--budget", "-3ms"}, "not a time above 0"},
      {{"--budget", "nan"}, "not a time above 0"},
      {{"--min-top1", "101"}, "101 is not a number in 0...100"},
      {{"--resume"}, "needs --output"},
      {{"--truth", "a.csv"}, "need --eval"},
      {{"--plot", ""}, "an empty name (FILE.svg is needed)"},
      {{"-m", "mobilenet_v7"}, "mobilenet_v7: unknown model"},
      {{"-m", models.small / "bad.safetensors"}, "no model here to measure"},
      {{"-o", models.small / "photo"}, "exists, and holds no measurements of tradeoff"},
      {{"-o", models.small / "photo", "--resume"}, "exists, and holds no measurements of tradeoff"},
      {{"-o", file, "--resume", "--backend", "native"},
       "cannot be resumed with other settings: backend: \"auto\" there, \"native\" here"},
      {{"-o", models.small / "damaged.jsonl", "--resume"}, "no measurement at byte "},
      {{"-o", "/dev/full"}, "/dev/full: cannot write the results: No space left on device"},
      {{"-o", models.small / "none/measured.jsonl"}, "cannot write the results there: No such file"},
  };
  for (const auto& [arguments, message] : cases) {
    const auto result = models.Run(arguments);
    CAPTURE(message, result.err);
    CHECK(result.status == 2);
    CHECK(result.out == "");
    CHECK(result.err.find(message) != std::string::npos);
  }
  CHECK(test::ReadFileBytes(models.small / "photo") == "a photograph");
}

TEST_CASE("the picture of tradeoff says what its JSON says") {
  const Models models;
  const std::string file = models.small / "tradeoff.svg";
  const json report = models.Report({"--plot", file});
  const std::string picture = test::ReadFileBytes(file);
  for (const json& model : report["models"]) {
    if (model["top1_percent"].is_null()) continue;
    const std::string name = model["name"];
    const size_t at = picture.find("<title>" + name + ": ");
    REQUIRE(at != std::string::npos);
    const std::string rest = picture.substr(at + name.size() + 9, 40);
    CAPTURE(rest, model.dump());
    const double ms = model["latency_ms"]["median"];
    CHECK(std::abs(std::stod(rest) / ms - 1) < 0.006);  // three digits
    CHECK(rest.find(", " + model["top1_percent"].dump() + "</title>") != std::string::npos);
  }
}

}  // namespace
}  // namespace mobilenet
