// `mobilenet merge`: the parts of --shard joined.
#include <algorithm>
#include <filesystem>
#include <map>

#include <nlohmann/json.hpp>

#include "test/support/catch.h"
#include "test/support/records.h"

namespace mobilenet {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::Classify;
using test::Lines;
using test::RunMobilenet;
using test::SmallModel;

// A folder of 40 pictures, one of them broken, classified in five parts and at once.
class Parts {
 public:
  explicit Parts(const std::string& format = "json") {
    for (int i = 0; i < 40; ++i) {
      const std::string folder = small_ / "p/" + std::to_string(i % 3);
      fs::create_directories(folder);
      test::WriteFileBytes(folder + "/" + std::to_string(i) + ".ppm",
                           i == 7 ? "none" : SmallModel::GradientPpm(8 + i % 5, 8));
    }
    for (int part = 1; part <= 5; ++part) {
      Run({"--format", format, "--shard", std::to_string(part) + "/5", "--output", part_path(part)});
    }
    Run({"--format", format, "--output", small_ / "whole"});
  }

  void Run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--recursive", small_ / "p"});
    CHECK(RunMobilenet(Classify(small_, arguments)).status <= 1);
  }
  std::string part_path(int part) const { return small_ / "part" + std::to_string(part); }
  const SmallModel& small() const { return small_; }

 private:
  SmallModel small_;
};

// The records without their times.
std::vector<std::string> WithoutTimes(const std::string& text) {
  std::vector<std::string> lines = Lines(text);
  for (std::string& line : lines) {
    json record = json::parse(line);
    for (const char* time : {"decode_ms", "preprocess_ms", "inference_ms"}) record.erase(time);
    line = record.dump();
  }
  return lines;
}

TEST_CASE("the parts joined are the records of one run, in order") {
  const Parts parts;
  const SmallModel& small = parts.small();
  const auto result =
      RunMobilenet({"merge", "--output", small / "joined", parts.part_path(4), parts.part_path(2),
                    parts.part_path(1), parts.part_path(5), parts.part_path(3)});
  CHECK(result.err == "");
  CHECK(result.status == 0);
  const std::string joined = test::ReadFileBytes(small / "joined");
  CHECK(WithoutTimes(joined) == WithoutTimes(test::ReadFileBytes(small / "whole")));
  const json metadata = json::parse(test::ReadFileBytes(small / "joined.meta.json"));
  json expected = json::parse(test::ReadFileBytes(small / "whole.meta.json"));
  expected["started"] = metadata["started"];
  CHECK(metadata == expected);
  // The joined file can be continued, and joined again into itself.
  parts.Run({"--format", "json", "--resume", "--output", small / "joined"});
  CHECK(RunMobilenet({"merge", "--output", small / "joined", small / "joined"}).status == 0);
  CHECK(test::ReadFileBytes(small / "joined") == joined);
}

TEST_CASE("CSV is joined under one header, on standard output too") {
  const Parts parts("csv");
  const auto result = RunMobilenet({"merge", parts.part_path(1), parts.part_path(2), parts.part_path(3),
                                    parts.part_path(4), parts.part_path(5)});
  CHECK(result.status == 0);
  CHECK(Lines(result.out).size() == 41);
  CHECK(result.out.find("path,width") == 0);
  CHECK(test::CsvPaths(result.out) == test::CsvPaths(test::ReadFileBytes(parts.small() / "whole")));
}

TEST_CASE("parts whose names look like lists are those files") {
  const Parts parts("csv");
  const std::string folder = parts.small() / "";
  const char* names[] = {"[1,2]", "[]", "@3", "{4}", "1"};
  for (int part = 1; part <= 5; ++part) {
    fs::rename(parts.part_path(part), folder + names[part - 1]);
    fs::rename(parts.part_path(part) + ".meta.json", folder + names[part - 1] + ".meta.json");
  }
  const auto merged = [&](const std::string& arguments) {
    return test::RunCommand(
        {"/bin/sh", "-c", "cd " + folder + "; " + test::MobilenetCommand() + " merge " + arguments});
  };
  for (const char* arguments : {"'[1,2]' '[]' ./@3 '{4}' 1", "-- '[1,2]' '[]' ./@3 '{4}' 1"}) {
    const auto result = merged(arguments);
    CAPTURE(arguments, result.err);
    CHECK(result.status == 0);
    CHECK(test::CsvPaths(result.out) == test::CsvPaths(test::ReadFileBytes(parts.small() / "whole")));
  }
  // Not 1 and 2.
  const auto missing = merged("'[1,3]'");
  CHECK(missing.status == 2);
  CHECK(missing.err.starts_with("mobilenet: [1,3].meta.json: is missing"));
}

