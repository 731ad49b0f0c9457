// What survives: runs that are continued, killed, interrupted, or run into a full disk.
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <thread>

#include <nlohmann/json.hpp>

#include "test/support/catch.h"
#include "test/support/process.h"
#include "test/support/records.h"

namespace mobilenet {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::Classify;
using test::Lines;
using test::RunMobilenet;
using test::SmallModel;

// A folder of pictures, some of which are broken, and a run over them.
class Photos {
 public:
  explicit Photos(int count, const std::string& format = "json") : count_(count), format_(format) {
    fs::create_directory(small_ / "p");
    for (int i = 0; i < count; ++i) {
      const bool is_bad = i % 10 == 7;
      test::WriteFileBytes(Photo(i), is_bad ? "no picture" : SmallModel::GradientPpm(8 + i % 5, 8));
    }
  }

  const SmallModel& small() const { return small_; }
  std::string Photo(int i) const {
    std::string number = std::to_string(i);
    return small_ / "p/" + std::string(4 - number.size(), '0') + number + ".ppm";
  }
  std::string output() const { return small_ / "out"; }

  std::vector<std::string> Arguments(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {"--format", format_, "--output", output(), small_ / "p"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Classify(small_, arguments);
  }
  test::CommandResult Run(const std::vector<std::string>& more = {}, const std::string& threads = "1") const {
    std::vector<std::string> arguments = Arguments(more);
    *(std::find(arguments.begin(), arguments.end(), "--threads") + 1) = threads;
    return RunMobilenet(arguments);
  }

  std::vector<std::string> Records() const {
    auto lines = Lines(test::ReadFileBytes(output()));
    if (format_ == "csv" && !lines.empty()) lines.erase(lines.begin());
    return lines;
  }

  // Every input has exactly one record, and there are no other lines.
  void CheckComplete() const {
    std::multiset<std::string> paths;
    for (const std::string& line : Records()) {
      if (format_ == "csv") {
        REQUIRE(std::count(line.begin(), line.end(), ',') >= 23);
        paths.insert(line.substr(0, line.find(',')));
      } else {
        paths.insert(json::parse(line)["path"].get<std::string>());
      }
    }
    CHECK(paths.size() == static_cast<size_t>(count_));
    CHECK(std::set<std::string>(paths.begin(), paths.end()).size() == paths.size());
    CHECK(test::ReadFileBytes(output()).ends_with('\n'));
    CHECK(json::parse(test::ReadFileBytes(output() + ".meta.json"))["is_complete"] == true);
  }

  // The records without what differs from run to run.
  std::vector<std::string> Answers() const {
    std::vector<std::string> answers;
    for (const std::string& line : Records()) {
      json record = json::parse(line);
      for (const char* time : {"decode_ms", "preprocess_ms", "inference_ms"}) record.erase(time);
      answers.push_back(record.dump());
    }
    return answers;
  }

 private:
  SmallModel small_;
  int count_;
  std::string format_;
};

TEST_CASE("a run that was cut short anywhere is continued to the same file") {
  for (const char* format : {"json", "csv"}) {
    const Photos photos(20, format);
    CHECK(photos.Run({"--resume"}).status == 1);
    photos.CheckComplete();
    const std::string whole = test::ReadFileBytes(photos.output());
    const std::string zeros(1000, '\0');
    std::vector<size_t> cuts = {whole.size() / 2, 0, 1, 50, whole.size() - 1, whole.size()};
    if (test::IsEmulated()) cuts.resize(1);
    for (const size_t cut : cuts) {
      for (const std::string& tail : {std::string(), zeros, zeros + "\n", std::string("{\"path\": ")}) {
        CAPTURE(format, cut, tail.size());
        test::WriteFileBytes(photos.output(), whole.substr(0, cut) + tail);
        const auto result = photos.Run({"--resume"});
        CHECK(result.status == 1);
        photos.CheckComplete();
        // What was complete is unchanged.
        const size_t kept = whole.rfind('\n', cut == 0 ? 0 : cut - 1);
        if (kept != std::string::npos) {
          CHECK(test::ReadFileBytes(photos.output()).substr(0, kept + 1) == whole.substr(0, kept + 1));
        }
      }
    }
    const auto again = photos.Run({"--resume"});
    CHECK(again.err.find("0 images, 0 failures, 20 recorded before") == 0);
    CHECK(again.status == 1);
    CHECK(photos.Records().size() == 20);
  }
}

TEST_CASE("resume does again what has changed and, if asked for, what failed") {
  const Photos photos(20);
  CHECK(photos.Run().status == 1);
  test::WriteFileBytes(photos.Photo(3), SmallModel::GradientPpm(20, 20));
  fs::last_write_time(photos.Photo(5), fs::file_time_type::clock::now() + std::chrono::hours(1));
  const auto changed = photos.Run({"--resume"});
  CHECK(changed.err.find("2 images, 0 failures, 18 recorded before") != std::string::npos);
  REQUIRE(photos.Records().size() == 20);
  CHECK(json::parse(photos.Records()[18])["width"] == 20);

  const auto failed = photos.Run({"--resume", "--retry-failed"});
  CHECK(failed.status == 1);
  CHECK(failed.err.find("2 images, 2 failures, 18 recorded before") != std::string::npos);
  photos.CheckComplete();
  CHECK(!fs::exists(photos.output() + ".part"));
}

TEST_CASE("records of files that are gone stay: their disk may be back tomorrow") {
  const Photos photos(20);
  CHECK(photos.Run().status == 1);
  const auto before = photos.Records();
  fs::rename(photos.small() / "p", photos.small() / "away");
  const auto gone = photos.Run({"--resume", "--retry-failed"});
  CHECK(gone.status == 1);
  REQUIRE(photos.Records().size() == 21);  // and the folder's own failure
  fs::rename(photos.small() / "away", photos.small() / "p");
  CHECK(photos.Run({"--resume"}).err.find("0 images, 0 failures, 20 recorded before") != std::string::npos);
  CHECK(photos.Records() == before);
}

TEST_CASE("a link to the file stays one when records are taken out of it") {
  const Photos photos(20);
  fs::create_directory(photos.small() / "card");
  fs::create_symlink(photos.small() / "card/out", photos.output());
  CHECK(photos.Run().status == 1);
  CHECK(photos.Run({"--resume", "--retry-failed"}).status == 1);
  CHECK(fs::is_symlink(photos.output()));
  photos.CheckComplete();
}

TEST_CASE("resume refuses other settings, and names them") {
  const Photos photos(5);
  CHECK(photos.Run().status == 0);
  const std::string before = test::ReadFileBytes(photos.output());
  const auto refused = [&](const std::vector<std::string>& more, const std::string& difference) {
    std::vector<std::string> arguments = {"--resume"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto result = photos.Run(arguments);
    CAPTURE(difference);
    CHECK(result.status == 2);
    CHECK(result.err ==
          "mobilenet: " + photos.output() + ": cannot be resumed with other settings: " + difference + "\n");
    CHECK(test::ReadFileBytes(photos.output()) == before);
  };
  refused({"--top-k", "3"}, "top_k: 5 there, 3 here");
  refused({"--threshold", "0.5"}, "threshold: 0 there, 0.5 here");
  refused({"--resize", "squash"}, "resize: \"crop\" there, \"squash\" here");
  refused({"--precision", "f32"}, "precision: \"s8\" there, \"f32\" here");
  refused({"--shard", "1/2"}, "shard: \"1/1\" there, \"1/2\" here");
  refused({"--layers"}, "layers: false there, true here");
  CHECK(photos.Run({"--resume", "--format", "csv"}).status == 2);

  const SmallModel other(WeightQuantization::kU8PerTensor);
  const auto model = RunMobilenet(Classify(other, {"--resume", "--precision", "u8", "--format", "json",
                                                   "--output", photos.output(), photos.small() / "p"}));
  CHECK(model.status == 2);
  CHECK(model.err.find("model_sha256: \"") != std::string::npos);

  const std::string metadata = test::ReadFileBytes(photos.output() + ".meta.json");
  for (const char* damaged : {"", "{", "[]"}) {
    test::WriteFileBytes(photos.output() + ".meta.json", damaged);
    CHECK(photos.Run({"--resume"}).err.find(".meta.json: is missing or incomplete") != std::string::npos);
  }
  fs::remove(photos.output() + ".meta.json");
  CHECK(photos.Run({"--resume"}).err.find(".meta.json: is missing or incomplete") != std::string::npos);
  CHECK(test::ReadFileBytes(photos.output()) == before);

  // Whole lines that are not records are not a torn end.
  test::WriteFileBytes(photos.output() + ".meta.json", metadata);
  for (const std::string& foreign :
       {"not ours\n" + before, before + "not ours\n", std::string("not\nours\n")}) {
    test::WriteFileBytes(photos.output(), foreign);
    const auto result = photos.Run({"--resume"});
    CHECK(result.status == 2);
    CHECK(result.err.find("not a record at byte " + std::to_string(foreign.find("not"))) !=
          std::string::npos);
    CHECK(test::ReadFileBytes(photos.output()) == foreign);
  }
}

TEST_CASE("a CSV file with another header is not continued") {
  const Photos photos(5, "csv");
  CHECK(photos.Run().status == 0);
  std::string semicolons = test::ReadFileBytes(photos.output());
  std::replace(semicolons.begin(), semicolons.end(), ',', ';');
  test::WriteFileBytes(photos.output(), semicolons);
  const auto result = photos.Run({"--resume"});
  CHECK(result.status == 2);
  CHECK(result.err.find("mobilenet: " + photos.output() +
                        ": has a different header (expected: path,width,") == 0);
  CHECK(test::ReadFileBytes(photos.output()) == semicolons);
}

TEST_CASE("resume needs what can be continued") {
  const SmallModel small;
  const std::string picture = small.picture();
  const std::string out = small / "out";
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"--resume", picture},
           {"--resume", "--output", out, picture},
           {"--resume", "--format", "json", "--output", out, "-"},
           {"--resume", "--format", "json", "--output", out, "--stream", "mjpeg"},
           {"--resume", "--format", "json", "--output", "/dev/null", picture},
           {"--retry-failed", "--format", "json", "--output", out, picture}}) {
    CHECK(RunMobilenet(Classify(small, arguments)).status == 2);
  }
}

