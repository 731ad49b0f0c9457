// `mobilenet classify --output FILE`: formats, metadata, what must not be overwritten.
#include <algorithm>
#include <filesystem>
#include <set>

#include <nlohmann/json.hpp>

#include "test/support/catch.h"
#include "test/support/records.h"
#include "test/support/under_test.h"

namespace mobilenet {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::Classify;
using test::RunMobilenet;
using test::SmallModel;

TEST_CASE("records go to the file, and what made them beside it") {
  const SmallModel small;
  const auto arguments = Classify(small, {"--format", "csv", "-k", "2", "--output", small / "out.csv",
                                          small.picture(), small / "none.jpg"});
  RunMobilenet(arguments);
  const auto result = RunMobilenet(arguments);  // without --resume: anew
  CHECK(result.status == 1);
  CHECK(result.out == "");
  const auto err = test::Lines(result.err);
  REQUIRE(err.size() == 2);
  CHECK(err[0].find("mobilenet: " + (small / "none.jpg")) == 0);
  CHECK(err[1].find("2 images, 1 failure, ") == 0);
  const auto lines = test::Lines(test::ReadFileBytes(small / "out.csv"));
  REQUIRE(lines.size() == 3);
  CHECK(lines[0].find("error,damaged,file_bytes,modified,class_index_1") != std::string::npos);
  CHECK(lines[1].find("," + std::to_string(fs::file_size(small.picture())) + ",20") != std::string::npos);

  const json metadata = json::parse(test::ReadFileBytes(small / "out.csv.meta.json"));
  CHECK(metadata["model"] == small.model());
  CHECK(metadata["threads"] == 1);
  CHECK(metadata["backend"] == "auto");
  CHECK(metadata["is_complete"] == true);
  CHECK(metadata["images"] == 2);
  CHECK(metadata["failures"] == 1);
  CHECK(metadata["board"].is_string());
  const json records = metadata["records"];
  CHECK(records["format"] == "csv");
  CHECK(records["top_k"] == 2);
  const auto sum = test::RunCommand({"/usr/bin/sha256sum", small.model()});
  CHECK(records["model_sha256"] == sum.out.substr(0, 64));
}

TEST_CASE("a file that cannot be written is an error before anything else is looked at") {
  const SmallModel small;
  for (const std::string& path : {small / "none/out.json", small / ""}) {
    const auto result = RunMobilenet({"classify", "--model", small / "no_model.safetensors", "--format",
                                      "json", "--output", path, small.picture()});
    CHECK(result.status == 2);
    CHECK(result.err.find("mobilenet: " + path + ": cannot write the results there: ") == 0);
  }
  CHECK(!fs::exists(small / "none"));
}

TEST_CASE("the metadata say how many threads there were, also if each has its own image") {
  const SmallModel small;
  CHECK(RunMobilenet({"classify", "--model", small.model(), "--threads", "3", "--decode-threads", "2",
                      "--format", "json", "-o", small / "out", small.picture(), small.picture()})
            .status == 0);
  const json metadata = json::parse(test::ReadFileBytes(small / "out.meta.json"));
  CHECK(metadata["threads"] == 3);
  CHECK(metadata["decode_threads"] == 2);
}

TEST_CASE("a file that does not hold the program's results is not overwritten") {
  const SmallModel small;
  const std::string photograph = test::ReadFileBytes(small.picture());
  // Somebody has forgotten the name of the output, or named an image twice.
  for (const std::vector<std::string>& images : {std::vector{small / "other.ppm"}, {small.picture()}}) {
    std::vector<std::string> arguments = {"--format", "json", "-o", small.picture()};
    arguments.insert(arguments.end(), images.begin(), images.end());
    const auto result = RunMobilenet(Classify(small, arguments));
    CHECK(result.status == 2);
    CHECK(result.err == "mobilenet: " + small.picture() +
                            ": exists, and holds no results of mobilenet (use another name, or remove it)\n");
    CHECK(test::ReadFileBytes(small.picture()) == photograph);
  }
}

TEST_CASE("the file stays as it is if the metadata cannot be written") {
  const SmallModel small;
  const auto run = [&] {
    return RunMobilenet(Classify(small, {"--format", "json", "-o", small / "out", small.picture()}));
  };
  CHECK(run().status == 0);
  const std::string before = test::ReadFileBytes(small / "out");
  // All names that it could have meanwhile are taken.
  fs::create_directory(small / "out.meta.json.part");
  for (int i = 2; i <= 99; ++i) fs::create_directory(small / "out.meta.json.part" + std::to_string(i));
  const auto result = run();
  CHECK(result.status == 2);
  CHECK(result.err.find("mobilenet: " + (small / "out.meta.json.part: exists, and 98 others")) == 0);
  CHECK(test::ReadFileBytes(small / "out") == before);
}

TEST_CASE("text in a file includes the failures, since no terminal shows them beside it") {
  const SmallModel small;
  CHECK(RunMobilenet(Classify(small, {"-o", small / "out", small.picture(), small / "none.jpg"})).status ==
        1);
  const std::string text = test::ReadFileBytes(small / "out");
  CHECK(text.find(small.picture() + " (40 x 30)\n") == 0);
  CHECK(text.find((small / "none.jpg") + "\n  error: " + (small / "none.jpg: no such file\n")) !=
        std::string::npos);
}

TEST_CASE("messages on a closed standard error do not go into the results") {
  const SmallModel small;
  const std::string command = test::MobilenetCommand() + " classify --model " + small.model() +
                              " --format json -o " + (small / "out") + " " + small.picture() + " " +
                              (small / "none.jpg") + " 2>&-";
  CHECK(test::RunCommand({"/bin/sh", "-c", command}).status == 1);
  const auto lines = test::Lines(test::ReadFileBytes(small / "out"));
  REQUIRE(lines.size() == 2);
  for (const std::string& line : lines) CHECK(json::accept(line));
  const auto no_output = test::RunCommand(
      {"/bin/sh", "-c",
       test::MobilenetCommand() + " classify --model " + small.model() + " " + small.picture() + " >&-"});
  CHECK(no_output.status == 2);
  CHECK(no_output.err.find("mobilenet: standard output: ") == 0);
}

TEST_CASE("a full disk is reported at once, though the list of names goes on") {
  const SmallModel small;
  const std::string fifo = small / "names";
  const std::string command = "mkfifo " + fifo + "; exec 3<>" + fifo + "; echo " + small.picture() +
                              " >&3; timeout 100 " + test::MobilenetCommand() + " classify --model " +
                              small.model() + " --format json -o /dev/full --files-from " + fifo;
  const auto full = test::RunCommand({"/bin/bash", "-c", command});
  CHECK(full.status == 2);
  CHECK(full.err == "mobilenet: /dev/full: cannot write the results: No space left on device\n");
}

TEST_CASE("results go to a pipe or a device too, without metadata") {
  const SmallModel small;
  const auto result =
      RunMobilenet(Classify(small, {"--format", "json", "--output", "/dev/stdout", small.picture()}));
  CHECK(result.status == 0);
  CHECK(test::Lines(result.out).size() == 1);
  const auto file =
      test::RunCommand({"/bin/sh", "-c",
                        test::MobilenetCommand() + " classify --format json -o /dev/stdout --model " +
                            small.model() + " " + small.picture() + " > " + (small / "out")});
  CHECK(file.status == 0);
  CHECK(test::Lines(test::ReadFileBytes(small / "out")).size() == 1);
  CHECK(!fs::exists("/dev/stdout.meta.json"));
  const auto full =
      RunMobilenet(Classify(small, {"--format", "json", "--output", "/dev/full", small.picture()}));
  CHECK(full.status == 2);
  CHECK(full.err == "mobilenet: /dev/full: cannot write the results: No space left on device\n");
}

TEST_CASE("two runs don't write to one file") {
  const SmallModel small;
  const auto result =
      test::RunCommand({"/bin/bash", "-c",
                        "exec 9>>" + (small / "out.json") + "; flock -n 9; " + test::MobilenetCommand() +
                            " classify --format json --output " + (small / "out.json") + " --model " +
                            small.model() + " " + small.picture()});
  CHECK(result.status == 2);
  CHECK(result.err.find("another run is writing its results there") != std::string::npos);
}

TEST_CASE("JPEGs are decoded fast or exactly, with like answers, and with a limit") {
  const SmallModel small;
  const std::string photograph = test::Checkout() + "/models/sample/chelsea.jpg";
  json answers[2];
  for (int exact : {0, 1}) {
    const auto result =
        RunMobilenet(Classify(small, {"--format", "json", "--decode", exact ? "exact" : "fast", "--output",
                                      small / "out", photograph}));
    CHECK(result.status == 0);
    answers[exact] = json::parse(test::ReadFileBytes(small / "out"));
    CHECK(answers[exact]["width"] == 451);
    CHECK(answers[exact]["height"] == 300);
    const json metadata = json::parse(test::ReadFileBytes(small / "out.meta.json"));
    CHECK(metadata["records"]["decode"] == (exact ? "exact" : "fast"));
  }
  // One model's best class is among the other's five: the model is random, and sure of nothing.
  const json& fast = answers[0]["predictions"];
  CHECK(std::any_of(fast.begin(), fast.end(), [&](const json& prediction) {
    return prediction["class_index"] == answers[1]["predictions"][0]["class_index"];
  }));
  CHECK(answers[0]["predictions"] != answers[1]["predictions"]);
  const auto limited = RunMobilenet(Classify(small, {"--max-decode-ms", "0.001", photograph}));
  CHECK(limited.status == 1);
  CHECK(limited.err == "mobilenet: " + photograph +
                           ": cannot decode JPEG: takes more than 0.001 ms (--max-decode-ms raises it)\n");
  for (const char* wrong : {"0", "nan", "inf"}) {
    CHECK(RunMobilenet(Classify(small, {"--max-decode-ms", wrong, photograph})).status == 2);
  }
  CHECK(RunMobilenet(Classify(small, {"--decode", "best", photograph})).status == 2);
}

TEST_CASE("the option --threshold leaves out lower scores") {
  const SmallModel small;
  const auto predictions = [&](const char* threshold) {
    const auto result = RunMobilenet(
        Classify(small, {"--format", "json", "-k", "10", "--threshold", threshold, small.picture()}));
    CHECK(result.status == 0);
    return json::parse(result.out)["predictions"];
  };
  const json all = predictions("0");
  REQUIRE(all.size() == 10);
  const double second = all[1]["score"];
  const json best = predictions(std::to_string((all[0]["score"].get<double>() + second) / 2).c_str());
  CHECK(best.size() == 1);
  CHECK(predictions("1").empty());
  for (const char* wrong : {"1.5", "-0.1", "nan", "x"}) {
    CHECK(RunMobilenet(Classify(small, {"--threshold", wrong, small.picture()})).status == 2);
  }
  const auto csv =
      RunMobilenet(Classify(small, {"--format", "csv", "-k", "2", "--threshold", "1", small.picture()}));
  CHECK(test::Lines(csv.out).at(1).ends_with(",,,,,,,"));
}

TEST_CASE("labels are read once, from a pipe too, and take no more memory than there are classes") {
  const SmallModel small;
  std::string labels = "\xef\xbb\xbf";
  for (int i = 0; i < 10; ++i) labels += "name " + std::to_string(i) + "\n";
  test::WriteFileBytes(small / "labels.txt", labels);
  const auto result = test::RunCommand(
      {"/bin/bash", "-c",
       test::MobilenetCommand() + " classify --format json -o " + (small / "out") + " --labels <(cat " +
           (small / "labels.txt") + ") --threads 1 --model " + small.model() + " " + small.picture()});
  CAPTURE(result.err);
  CHECK(result.status == 0);
  const json record = json::parse(test::ReadFileBytes(small / "out"));
  for (const json& prediction : record["predictions"]) {
    CHECK(prediction["label"] == "name " + prediction["class_index"].dump());
  }
  const json metadata = json::parse(test::ReadFileBytes(small / "out.meta.json"));
  const auto sum = test::RunCommand({"/bin/bash", "-c", "sha256sum < " + (small / "labels.txt")});
  CHECK(metadata["records"]["labels_sha256"] == sum.out.substr(0, 64));
  const auto model_sum = test::RunCommand({"/bin/bash", "-c", "sha256sum < " + small.model()});
  CHECK(metadata["records"]["model_sha256"] == model_sum.out.substr(0, 64));

  test::WriteFileBytes(small / "labels.txt", std::string(60'000'000, '\n'));
  const auto many = RunMobilenet(Classify(small, {"--labels", small / "labels.txt", small.picture()}));
  CHECK(many.status == 2);
  CHECK(many.err == "mobilenet: " + (small / "labels.txt") +
                        ": 60000000 labels (the model has 10 classes; one line for each)\n");
  if (test::TellsMemory()) {
    const auto measured =
        test::RunMeasured(test::MobilenetCommand() + " classify --labels " + (small / "labels.txt") +
                          " --threads 1 --model " + small.model() + " " + small.picture() + " 2> /dev/null");
    CHECK(measured.status == 2);
    CHECK(measured.peak_memory_mb < 64);
  }
}

TEST_CASE("the option --labels gives the classes other names, one each") {
  const SmallModel small;
  std::string labels;
  for (int i = 0; i < 10; ++i) labels += "name " + std::to_string(i) + "\r\n";
  test::WriteFileBytes(small / "labels.txt", labels);
  const auto result =
      RunMobilenet(Classify(small, {"--format", "json", "--labels", small / "labels.txt", small.picture()}));
  REQUIRE(result.status == 0);
  const json record = json::parse(result.out);
  for (const json& prediction : record["predictions"]) {
    CHECK(prediction["label"] == "name " + std::to_string(prediction["class_index"].get<int>()));
  }
  for (const std::string& none : {small / "no_labels.txt", small / "", std::string("/dev/zero")}) {
    const auto refused = RunMobilenet(Classify(small, {"--labels", none, small.picture()}));
    CHECK(refused.status == 2);
    CHECK(refused.err.find("mobilenet: " + none + ": ") == 0);
  }
  test::WriteFileBytes(small / "labels.txt", labels + "one more\n");
  const auto wrong = RunMobilenet(Classify(small, {"--labels", small / "labels.txt", small.picture()}));
  CHECK(wrong.status == 2);
  CHECK(wrong.err == "mobilenet: " + (small / "labels.txt") +
                         ": 11 labels (the model has 10 classes; one line for each)\n");
  const auto none = RunMobilenet(Classify(small, {"--labels", small / "none.txt", small.picture()}));
  CHECK(none.status == 2);
  CHECK(none.err.find("No such file") != std::string::npos);
}

TEST_CASE("progress and summary are shown on a terminal, and leave the results alone") {
  const SmallModel small;
  const int count = test::IsSlow() ? 2000 : 50000;  // some seconds
  std::string images;
  for (int i = 0; i < count; ++i) images += small.picture() + "\n";
  test::WriteFileBytes(small / "list", images);
  const auto result = test::RunCommand({"/usr/bin/script", "-qec",
                                        "TERM=xterm " + test::MobilenetCommand() +
                                            " classify --threads 1 --format json --model " + small.model() +
                                            " @" + (small / "list") + " > " + (small / "out.json"),
                                        "/dev/null"});
  CHECK(result.status == 0);
  CHECK(result.out.find("/" + std::to_string(count) + ", ") != std::string::npos);
  CHECK(result.out.find(" left, 0 failures") != std::string::npos);
  CHECK(result.out.find(std::to_string(count) + " images, 0 failures, ") != std::string::npos);
  CHECK(test::Lines(test::ReadFileBytes(small / "out.json")).size() == static_cast<size_t>(count));
}

TEST_CASE("on a terminal too all names of a list in a pipe are taken") {
  const std::string count = test::IsEmulated() ? "300" : "3000";
  const SmallModel small;
  const std::string command = "bash -c '" + test::MobilenetCommand() +
                              " classify --threads 1 --format json --model " + small.model() +
                              " --files-from <(yes " + small.picture() + " | head -n " + count + ") > " +
                              (small / "out.json") + "'";
  const auto result = test::RunCommand({"/usr/bin/script", "-qec", command, "/dev/null"});
  CHECK(result.status == 0);
  CHECK(test::Lines(test::ReadFileBytes(small / "out.json")).size() == std::stoul(count));
}

}  // namespace
}  // namespace mobilenet
