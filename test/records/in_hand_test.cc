// A picture that kills the program each time does not keep a run from finishing.
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <filesystem>
#include <map>

#include <nlohmann/json.hpp>

#include "test/support/catch.h"
#include "test/support/process.h"
#include "test/support/records.h"

namespace mobilenet {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::Classify;
using test::RunMobilenet;
using test::SmallModel;

// A folder of pictures, with one of which a run is killed.
class Photos {
 public:
  Photos() {
    fs::create_directory(small_ / "p");
    for (const char* name : {"1", "2", "3", "4", "5", "6", "7"}) {
      test::WriteFileBytes(small_ / "p/" + name + ".ppm", SmallModel::GradientPpm(8, 8));
    }
  }

  const SmallModel& small() const { return small_; }
  std::string deadly() const { return small_ / "p/3.ppm"; }
  std::string output() const { return small_ / "out"; }
  std::string in_hand() const { return output() + ".inhand"; }
  std::vector<std::string> Arguments(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {"--format",         "json", "-o",        output(), "--resume",
                                          "--decode-threads", "3",    small_ / "p"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Classify(small_, arguments);
  }

  // Kills a run when it reads that one, with which this many have died before.
  void Kill(int deaths) const {
    CHECK(RunMobilenet(Arguments(), {MOBILENET_PRELOAD, "KILL_AT=" + deadly()}).status == 128 + SIGKILL);
    const std::string line = "\n+ " + std::to_string(deaths) + " " + deadly() + "\n";
    CHECK(test::ReadFileBytes(in_hand()).find(line) != std::string::npos);
  }

  // The errors, "" for none, by the names of the pictures.
  std::map<std::string, std::string> Errors() const {
    std::map<std::string, std::string> errors;
    for (const std::string& line : test::Lines(test::ReadFileBytes(output()))) {
      const json record = json::parse(line);
      const std::string name = fs::path(record["path"].get<std::string>()).filename();
      CHECK(!errors.contains(name));
      errors[name] = record["error"].is_null() ? "" : record["error"].get<std::string>();
    }
    return errors;
  }

 private:
  SmallModel small_;
};

TEST_CASE("a picture that two runs were killed with is recorded as failed, and no other") {
  const Photos photos;
  photos.Kill(0);
  photos.Kill(1);
  const auto result = RunMobilenet(photos.Arguments());
  CHECK(result.status == 1);
  auto errors = photos.Errors();
  CHECK(errors.size() == 7);
  CHECK(errors["3.ppm"].find(photos.deadly() + ": skipped, since the program was killed 2 times") == 0);
  errors.erase("3.ppm");
  for (const auto& [name, error] : errors) CHECK(error == "");
  CHECK(!fs::exists(photos.in_hand()));
  CHECK(json::parse(test::ReadFileBytes(photos.output() + ".meta.json"))["is_complete"] == true);
  // It stays like that until somebody asks for another attempt.
  CHECK(RunMobilenet(photos.Arguments()).status == 1);
  CHECK(RunMobilenet(photos.Arguments({"--retry-failed"})).status == 0);
  CHECK(photos.Errors()["3.ppm"] == "");
}

TEST_CASE("a picture that one run was killed with is tried again") {
  const Photos photos;
  photos.Kill(0);
  CHECK(RunMobilenet(photos.Arguments()).status == 0);
  CHECK(photos.Errors().size() == 7);
  CHECK(!fs::exists(photos.in_hand()));
}

TEST_CASE("runs that are stopped or started anew know nothing of pictures in hand") {
  const Photos photos;
  const std::string fifo = photos.small() / "names";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  {
    // Names that do not end, so that the run is still there when the signal comes.
    test::Process run("exec 3<>" + fifo + "; " +
                      test::ExecMobilenet(photos.Arguments({"--files-from", fifo})));
    REQUIRE(test::WaitUntil([&] { return fs::exists(photos.in_hand()); }));
    run.Signal(SIGTERM);
    CHECK(WEXITSTATUS(run.Wait()) == 128 + SIGTERM);
    CHECK(!fs::exists(photos.in_hand()));
  }
  fs::remove(photos.output());
  photos.Kill(0);
  auto anew = photos.Arguments();
  std::erase(anew, "--resume");
  CHECK(RunMobilenet(anew).status == 0);
  CHECK(!fs::exists(photos.in_hand()));
}

}  // namespace
}  // namespace mobilenet