TEST_CASE("the same records come from any number of threads for decoding and inference") {
  const Photos photos(60);
  CHECK(photos.Run({"--decode-threads", "1"}).status == 1);
  const auto answers = photos.Answers();
  for (const char* decode_threads : {"1", "8"}) {
    for (const char* threads : {"1", "3"}) {
      CHECK(photos.Run({"--decode-threads", decode_threads}, threads).status == 1);
      CHECK(photos.Answers() == answers);
    }
  }
}

std::vector<std::string> Sorted(std::vector<std::string> lines) {
  std::sort(lines.begin(), lines.end());
  return lines;
}

// With MOBILENET_KILLS=200 in the environment, it is the long run.
TEST_CASE("runs killed at random moments and resumed have one record for every input, none torn") {
  const char* const wanted = std::getenv("MOBILENET_KILLS");
  const int kills = wanted != nullptr ? std::atoi(wanted) : test::IsEmulated() ? 5 : 30;
  const Photos photos(test::IsEmulated() ? 100 : 400);
  CHECK(photos.Run().status == 1);
  const auto answers = Sorted(photos.Answers());
  fs::remove(photos.output());
  const unsigned seed = std::random_device()();
  std::mt19937 random(seed);
  CAPTURE(seed);
  // A run lasts about this long; a kill comes anywhere in it, or in the first moments of the next.
  const auto started = std::chrono::steady_clock::now();
  CHECK(photos.Run({"--resume"}).status == 1);
  const auto whole_us =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - started);
  fs::remove(photos.output());
  int killed = 0;
  for (int tries = 0; killed < kills && tries < 20 * kills; ++tries) {
    test::Process run(test::ExecMobilenet(photos.Arguments({"--resume"})));
    std::this_thread::sleep_for(std::chrono::microseconds(random() % whole_us.count()));
    run.Signal(SIGKILL);
    if (const int status = run.Wait(); WIFSIGNALED(status)) {
      ++killed;
    } else {
      REQUIRE(WEXITSTATUS(status) == 1);
      // An image that happened to be in hand at two kills was skipped, and comes last now.
      CHECK(photos.Run({"--resume", "--retry-failed"}).status == 1);
      photos.CheckComplete();
      CHECK((Sorted(photos.Answers()) == answers));
      fs::remove(photos.output());
    }
  }
  CHECK(killed == kills);
  CHECK(photos.Run({"--resume"}).status == 1);
  CHECK(photos.Run({"--resume", "--retry-failed"}).status == 1);
  photos.CheckComplete();
  CHECK((Sorted(photos.Answers()) == answers));
}

