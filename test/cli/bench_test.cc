// `mobilenet bench` on a small seeded model.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "test/support/boards.h"
#include "test/support/catch.h"
#include "test/support/files.h"
#include "test/support/process.h"
#include "test/support/small_model.h"

namespace mobilenet {
namespace {

using nlohmann::json;
using test::FileTree;
using test::RunMobilenet;
using test::SmallModel;

// A run of some milliseconds with these additional options, as JSON.
json Bench(const std::string& model, const std::vector<std::string>& options) {
  std::vector<std::string> arguments = {"bench", "--model", model, "--format", "json"};
  arguments.insert(arguments.end(), options.begin(), options.end());
  const auto result = RunMobilenet(arguments);
  CAPTURE(arguments, result.err);
  REQUIRE(result.status == 0);
  CHECK(result.err == "");
  CHECK(result.out.find('\n') == result.out.size() - 1);
  return json::parse(result.out);
}

TEST_CASE("bench gives the distribution of the inferences and the layers' medians") {
  const SmallModel small;
  const json report =
      Bench(small.model(), {"--backend", "native", "--threads", "1", "--warmup", "2", "--runs", "5"});
  CHECK(report["model"] == small.model());
  CHECK(report["architecture"] == "mobilenet_v1");
  CHECK(report["resolution"] == 32);
  CHECK(report["precision"] == "s8");
  CHECK(report["threads"] == 1);
  CHECK(report["warmup"] == 2);
  CHECK(report["runs"] == 5);
  CHECK(report["inference_ms"]["min"] > 0);
  CHECK(report["inference_ms"]["min"] <= report["inference_ms"]["median"]);
  REQUIRE(report["layers"].size() == 30);
  double sum_ms = 0;
  for (const json& layer : report["layers"]) {
    CHECK(layer["backend"] == "native");
    CHECK(layer["moved_bytes"] > 0);
    CHECK(layer["stddev_ms"] >= 0);
    sum_ms += layer["latency_ms"].get<double>();
  }
  CHECK(sum_ms > 0);

  REQUIRE(report["results"].size() == 1);
  const json& result = report["results"][0];
  CHECK(result["model"] == small.model());
  CHECK(result["sha256"].get<std::string>().size() == 64);
  CHECK(result["backend"] == "native");
  CHECK(result["precision"] == "s8");
  CHECK(result["ratio"] == 1);
  const json& latency = result["latency_ms"];
  CHECK(latency["min"] == report["inference_ms"]["min"]);
  CHECK(latency["median"] == report["inference_ms"]["median"]);
  CHECK(latency["median"] <= latency["p90"]);
  CHECK(latency["p90"] <= latency["p99"]);
  CHECK(latency["p99"] <= latency["max"]);
  CHECK(latency["mean"] >= latency["min"]);
  CHECK(latency["stddev"] >= 0);
  CHECK(std::abs(result["images_per_second"].get<double>() * latency["mean"].get<double>() - 1000) < 10);
  REQUIRE(result["runs_ms"].size() == 5);
  CHECK(*std::min_element(result["runs_ms"].begin(), result["runs_ms"].end()) == latency["min"]);
  for (const char* time : {"load_ms", "packing_ms", "first_ms"}) CHECK(result[time] > 0);
  CHECK(result["peak_rss_bytes"] >= result["steady_rss_bytes"]);
  CHECK(result["steady_rss_bytes"] > 1 << 20);
  CHECK(result["layers"] == report["layers"]);

  CHECK(report["program"]["version"].is_string());
  CHECK(report["program"]["compiler"].is_string());
  CHECK(report["program"]["flags"].is_string());
  CHECK(report["machine"]["page_bytes"].is_number());
}

TEST_CASE("the types of bench's layers have all mult-adds and all of the time") {
  const SmallModel small;
  const json result = Bench(small.model(), {"--runs", "3"})["results"][0];
  int64_t mult_adds = 0;
  double latency_ms = 0;
  for (const json& layer : result["layers"]) {
    mult_adds += layer["mult_adds"].get<int64_t>();
    latency_ms += layer["latency_ms"].get<double>();
  }
  std::vector<std::string> types;
  double last_ms = 1e9;
  for (const json& type : result["layer_types"]) {
    types.push_back(type["type"]);
    mult_adds -= type["mult_adds"].get<int64_t>();
    latency_ms -= type["latency_ms"].get<double>();
    CHECK(type["latency_ms"] <= last_ms);
    last_ms = type["latency_ms"];
  }
  std::sort(types.begin(), types.end());
  CHECK(types ==
        std::vector<std::string>{"Conv 1x1", "Conv 3x3", "Conv DW 3x3", "Fully Connected", "Others"});
  CHECK(mult_adds == 0);
  CHECK(std::abs(latency_ms) < 0.01);
}

TEST_CASE("bench as text names the model, the times, the verdict and every layer") {
  const SmallModel small;
  const auto result = RunMobilenet({"bench", "--model", small.model(), "--runs", "1", "--warmup", "0"});
  CHECK(result.status == 0);
  for (const char* text :
       {"mobilenet_v1 0.25 32, s8", "min ", "median ", "p99 ", "of 1 run after 0", "load ", "packing ",
        "peak ", "images/s", "verdict: ", "conv_pw_13", "softmax", "MB moved", "Conv DW 3x3"}) {
    CAPTURE(text, result.out);
    CHECK(result.out.find(text) != std::string::npos);
  }
}

TEST_CASE("bench measures for so long, 20 inferences at the least, once the model is warm") {
  const SmallModel small;
  const json result = Bench(small.model(), {"--duration", "0.2", "--threads", "1"})["results"][0];
  CHECK(result["warmup"] >= 3);
  CHECK(result["runs"] >= 20);
  double sum_ms = 0;
  for (const json& run : result["runs_ms"]) sum_ms += run.get<double>();
  CHECK(sum_ms >= 199);
}

TEST_CASE("bench measures every combination of lists, each with its ratio to the first") {
  const SmallModel small;
  const SmallModel other(WeightQuantization::kNone);
  const json report = Bench(
      small.model() + "," + other.model(),
      {"--threads", "1-2", "--precision", "f32,auto", "--backend", "native", "--runs", "2", "--warmup", "0"});
  std::vector<std::string> combinations;
  for (const json& result : report["results"]) {
    const bool is_first_model = result["model"] == small.model();
    combinations.push_back((is_first_model ? "s8 file " : "f32 file ") +
                           result["precision"].get<std::string>() + " " +
                           std::to_string(result["threads"].get<int>()));
    CHECK(result["runs_ms"].size() == 2);
    CHECK(result["layers"].size() == 30);
    const double ratio = result["latency_ms"]["median"].get<double>() /
                         report["results"][0]["latency_ms"]["median"].get<double>();
    CHECK(std::abs(result["ratio"].get<double>() / ratio - 1) < 0.02);
  }
  CHECK(combinations == std::vector<std::string>{"s8 file f32 1", "s8 file f32 2", "s8 file s8 1",
                                                 "s8 file s8 2", "f32 file f32 1", "f32 file f32 2",
                                                 "f32 file f32 1", "f32 file f32 2"});
}

TEST_CASE("bench shows several combinations as a table, as CSV and as Markdown") {
  const SmallModel small;
  const auto table = [&](std::vector<std::string> options) {
    options.insert(options.begin(), {"bench", "--model", small.model(), "--threads", "1,2", "--runs", "2"});
    const auto result = RunMobilenet(options);
    CHECK(result.status == 0);
    return result.out;
  };
  const std::string text = table({});
  CHECK(text.find("ratio") != std::string::npos);
  CHECK(text.find("verdict: ") != std::string::npos);
  CHECK(text.find("conv_pw_13") == std::string::npos);
  CHECK(table({"--layers"}).find("conv_pw_13") != std::string::npos);

  const std::string csv = table({"--format", "csv"});
  CHECK(csv.find("model,backend,precision,threads,cores,runs,min_ms,median_ms,p90_ms,p99_ms,max_ms,mean_ms,"
                 "stddev_ms,"
                 "images_per_second,peak_rss_bytes,ratio\n") == 0);
  CHECK(std::count(csv.begin(), csv.end(), '\n') == 3);
  CHECK(csv.find(",auto,s8,2,,2,") != std::string::npos);
  const std::string markdown = table({"--format", "markdown"});
  CHECK(markdown.find("| model | backend |") == 0);
  CHECK(markdown.find("\nverdict: ") != std::string::npos);
}

// The report when the machine reports what the folder says. Successive looks see successive trees.
json BenchOn(const std::vector<FileTree>& trees, const std::vector<std::string>& options = {}) {
  const test::TemporaryFolder root;
  for (size_t i = 0; i < trees.size(); ++i) {
    FileTree numbered;
    for (const auto& [path, contents] : trees[i]) numbered["/" + std::to_string(i + 1) + path] = contents;
    test::WriteTree(root, numbered);
  }
  test::WriteTree(root, trees.front());
  const SmallModel small;
  std::vector<std::string> all = {"--root", root.path(), "--runs", "12", "--threads", "1"};
  all.insert(all.end(), options.begin(), options.end());
  return Bench(small.model(), all);
}

constexpr char kFlags[] = "/sys/devices/platform/soc/soc:firmware/get_throttled";
constexpr char kTemperature[] = "/sys/class/thermal/thermal_zone0/temp";

bool HasReason(const json& report, const std::string& part) {
  for (const json& reason : report["reasons"]) {
    if (reason.get<std::string>().find(part) != std::string::npos) return true;
  }
  return false;
}

TEST_CASE("bench calls a throttled Raspberry Pi 4 throttled, and has its temperatures") {
  std::vector<FileTree> trees;
  for (const char* temperature : {"61835", "74504", "83270", "84731", "85218"}) {
    FileTree tree = test::RaspberryPi4();
    tree[kTemperature] = temperature;
    tree[kFlags] = trees.size() < 3 ? "0\n" : "50005\n";
    for (int core = 0; core < 4; ++core) {
      tree["/sys/devices/system/cpu/cpu" + std::to_string(core) + "/cpufreq/scaling_cur_freq"] =
          trees.size() < 3 ? "1800000" : "1000000";
    }
    trees.push_back(tree);
  }
  const json report = BenchOn(trees);
  CHECK(report["verdict"] == "throttled");
  CAPTURE(report["reasons"].dump());
  CHECK(HasReason(report, "the firmware throttled the processor, 85.2 C at the most (cpu-thermal)"));
  CHECK(HasReason(report, "under-voltage"));
  CHECK(HasReason(report, "the clock was between 1000 and 1800 MHz"));
  CHECK(report["machine"]["board"] == "Raspberry Pi 4 Model B Rev 1.4");
  std::vector<double> temperatures;
  for (const json& sample : report["samples"]) {
    temperatures.push_back(sample["temperatures"][0]["celsius"]);
    CHECK(sample["clocks"].size() == 4);
  }
  REQUIRE(temperatures.size() >= 5);
  CHECK(std::vector<double>(temperatures.begin(), temperatures.begin() + 5) ==
        std::vector<double>{61.835, 74.504, 83.27, 84.731, 85.218});
  CHECK(report["samples"][0]["phase"] == "before");
  CHECK(report["samples"][1]["phase"] == "during");
  CHECK(report["samples"].back()["phase"] == "after");
  CHECK(report["samples"][0]["power"]["throttled"]["now"] == false);
  CHECK(report["samples"].back()["power"]["throttled"]["now"] == true);
}

TEST_CASE("bench reads the firmware's flags one by one") {
  const auto verdict = [](const std::string& before, const std::string& after) {
    FileTree first = test::RaspberryPi4();
    FileTree then = test::RaspberryPi4();
    first[kFlags] = before;
    then[kFlags] = after;
    return BenchOn({first, then})["verdict"].get<std::string>();
  };
  CHECK(verdict("50005", "50005") == "throttled");
  CHECK(verdict("4", "4") == "throttled");
  CHECK(verdict("0", "40000") == "throttled");  // in between
  CHECK(verdict("0", "8") == "throttled");
  CHECK(verdict("0", "2") == "throttled");
  CHECK(verdict("1", "0") == "under_voltage");
  CHECK(verdict("0", "10000") == "under_voltage");
  CHECK(verdict("0", "30003") == "under_voltage");
  // Long before.
  const std::string before = verdict("50000", "50000");
  CHECK((before == "valid" || before == "disturbed"));
}

TEST_CASE(
    "bench knows a Raspberry Pi 5's under-voltage, a clock that changes and an RK3588 held down by heat") {
  FileTree low = test::RaspberryPi5();
  low["/sys/class/hwmon/hwmon3/in0_lcrit_alarm"] = "1\n";
  const json pi5 = BenchOn({test::RaspberryPi5(), low});
  CHECK(pi5["verdict"] == "under_voltage");
  CHECK(HasReason(pi5, "better power supply"));

  FileTree fast = test::Rk3588();
  FileTree slow = test::Rk3588();
  for (int core = 4; core < 8; ++core) {
    const std::string folder = "/sys/devices/system/cpu/cpu" + std::to_string(core) + "/cpufreq/";
    fast[folder + "scaling_cur_freq"] = "2400000\n";
    slow[folder + "scaling_cur_freq"] = "1608000\n";
  }
  CHECK(BenchOn({fast, fast, slow})["verdict"] == "clock_changed");

  FileTree hot = slow;
  hot["/sys/class/thermal/cooling_device1/type"] = "thermal-cpufreq-1\n";
  hot["/sys/class/thermal/cooling_device1/cur_state"] = "2\n";
  const json rk3588 = BenchOn({fast, fast, hot});
  CHECK(rk3588["verdict"] == "throttled");
  CHECK(HasReason(rk3588, "the kernel held the clock down"));
  CHECK(rk3588["samples"][0]["clocks"].size() == 8);
}

TEST_CASE("bench --strict fails where the figures cannot be believed") {
  const test::TemporaryFolder root;
  FileTree tree = test::RaspberryPi4();
  tree[kFlags] = "50005\n";
  test::WriteTree(root, tree);
  const SmallModel small;
  const std::vector<std::string> arguments = {"bench", "--model", small.model(), "--runs",
                                              "2",     "--root",  root.path()};
  CHECK(RunMobilenet(arguments).status == 0);
  std::vector<std::string> strict = arguments;
  strict.push_back("--strict");
  const auto result = RunMobilenet(strict);
  CHECK(result.status == 1);
  CHECK(result.out.find("verdict: throttled\n") != std::string::npos);
}

TEST_CASE("bench beside a busy process says that it was disturbed, every time") {
  const SmallModel small;
  const test::Process busy("exec /bin/sh -c 'while :; do :; done'");
  for (int i = 0; i < 10; ++i) {
    const json report = Bench(small.model(), {"--duration", "0.4", "--threads", "1"});
    CAPTURE(report["reasons"].dump(), report["samples"].dump());
    CHECK(report["verdict"] == "disturbed");
    CHECK(HasReason(report, "other processes "));
  }
}

TEST_CASE("bench refuses what it cannot measure") {
  const SmallModel small;
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"bench", "--runs", "0"},
           {"bench", "--warmup", "-1"},
           {"bench", "--duration", "0"},
           {"bench", "--duration", "nan"},
           {"bench", "--runs", "3", "--duration", "1"},
           {"bench", "--threads", "0"},
           {"bench", "--threads", "1,"},
           {"bench", "--threads", "4-1"},
           {"bench", "--threads", "1-1025"},
           {"bench", "--precision", "s8,f64"},
           {"bench", "--backend", ""},
           {"bench", "--root", "/nonexistent"},
           {"bench", "--model", small.model(), "--cores", ""},
           {"bench", "--model", small.model(), "--cores", "some"},
           {"bench", "--model", small.model(), "--cores", "3-"},
           {"bench", "--model", small.model(), "--cores", "1023"},
           {"bench", "--model", small.model(), "--cores", "0-99999"},
           {"bench", "--model", small.model(), "--sweep", "--threads", "2"},
           {"bench", "--model", small.model(), "--precision", "u8"},
           {"bench", "--model", small.model(), "--precision", "u8", "--threads", "1,2"},
           {"bench", "--model", small.model() + "," + small / "none.safetensors"},
           {"bench", "--model", small / "none.safetensors"},
           {"bench", "--model", small.model(), "--threads", "1-1000"}}) {
    const auto result = RunMobilenet(arguments);
    CAPTURE(arguments, result.err);
    CHECK(result.status == 2);
    CHECK(result.out == "");
    CHECK(result.err.find("mobilenet: ") == 0);
  }
}

