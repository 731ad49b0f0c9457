// What --resume and merge do with files of records that are not as they were written.
#include <algorithm>
#include <filesystem>
#include <functional>

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

// Three pictures and their records.
class Records {
 public:
  explicit Records(const std::string& format) : format_(format) {
    for (const char* name : {"a", "b", "c"}) {
      fs::create_directory(small_ / "p");
      test::WriteFileBytes(small_ / "p/" + name + ".ppm", SmallModel::GradientPpm(8, 8));
    }
    CHECK(Resume().status == 0);
    whole_ = test::ReadFileBytes(path());
  }

  test::CommandResult Resume() const {
    return RunMobilenet(
        Classify(small_, {"--format", format_, "-k", "1", "-o", path(), "--resume", small_ / "p"}));
  }
  std::string path() const { return small_ / "out"; }
  const std::string& whole() const { return whole_; }
  const SmallModel& small() const { return small_; }
  std::string Now() const { return test::ReadFileBytes(path()); }

 private:
  SmallModel small_;
  std::string format_;
  std::string whole_;
};

std::string WithNulAt(std::string text, size_t at) {
  text[at] = '\0';
  return text;
}

TEST_CASE("a file that is damaged before its end is refused, and stays as it is") {
  for (const char* format : {"json", "csv"}) {
    const Records records(format);
    const std::string& whole = records.whole();
    const size_t last = whole.rfind('\n', whole.size() - 2) + 1;
    for (const std::string& damaged : {
             WithNulAt(whole, 3),
             WithNulAt(whole, whole.find('\n') + 5),
             WithNulAt(whole, last - 1),
             std::string(5000, '\0') + whole,
             whole.substr(0, last) + std::string(5000, '\0') + '\n' + whole.substr(last),
             "no record\n" + whole,
             whole.substr(0, last) + "no record\n" + whole.substr(last),
         }) {
      CAPTURE(format, damaged);
      test::WriteFileBytes(records.path(), damaged);
      const auto result = records.Resume();
      CHECK(result.status == 2);
      CAPTURE(result.err);
      CHECK(result.err.find("mobilenet: " + records.path() + ": ") == 0);
      CHECK(records.Now() == damaged);
    }
  }
}

TEST_CASE("a last record without its newline is whole") {
  for (const char* format : {"json", "csv"}) {
    const Records records(format);
    const std::string& whole = records.whole();
    for (const std::string& tail : {std::string(), std::string(5000, '\0')}) {
      CAPTURE(format, tail.size());
      test::WriteFileBytes(records.path(), whole.substr(0, whole.size() - 1) + tail);
      CHECK(records.Resume().status == 0);
      const auto lines = Lines(records.Now());
      REQUIRE(lines.size() == Lines(whole).size());
      CHECK(records.Now().ends_with('\n'));
      // CSV's last number may have lost digits: that image is done again.
      if (std::string(format) == "json") CHECK(records.Now() == whole);
    }
    // Images that cannot be done again are kept in any case.
    test::WriteFileBytes(records.path(), whole.substr(0, whole.size() - 1));
    fs::rename(records.small() / "p/c.ppm", records.small() / "c");
    CHECK(records.Resume().status == 0);
    CHECK(records.Now() == whole);
    fs::rename(records.small() / "c", records.small() / "p/c.ppm");
    // And it is among those that are merged.
    test::WriteFileBytes(records.path(), whole.substr(0, whole.size() - 1));
    const auto merged = RunMobilenet({"merge", records.path()});
    CHECK(merged.status == 0);
    CHECK(merged.out == whole);
  }
}

TEST_CASE("gigabytes of zeros after a power cut take no memory to be cut off") {
  if (!test::TellsMemory()) return;
  const Records records("json");
  const std::string arguments = "classify --threads 1 --model " + records.small().model() +
                                " --format json -k 1 --resume -o " + records.path() + " " +
                                (records.small() / "p");
  const auto few = test::RunMeasured(test::MobilenetCommand() + " " + arguments + " 2> /dev/null");
  CHECK(few.status == 0);
  for (const char* end : {"", "\\n"}) {
    const auto many = test::RunMeasured("truncate -s +1G " + records.path() + "; printf '" + end + "' >> " +
                                        records.path() + "; " + test::MobilenetCommand() + " " + arguments +
                                        " 2> /dev/null");
    CHECK(many.status == 0);
    CHECK(many.peak_memory_mb < few.peak_memory_mb + 20);
    CHECK(records.Now() == records.whole());
  }
}

TEST_CASE("missing shards are reported in few words and little memory") {
  const SmallModel small;
  CHECK(RunMobilenet(Classify(small, {"--format", "json", "--shard", "1000/2000000000", "-o", small / "out",
                                      "@/dev/null"}))
            .status == 0);
  const auto result = RunMobilenet({"merge", "-o", small / "joined", small / "out"});
  CHECK(result.status == 1);
  CHECK(result.err ==
        "mobilenet: shards 1/2000000000 to 999/2000000000 are missing\n"
        "mobilenet: shards 1001/2000000000 to 2000000000/2000000000 are missing\n");
}

}  // namespace
}  // namespace mobilenet
