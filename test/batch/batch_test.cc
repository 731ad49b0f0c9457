// Many inputs: what is bounded, and what happens to the broken ones.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>

#include <nlohmann/json.hpp>

#include "test/support/catch.h"
#include "test/support/records.h"
#include "test/support/under_test.h"

namespace mobilenet {
namespace {

using nlohmann::json;
using test::Classify;
using test::Lines;
using test::SmallModel;

struct Run : test::MeasuredRun {
  std::string out;
};

Run RunMeasured(const SmallModel& small, const std::string& command) {
  const std::string out = small / "measured";
  return {test::RunMeasured(command + " > " + out + " 2> " + out + ".err"), test::ReadFileBytes(out)};
}

std::string Command(const SmallModel& small, const std::string& arguments) {
  return test::MobilenetCommand() + " classify --threads 1 --format json --model " + small.model() + " " +
         arguments;
}

// Ten ways in which a file may not be a picture, by the beginnings of their names.
std::map<std::string, std::string> BrokenPictures() {
  const std::string jpeg = test::ReadFileBytes(test::Checkout() + "/models/sample/chelsea.jpg");
  const std::string ppm = SmallModel::GradientPpm(40, 30);
  std::string damaged = jpeg;
  for (size_t i = damaged.size() / 2; i < damaged.size() / 2 + 64; ++i) damaged[i] = '\xff';
  std::string without_tables = jpeg;
  without_tables.replace(without_tables.find("\xff\xdb"), 2, "\xff\xec");
  return {{"cut_jpeg", jpeg.substr(0, jpeg.size() / 2)}, {"damaged_jpeg", damaged},
          {"jpeg_header", jpeg.substr(0, 20)},           {"jpeg_without_tables", without_tables},
          {"cut_ppm", ppm.substr(0, ppm.size() - 1)},    {"empty", ""},
          {"huge_ppm", "P6\n100000 100000\n255\n"},      {"negative_ppm", "P6\n-1 5\n255\n"},
          {"png_signature", "\x89PNG\r\n\x1a\n"},        {"text", "no picture at all"}};
}

TEST_CASE("five percent of ten thousand inputs are broken in ten ways, and memory does not grow") {
  const int inputs = test::IsEmulated() ? 1000 : 10'000;
  const SmallModel small;
  std::filesystem::create_directory(small / "p");
  const auto broken = BrokenPictures();
  REQUIRE(broken.size() == 10);
  std::vector<std::string> kinds;
  for (const auto& [name, bytes] : broken) {
    kinds.push_back(small / "p/" + name);
    test::WriteFileBytes(kinds.back(), bytes);
  }
  const auto write_list = [&](int count) {
    std::string list;
    for (int i = 0; i < count; ++i) {
      list += (i % 20 == 19 ? kinds[static_cast<size_t>(i / 20 % 10)] : small.picture()) + "\n";
    }
    test::WriteFileBytes(small / "list", list);
  };
  write_list(inputs / 10);
  const auto first = RunMeasured(small, Command(small, "--decode-threads 2 @" + (small / "list")));
  CHECK(first.status == 1);
  write_list(inputs);
  const auto all = RunMeasured(small, Command(small, "--decode-threads 2 @" + (small / "list")));
  CHECK(all.status == 1);
  std::map<std::string, int> errors;
  int predictions = 0;
  for (const std::string& line : Lines(all.out)) {
    const json record = json::parse(line);
    if (record["error"].is_null()) {
      ++predictions;
      CHECK(record["predictions"].size() == 5);
    } else {
      CHECK(record["error"].get<std::string>().size() > record["path"].get<std::string>().size() + 5);
      ++errors[record["path"]];
    }
  }
  CHECK(predictions == inputs / 20 * 19);
  CHECK(errors.size() == 10);
  for (const auto& [path, count] : errors) CHECK(count == inputs / 200);
  CAPTURE(first.peak_memory_mb, all.peak_memory_mb);
  if (test::TellsMemory()) CHECK(all.peak_memory_mb < first.peak_memory_mb + 1);
}

// With MOBILENET_NAMES=10000000 in the environment, it is the long run.
TEST_CASE("a list of names is never held in memory") {
  const SmallModel small;
  const char* const wanted = std::getenv("MOBILENET_NAMES");
  const std::string count = wanted != nullptr ? wanted : test::IsEmulated() ? "100000" : "300000";
  // The place of the names decides on their shard: it is always the same, so that there are always some in
  // this one.
  const auto run = [&](const std::string& names) {
    return RunMeasured(small, "seq -f '/nowhere/photograph with a long name %.0f.jpg' " + names + " | " +
                                  Command(small, "--shard 1/100000 --files-from -"));
  };
  const auto few = run("1000");
  const auto many = run(count);
  CHECK(many.status == 1);
  CHECK(!many.out.empty());
  CAPTURE(few.peak_memory_mb, many.peak_memory_mb);
  if (test::TellsMemory()) CHECK(many.peak_memory_mb < few.peak_memory_mb + 1);
}

}  // namespace
}  // namespace mobilenet