TEST_CASE("bench measures a network without a file, with random weights, in every precision") {
  const auto result =
      RunMobilenet({"bench", "--arch", "mobilenet_v2", "--width", "0.35", "--resolution", "64", "--precision",
                    "auto,f32,u8,s8", "--warmup", "0", "--runs", "1", "--format", "json"});
  CAPTURE(result.err);
  REQUIRE(result.status == 0);
  const json report = json::parse(result.out);
  std::vector<std::string> precisions;
  for (const json& one : report["results"]) {
    CHECK(one["model"] == "mobilenet_v2 with random weights");
    CHECK(one["sha256"].is_null());
    CHECK(one["architecture"] == "mobilenet_v2");
    CHECK(one["width_multiplier"] == 0.35);
    CHECK(one["resolution"] == 64);
    CHECK(one["latency_ms"]["min"] > 0);
    precisions.push_back(one["precision"]);
  }
  CHECK(precisions == std::vector<std::string>{"f32", "f32", "u8", "s8"});
}

TEST_CASE("bench wants either a model or a network with random weights") {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--width", "0.5"},
        {"--arch", "mobilenet_v1", "--model", "mobilenet_v1_1.0_224_s8"},
        {"--arch", "no_such"}}) {
    std::vector<std::string> command = {"bench"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    const auto result = RunMobilenet(command);
    CAPTURE(arguments, result.err);
    CHECK(result.status == 2);
    CHECK(result.out == "");
  }
}

