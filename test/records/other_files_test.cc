// What others have beside the output or do to it: nothing of theirs is touched, and what they do is reported.
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <utility>

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

test::CommandResult RunTo(const SmallModel& small, const std::string& output,
                          const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments = {"--format", "json", "-o", output, small.picture()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return RunMobilenet(Classify(small, arguments));
}

TEST_CASE("somebody's files, links and pipes with the names of ours are refused or left alone") {
  for (const char* name : {"out.meta.json", "out.inhand"}) {
    for (const char* what : {"file", "link", "link to nothing", "pipe", "folder"}) {
      for (const bool is_resumed : {false, true}) {
        const SmallModel small;
        const std::string path = small / name;
        if (is_resumed) CHECK(RunTo(small, small / "out").status == 0);
        fs::remove(path);
        test::WriteFileBytes(small / "theirs", "something of theirs");
        const std::string kind = what;
        if (kind == "file") fs::copy(small / "theirs", path);
        if (kind == "link") fs::create_symlink(small / "theirs", path);
        if (kind == "link to nothing") fs::create_symlink(small / "nothing", path);
        if (kind == "pipe") REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
        if (kind == "folder") fs::create_directory(path);
        const auto status = fs::symlink_status(path);
        const auto result = RunTo(small, small / "out", {"--resume"});
        CAPTURE(name, kind, is_resumed, result.err);
        CHECK(result.status == 2);
        const std::string begin = "mobilenet: " + path;
        CHECK((result.err.find(begin + ": exists, and is not ") == 0 ||
               result.err.find(begin + ": is missing or incomplete") == 0));
        CHECK(fs::symlink_status(path).type() == status.type());
        CHECK(test::ReadFileBytes(small / "theirs") == "something of theirs");
        CHECK(!fs::exists(small / "nothing"));
        if (kind == "file") CHECK(test::ReadFileBytes(path) == "something of theirs");
      }
    }
  }
}

TEST_CASE("what somebody has under the name of a part file stays") {
  const SmallModel small;
  for (const char* name : {"out.part", "out.meta.json.part"}) {
    for (const char* what : {"file", "link", "pipe"}) {
      const std::string path = small / name;
      fs::remove(path);
      test::WriteFileBytes(small / "theirs", "something of theirs");
      const std::string kind = what;
      if (kind == "file") fs::copy(small / "theirs", path);
      if (kind == "link") fs::create_symlink(small / "theirs", path);
      if (kind == "pipe") REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
      const auto status = fs::symlink_status(path);
      CAPTURE(name, kind);
      CHECK(RunTo(small, small / "out").status == 0);
      CHECK(RunMobilenet({"merge", "-o", small / "out", small / "out"}).status == 0);
      CHECK(fs::symlink_status(path).type() == status.type());
      if (kind != "pipe") CHECK(test::ReadFileBytes(path) == "something of theirs");
      CHECK(test::ReadFileBytes(small / "theirs") == "something of theirs");
    }
  }
  // Nothing of ours is left.
  size_t files = 0;
  for (const auto& entry : fs::directory_iterator(small / ""))
    files += entry.path().string().find("out") != std::string::npos;
  CHECK(files == 4);
}

TEST_CASE("an output keeps its mode when records are taken out of it or it is merged into itself") {
  const SmallModel small;
  const std::string out = small / "out";
  CHECK(RunTo(small, out, {small / "none.jpg"}).status == 1);
  fs::permissions(out, fs::perms::owner_read | fs::perms::owner_write);
  CHECK(RunTo(small, out, {small / "none.jpg", "--resume", "--retry-failed"}).status == 1);
  CHECK(fs::status(out).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
  CHECK(RunMobilenet({"merge", "-o", out, out}).status == 0);
  CHECK(fs::status(out).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
}

TEST_CASE("an output that is removed, replaced or cut during a run is an error at its end, or at a sync") {
  const SmallModel small;
  const std::string fifo = small / "names";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  struct Case {
    const char* command;
    const char* message;
  };
  for (const auto& [command, message] :
       {Case{"rm OUT", ": was removed while"},
        {"mv OUT OUT.old", ": was removed while"},
        {"echo other > OUT.new; mv OUT.new OUT", ": was replaced by another file while"},
        {"truncate -s 5 OUT", ": was cut short while"}}) {
    // With a sync after each record, the second one reports it, else the end does.
    for (const char* interval : {"1000s", "1"}) {
      const std::string out = small / "out";
      fs::remove(out);
      fs::remove(out + ".meta.json");
      std::string harm = command;
      for (size_t at; (at = harm.find("OUT")) != std::string::npos;) harm.replace(at, 3, out);
      const std::string script =
          "exec 3<>" + fifo + "; (echo " + small.picture() + " >&3; for i in $(seq 600); do [ -s " + out +
          " ] && break; sleep 0.05; done; " + harm + "; echo " + small.picture() + " >&3; echo @end >&3) & " +
          test::MobilenetCommand() + " classify --threads 1 --model " + small.model() +
          " --format json --sync-every " + interval + " -o " + out +
          " --files-from <(sed -u '/^@end$/Q' <&3)";
      const auto result = test::RunCommand({"/bin/bash", "-c", script});
      CAPTURE(command, interval, result.err);
      CHECK(result.status == 2);
      CHECK(result.err.find("mobilenet: " + out + message) != std::string::npos);
      CHECK(json::parse(test::ReadFileBytes(out + ".meta.json"))["is_complete"] == false);
    }
  }
}

TEST_CASE("merges into one output at the same time leave one whole") {
  const SmallModel small;
  std::string names;
  for (int i = 0; i < 300; ++i) names += small.picture() + std::to_string(i) + "\n";
  test::WriteFileBytes(small / "list", names);
  CHECK(RunMobilenet(Classify(small, {"--format", "json", "-o", small / "all", "@" + (small / "list")}))
            .status == 1);
  const auto alone = RunMobilenet({"merge", small / "all"});
  for (int round = 0; round < 5; ++round) {
    std::vector<std::unique_ptr<test::Process>> merges;
    for (int i = 0; i < 4; ++i) {
      merges.push_back(std::make_unique<test::Process>(
          test::ExecMobilenet({"merge", "-o", small / "joined", small / "all"})));
    }
    int whole = 0;
    for (const auto& merge : merges) {
      const int status = WEXITSTATUS(merge->Wait());
      CHECK((status == 0 || status == 2));
      whole += status == 0;
    }
    CHECK(whole > 0);
    CHECK(test::ReadFileBytes(small / "joined") == alone.out);
    CHECK(!fs::exists(small / "joined.part"));
    fs::remove(small / "joined");
  }
}

TEST_CASE("a merge that fails leaves no empty output") {
  const SmallModel small;
  test::WriteFileBytes(small / "joined.meta.json", "something of theirs");
  CHECK(RunTo(small, small / "out").status == 0);
  CHECK(RunMobilenet({"merge", "-o", small / "joined", small / "out"}).status == 2);
  CHECK(!fs::exists(small / "joined"));
}

// What a program writes into a pipe that nobody is reading yet.
struct Pipe {
  Pipe() { REQUIRE(::pipe2(ends, O_CLOEXEC) == 0); }
  ~Pipe() {
    ::close(ends[0]);
    ::close(ends[1]);
  }
  int ends[2] = {};
};

std::vector<std::string> ManyRecords(const SmallModel& small, int count) {
  std::string names;
  for (int i = 0; i < count; ++i) names += small.picture() + "\n";
  test::WriteFileBytes(small / "list", names);
  return Classify(small, {"--format", "json", "@" + (small / "list")});
}

TEST_CASE("a slow reader of a non-blocking pipe is waited for") {
  const SmallModel small;
  constexpr int kRecords = 300;  // more than a pipe holds
  Pipe pipe;
  REQUIRE(::fcntl(pipe.ends[1], F_SETFL, O_NONBLOCK) == 0);
  test::Process run(test::ExecMobilenet(ManyRecords(small, kRecords)), pipe.ends[1]);
  ::close(std::exchange(pipe.ends[1], -1));
  CHECK(!run.EndsWithin(0.5));
  std::string text;
  char buffer[4096];
  for (ssize_t count; (count = ::read(pipe.ends[0], buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<size_t>(count));
  }
  CHECK(WEXITSTATUS(run.Wait()) == 0);
  CHECK(test::Lines(text).size() == kRecords);
}

TEST_CASE("a second signal ends a run that waits, whatever signals the two are") {
  const SmallModel small;
  const auto arguments = ManyRecords(small, 300);
  for (const auto& [first, second] : {std::pair{SIGTERM, SIGHUP}, {SIGHUP, SIGTERM}, {SIGTERM, SIGTERM}}) {
    const Pipe pipe;
    test::Process run(test::ExecMobilenet(arguments), pipe.ends[1]);
    // Full once nothing has come for a while; how much of a page it takes depends on the length of the
    // records.
    int waiting = 0;
    int looks = 0;
    const auto is_full = [&] {
      int now = 0;
      REQUIRE(::ioctl(pipe.ends[0], FIONREAD, &now) == 0);
      looks = std::exchange(waiting, now) == now && now > 30'000 ? looks + 1 : 0;
      return looks > 300;
    };
    REQUIRE(test::WaitUntil(is_full));
    run.Signal(first);
    CHECK(!run.EndsWithin(0.3));  // it would finish the record in hand
    run.Signal(second);
    CHECK(run.EndsWithin(60));
    const int status = run.Wait();
    // An emulator passes on that it was ended by a signal, or the signal's number.
    CHECK((WIFSIGNALED(status) ? WTERMSIG(status) == second : WEXITSTATUS(status) == 128 + second));
  }
}

}  // namespace
}  // namespace mobilenet
