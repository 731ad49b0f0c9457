// When --output FILE goes to the disk: --sync-every.
#include <sys/stat.h>

#include <algorithm>
#include <fstream>

#include "test/support/catch.h"
#include "test/support/records.h"

namespace mobilenet {
namespace {

using test::SmallModel;

// A run that gives `count` records, and its syncs of them.
class RecordedRun {
 public:
  RecordedRun(int count, const std::vector<std::string>& arguments) {
    std::string names;
    for (int i = 0; i < count; ++i) names += small_.picture() + "\n";
    test::WriteFileBytes(small_ / "list", names);
    std::vector<std::string> all = {"--format", "json", "-o", small_ / "out", "@" + (small_ / "list")};
    all.insert(all.end(), arguments.begin(), arguments.end());
    const auto result = test::RunMobilenet(test::Classify(small_, all),
                                           {MOBILENET_PRELOAD, "SYNC_RECORD=" + (small_ / "syncs")});
    CAPTURE(result.err);
    CHECK(result.status == 0);
  }

  // The file's length at each sync, in bytes.
  std::vector<size_t> SyncedSizes() const {
    struct stat status = {};
    REQUIRE(::stat((small_ / "out").c_str(), &status) == 0);
    std::vector<size_t> sizes;
    std::ifstream in(small_ / "syncs");
    ino_t file = 0;
    for (size_t size = 0; in >> file >> size;) {
      if (file == status.st_ino) sizes.push_back(size);
    }
    return sizes;
  }

  // The file's length after each record, and before the first.
  std::vector<size_t> RecordEnds() const {
    std::vector<size_t> ends = {0};
    for (const std::string& line : test::Lines(test::ReadFileBytes(small_ / "out"))) {
      ends.push_back(ends.back() + line.size() + 1);
    }
    return ends;
  }

 private:
  SmallModel small_;
};

TEST_CASE("results go to the disk after a number of records, and at the end") {
  const RecordedRun run(95, {"--sync-every", "10"});
  const auto ends = run.RecordEnds();
  std::vector<size_t> expected;
  for (size_t records = 10; records <= 90; records += 10) expected.push_back(ends[records]);
  expected.push_back(ends[95]);
  CHECK(run.SyncedSizes() == expected);
}

TEST_CASE("results go to the disk every few seconds, and at the end") {
  const RecordedRun run(2000, {"--sync-every", "0.001s"});
  const auto sizes = run.SyncedSizes();
  CHECK(sizes.size() >= 2);
  CHECK(std::is_sorted(sizes.begin(), sizes.end()));
  CHECK(sizes.back() == run.RecordEnds().back());
}

}  // namespace
}  // namespace mobilenet