TEST_CASE("bench leaves out what a file cannot run, and says why") {
  const SmallModel f32(WeightQuantization::kNone);
  const std::vector<std::string> lists = {"--threads", "1-2", "--precision", "f32,s8", "--runs", "1"};
  const json report = Bench(f32.model(), lists);
  REQUIRE(report["results"].size() == 2);
  for (const json& result : report["results"]) CHECK(result["precision"] == "f32");
  REQUIRE(report["skipped"].size() == 2);
  for (const json& skipped : report["skipped"]) {
    CHECK(skipped["model"] == f32.model());
    CHECK(skipped["precision"] == "s8");
    CHECK(skipped["reason"] == f32.model() +
                                   ": cannot run a file of f32 weights as s8 (f32; mobilenet quantize makes "
                                   "one of s8 weights)");
  }
  std::vector<std::string> arguments = {"bench", "--model", f32.model()};
  arguments.insert(arguments.end(), lists.begin(), lists.end());
  const auto text = RunMobilenet(arguments);
  CHECK(text.status == 0);
  CHECK(text.out.find("skipped: backend auto, precision s8: ") != std::string::npos);
  arguments.insert(arguments.end(), {"--format", "csv"});
  const auto csv = RunMobilenet(arguments);
  CHECK(std::count(csv.out.begin(), csv.out.end(), '\n') == 3);
  CHECK(csv.err.find("mobilenet: skipped: " + f32.model()) == 0);

  const auto network = RunMobilenet({"bench", "--arch", "googlenet", "--resolution", "64", "--precision",
                                     "f32,u8", "--runs", "1", "--warmup", "0", "--format", "json"});
  REQUIRE(network.status == 0);
  CHECK(json::parse(network.out)["results"].size() == 1);
  CHECK(json::parse(network.out)["skipped"].size() == 1);
}