TEST_CASE("a signal finishes the record in hand, sums up, and the run can be continued") {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    const Photos photos(400);
    const std::string list = photos.small() / "list";
    std::ofstream names(list);
    for (int i = 0; i < 400; ++i) names << photos.Photo(i) << "\n";
    names.close();
    // A list that does not end, so that the run is still there when the signal comes.
    const std::string command =
        "mkfifo " + (photos.small() / "fifo") + "; exec 3<>" + (photos.small() / "fifo") + "; cat " + list +
        " >&3; env --default-signal=INT,HUP " + test::MobilenetCommand() + " classify --threads 1 --model " +
        photos.small().model() + " --format json --output " + photos.output() + " --files-from " +
        (photos.small() / "fifo") + " & " + "pid=$!; for i in $(seq 600); do [ \"$(wc -l < " +
        photos.output() + " 2>/dev/null || echo 0)\" -ge 20 ] && break; sleep 0.05; done; kill -" +
        std::to_string(signal) + " $pid; wait $pid";
    const auto stopped = test::RunCommand({"/bin/bash", "-mc", command});
    CAPTURE(signal, stopped.err);
    CHECK(stopped.status == 128 + signal);
    CHECK(stopped.err.find(" images, ") != std::string::npos);
    CHECK(stopped.err.find(" images/s") != std::string::npos);
    const auto records = photos.Records();
    CHECK(records.size() >= 20);
    for (const std::string& record : records) CHECK(json::accept(record));
    CHECK(json::parse(test::ReadFileBytes(photos.output() + ".meta.json"))["is_complete"] == false);
    CHECK(photos.Run({"--resume"}).status == 1);
    photos.CheckComplete();
  }
}