TEST_CASE("missing parts are reported, and the rest is joined") {
  const Parts parts;
  std::string metadata = test::ReadFileBytes(parts.part_path(3) + ".meta.json");
  metadata.replace(metadata.find("\"is_complete\": true"), 19, "\"is_complete\": false");
  test::WriteFileBytes(parts.part_path(3) + ".meta.json", metadata);
  const std::string torn = test::ReadFileBytes(parts.part_path(3));
  test::WriteFileBytes(parts.part_path(3), torn.substr(0, torn.size() - 10));
  const auto result = RunMobilenet({"merge", "--output", parts.small() / "joined", parts.part_path(3),
                                    parts.part_path(1), parts.part_path(4)});
  CHECK(result.status == 1);
  CHECK(result.err == "mobilenet: " + parts.part_path(3) +
                          ": is incomplete (--resume continues it)\nmobilenet: shard 2/5 is missing\n"
                          "mobilenet: shard 5/5 is missing\n");
  size_t records = Lines(torn).size() - 1;
  for (int part : {1, 4}) records += Lines(test::ReadFileBytes(parts.part_path(part))).size();
  CHECK(Lines(test::ReadFileBytes(parts.small() / "joined")).size() == records);
  CHECK(json::parse(test::ReadFileBytes(parts.small() / "joined.meta.json"))["is_complete"] == false);
}

TEST_CASE("an incompletely copied part is reported") {
  const Parts parts;
  const std::string whole = test::ReadFileBytes(parts.part_path(2));
  test::WriteFileBytes(parts.part_path(2), whole.substr(0, whole.find('\n') + 1));
  const auto result =
      RunMobilenet({"merge", "-o", parts.small() / "joined", parts.part_path(1), parts.part_path(2),
                    parts.part_path(3), parts.part_path(4), parts.part_path(5)});
  CHECK(result.status == 1);
  CHECK(result.err == "mobilenet: " + parts.part_path(2) + ": has 1 records of " +
                          std::to_string(Lines(whole).size()) + " (copied only in part?)\n");
  CHECK(json::parse(test::ReadFileBytes(parts.small() / "joined.meta.json"))["is_complete"] == false);
}

TEST_CASE("an empty part does not take the header of the others") {
  const Parts parts("csv");
  test::WriteFileBytes(parts.part_path(5), "");
  const auto result = RunMobilenet({"merge", parts.part_path(1), parts.part_path(2), parts.part_path(3),
                                    parts.part_path(4), parts.part_path(5)});
  CHECK(result.status == 1);
  CHECK(result.out.find("path,width") == 0);
}

TEST_CASE("a file that does not hold the program's results is not overwritten by the parts") {
  const Parts parts("json");
  const SmallModel& small = parts.small();
  const std::string before = test::ReadFileBytes(small.picture());
  const auto result = RunMobilenet({"merge", "-o", small.picture(), small / "whole"});
  CHECK(result.status == 2);
  CHECK(result.err.find("mobilenet: " + small.picture() + ": exists, and holds no results of mobilenet") ==
        0);
  CHECK(test::ReadFileBytes(small.picture()) == before);
}

TEST_CASE("a part may have the name that the output has on its way") {
  const Parts parts;
  const std::string part = parts.small() / "joined.part";
  fs::rename(parts.part_path(1), part);
  fs::rename(parts.part_path(1) + ".meta.json", part + ".meta.json");
  const std::string before = test::ReadFileBytes(part);
  const auto result = RunMobilenet({"merge", "-o", parts.small() / "joined", part, parts.part_path(2),
                                    parts.part_path(3), parts.part_path(4), parts.part_path(5)});
  CHECK(result.status == 0);
  CHECK(test::ReadFileBytes(part) == before);
}

TEST_CASE("parts that don't belong together are refused") {
  const Parts parts;
  const SmallModel& small = parts.small();
  const auto refused = [&](const std::string& other, const std::string& message) {
    const auto result = RunMobilenet({"merge", "--output", small / "joined", parts.part_path(1), other});
    CHECK(result.status == 2);
    CAPTURE(result.err);
    CHECK(result.err.find("mobilenet: " + other + message) == 0);
    CHECK(!fs::exists(small / "joined"));
  };
  refused(parts.part_path(1), ": shard 1/5 occurs twice");
  refused(small / "whole", ": is shard 1/1 (of 5, as ");
  const auto twice = RunMobilenet({"merge", small / "whole", small / "whole"});
  CHECK(twice.status == 2);
  CHECK(twice.err.find("mobilenet: " + (small / "whole: has a record for ") +
                       (small / "p/0/0.ppm, and so has ")) == 0);
  refused(small / "none", ".meta.json: is missing or incomplete");
  parts.Run({"--format", "json", "--shard", "2/5", "-k", "3", "--output", small / "other"});
  refused(small / "other", ": has other settings than " + parts.part_path(1) + ": top_k: 5 there, 3 here");
}

}  // namespace
}  // namespace mobilenet