TEST_CASE("bench --cores holds all threads to these cores, and says so") {
  const SmallModel small;
  const json report = Bench(small.model(), {"--cores", "0", "--runs", "2"});
  CHECK(report["results"][0]["cores"] == json::array({0}));
  CHECK(report["results"][0]["threads"] == 1);
  const auto text =
      RunMobilenet({"bench", "--model", small.model(), "--cores", "0", "--threads", "1,2", "--runs", "2"});
  CHECK(text.status == 0);
  CHECK(text.out.find("threads  cores") != std::string::npos);
  CHECK(Bench(small.model(), {"--runs", "2"})["results"][0]["cores"].is_null());
}

// A machine whose second core is half as fast as the first.
FileTree BigAndLittle() {
  FileTree tree;
  tree["/sys/devices/system/cpu/online"] = "0-1\n";
  tree["/sys/devices/system/cpu/cpu0/cpu_capacity"] = "1024\n";
  tree["/sys/devices/system/cpu/cpu1/cpu_capacity"] = "512\n";
  return tree;
}

TEST_CASE("bench --sweep measures every number of threads on each cluster, and recommends one") {
  const test::TemporaryFolder root;
  const SmallModel small;
  const json usual = Bench(small.model(), {"--runs", "2", "--sweep"});
  const json& results = usual["results"];
  for (size_t i = 0; i < results.size(); ++i) CHECK(!results[i]["cores"].empty());
  REQUIRE(usual["recommended"].size() == 1);
  CHECK(usual["recommended"][0]["model"] == small.model());
  CHECK(usual["recommended"][0]["threads"] >= 1);
  CHECK(usual["recommended"][0]["median_ms"] > 0);
  if (results.back()["cores"].size() < 2) return;  // held to a single core from outside

  test::WriteTree(root, BigAndLittle());
  const json clusters = Bench(small.model(), {"--runs", "2", "--sweep", "--root", root.path()})["results"];
  // On a machine with more cores, those of which nothing is known come last.
  REQUIRE(clusters.size() >= 3);
  CHECK(clusters[0]["cores"] == json::array({0}));
  CHECK(clusters[1]["cores"] == json::array({1}));
  CHECK(clusters.back()["cores"].size() >= 2);
  CHECK(clusters.back()["threads"] == clusters.back()["cores"].size());
  CHECK(Bench(small.model(), {"--runs", "2", "--cores", "big", "--root",
                              root.path()})["results"][0]["cores"] == json::array({0}));
}