TEST_CASE("a full disk is an error with status 2, and what was written is continued") {
  for (const char* format : {"json", "csv"}) {
    const Photos photos(60, format);
    std::string command = "ulimit -f 8; exec " + test::MobilenetCommand();  // 8 KiB a file
    for (const std::string& argument : photos.Arguments()) command += " '" + argument + "'";
    const auto full = test::RunCommand({"/bin/bash", "-c", command});
    CAPTURE(full.err);
    CHECK(full.status == 2);
    CHECK(full.err.find("mobilenet: " + photos.output() + ": cannot write the results: File too large (the " +
                        "records so far are complete: free some space and continue with --resume)\n") !=
          std::string::npos);
    const std::string written = test::ReadFileBytes(photos.output());
    CHECK(written.size() <= 8192);
    CHECK(written.size() > 4096);
    CHECK(written.ends_with('\n'));
    CHECK(photos.Run({"--resume"}).status == 1);
    CHECK(test::ReadFileBytes(photos.output()).substr(0, written.size()) == written);
    photos.CheckComplete();
  }
}

TEST_CASE("the intervals of --sync-every are records or seconds") {
  const Photos photos(5);
  for (const char* good : {"1", "1000", "1s", "0.05s"}) CHECK(photos.Run({"--sync-every", good}).status == 0);
  for (const char* wrong : {"0", "-1", "s", "0s", "1m", "1.5", ""}) {
    CAPTURE(wrong);
    CHECK(photos.Run({"--sync-every", wrong}).status == 2);
  }
}

}  // namespace
}  // namespace mobilenet