TEST_CASE("bench --image goes from file to labels, by stages") {
  const SmallModel small;
  const json result = Bench(small.model(), {"--image", small.picture(), "--runs", "3"})["results"][0];
  const json& image = result["image"];
  CHECK(image["path"] == small.picture());
  CHECK(image["width"] == 40);
  CHECK(image["height"] == 30);
  double sum_ms = result["latency_ms"]["min"];
  for (const char* stage : {"read_ms", "decode_ms", "preprocess_ms"}) {
    CHECK(image[stage] > 0);
    sum_ms += image[stage].get<double>() / 10;  // medians of different runs: not quite the sum of these
  }
  CHECK(image["total_ms"] >= sum_ms);
  CHECK(Bench(small.model(), {"--runs", "1"})["results"][0]["image"].is_null());

  const auto text =
      RunMobilenet({"bench", "--model", small.model(), "--image", small.picture(), "--runs", "2"});
  CHECK(text.out.find("gradient.ppm (40 x 30)") != std::string::npos);
  CHECK(text.out.find("from file to labels ") != std::string::npos);
  const auto csv = RunMobilenet(
      {"bench", "--model", small.model(), "--image", small.picture(), "--runs", "2", "--format", "csv"});
  CHECK(csv.out.find(",read_ms,decode_ms,preprocess_ms,total_ms,") != std::string::npos);
  test::WriteFileBytes(small / "half.ppm", test::ReadFileBytes(small.picture()).substr(0, 100));
  for (const std::string& bad : {small / "none.jpg", small.model(), small / "half.ppm", std::string("/")}) {
    const auto result_of_bad = RunMobilenet({"bench", "--model", small.model(), "--image", bad});
    CAPTURE(bad, result_of_bad.err);
    CHECK(result_of_bad.status == 2);
    CHECK(result_of_bad.out == "");
    CHECK(result_of_bad.err.find(bad) != std::string::npos);
  }
}

TEST_CASE("bench --plot draws distribution, threads and layers, and no other file is replaced") {
  const SmallModel small;
  const std::string plot = small / "plot.svg";
  const auto draw = [&](const std::string& threads, const std::string& name) {
    return RunMobilenet(
        {"bench", "--model", small.model(), "--threads", threads, "--runs", "3", "--plot", name});
  };
  CHECK(draw("1", plot).status == 0);
  const std::string one = test::ReadFileBytes(plot);
  for (const char* part : {"<svg", "Distribution of the latency", "median ", "Layers of small", "conv_pw_13",
                           "Conv DW 3x3", "verdict: ", "</svg>"}) {
    CAPTURE(part);
    CHECK(one.find(part) != std::string::npos);
  }
  CHECK(one.find("Latency over threads") == std::string::npos);
  CHECK(one.find(">-") == std::string::npos);  // from 0 to 100 %
  CHECK(draw("1,2", plot).status == 0);
  CHECK(test::ReadFileBytes(plot).find("Latency over threads") != std::string::npos);
  for (const std::string& bad : {small.picture(), small / "plot.png", small / "none/plot.svg",
                                 std::string("/"), std::string(), std::string("/dev/full")}) {
    const auto result = draw("1", bad);
    CAPTURE(bad, result.err);
    CHECK(result.status == 2);
    CHECK(result.out == "");
  }
  CHECK(test::ReadFileBytes(small.picture()) == SmallModel::GradientPpm(40, 30));
}

TEST_CASE("bench --submit-text is Markdown without the folders of this machine") {
  const SmallModel small;
  const auto result = RunMobilenet({"bench", "--model", small.model(), "--runs", "2", "--submit-text"});
  CHECK(result.status == 0);
  for (const char* part : {"mobilenet 0", "```\nmachine\n", "| model |", "| small.safetensors |",
                           "\nverdict: ", "\nSHA-256 of small.safetensors: "}) {
    CAPTURE(part, result.out);
    CHECK(result.out.find(part) != std::string::npos);
  }
  CHECK(result.out.find(small / "") == std::string::npos);
  CHECK(RunMobilenet({"bench", "--model", small.model(), "--submit-text", "--format", "json"}).status == 2);
}

TEST_CASE("bench has the energy per image if the machine reports its power") {
  FileTree tree = test::RaspberryPi4();
  CHECK(BenchOn({tree})["results"][0]["energy"].is_null());
  CHECK(BenchOn({tree})["power_source"].is_null());
  tree["/sys/class/hwmon/hwmon1/name"] = "ina226\n";
  tree["/sys/class/hwmon/hwmon1/power1_input"] = "4250000\n";
  const json report = BenchOn({tree});
  CHECK(report["power_source"] == "hwmon ina226");
  const json& result = report["results"][0];
  CHECK(result["energy"]["watts"] == 4.25);
  // 4.25 W for as long as an inference takes.
  const double joules = result["energy"]["joules_per_image"];
  CHECK(joules > 4.25 * result["latency_ms"]["min"].get<double>() / 1000 / 10);
  CHECK(joules < 4.25);

  const test::TemporaryFolder root;
  test::WriteTree(root, tree);
  const SmallModel small;
  const std::vector<std::string> on_root = {"bench",  "--model", small.model(), "--root", root.path(),
                                            "--runs", "2",       "--threads",   "1"};
  CHECK(RunMobilenet(on_root).out.find(" J per image, 4.25 W (hwmon ina226)\n") != std::string::npos);
  const auto unknown = RunMobilenet({"bench", "--model", small.model(), "--runs", "2", "--root", small / ""});
  CHECK(unknown.out.find("energy      unknown\n") != std::string::npos);
}

// The JSON of a bench whose runs took `factor` times as long.
std::string Slowed(json report, double factor) {
  for (json& result : report["results"]) {
    for (json& run_ms : result["runs_ms"]) run_ms = factor * run_ms.get<double>();
  }
  return report.dump();
}

TEST_CASE("bench compares with an earlier one, and fails where it is slower") {
  const SmallModel small;
  const std::vector<std::string> options = {"--backend", "native", "--threads", "1", "--runs", "200"};
  const json report = Bench(small.model(), options);
  const test::TemporaryFolder folder;
  const auto compare = [&](double factor, const std::vector<std::string>& more) {
    const std::string earlier = folder / "earlier.json";
    test::WriteFileBytes(earlier, Slowed(report, factor));
    std::vector<std::string> arguments = {"bench", "--model", small.model(), "--compare", earlier};
    arguments.insert(arguments.end(), options.begin(), options.end());
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunMobilenet(arguments);
  };
  // A machine with other work may be three times as slow from one moment to the next, and its slowest runs
  // may be a hundred times as slow, but not a thousand times.
  const auto slower = compare(0.001, {"--format", "json"});
  CHECK(slower.status == 1);
  const json comparison = json::parse(slower.out)["comparison"];
  CHECK(comparison["is_slower"] == true);
  REQUIRE(comparison["figures"].size() == 4);
  for (const json& figure : comparison["figures"]) {
    CAPTURE(figure);
    CHECK(figure["ratio"] > 10);
    CHECK(figure["low"] <= figure["ratio"]);
    CHECK(figure["ratio"] <= figure["high"]);
    CHECK(figure["is_slower"] == (figure["figure"] == "median"));
  }
  const auto faster = compare(100, {});
  CHECK(faster.status == 0);
  CHECK(faster.out.find("earlier ms") != std::string::npos);
  CHECK(compare(0.01, {"--max-regression", "1000", "--format", "csv"}).status == 1);
  const auto csv = compare(100, {"--format", "csv"});
  CHECK(csv.out.find(
            "model,backend,precision,threads,cores,figure,earlier_ms,later_ms,ratio,low,high,is_slower") ==
        0);
}

TEST_CASE("bench refuses to compare with files that are not its results, or those of another model") {
  const SmallModel small;
  const test::TemporaryFolder folder;
  const std::string earlier = folder / "earlier.json";
  const auto fails = [&](const std::string& contents, const std::string& reason) {
    test::WriteFileBytes(earlier, contents);
    const auto result =
        RunMobilenet({"bench", "--model", small.model(), "--runs", "1", "--compare", earlier});
    CAPTURE(contents, result.err);
    CHECK(result.status == 2);
    CHECK(result.out == "");
    CHECK(result.err.find(earlier) != std::string::npos);
    CHECK(result.err.find(reason) != std::string::npos);
  };
  fails("nothing", "JSON");
  fails("{}", "holds no results of bench");
  fails(
      R"({"results": [{"model": "a", "backend": "auto", "precision": "s8", "threads": 1, "runs_ms": [0]}]})",
      "runs_ms");
  fails(
      R"({"results": [{"model": "a", "backend": "auto", "precision": "s8", "threads": 1, "cores": [-1], "runs_ms": [1]}]})",
      "cores");
  const std::string other =
      R"({"results": [{"model": "a", "backend": "auto", "precision": "s8", "threads": 1, "runs_ms": [1]}]})";
  fails(other, "has no result of");
  // Known before anything is measured.
  const auto start = std::chrono::steady_clock::now();
  test::WriteFileBytes(earlier, other);
  CHECK(RunMobilenet({"bench", "--model", small.model(), "--duration", "60", "--compare", earlier}).status ==
        2);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(30));
  const auto missing = RunMobilenet({"bench", "--model", small.model(), "--compare", folder / "none.json"});
  CHECK(missing.status == 2);
  CHECK(missing.err.find("none.json") != std::string::npos);
}

}  // namespace
}  // namespace mobilenet
