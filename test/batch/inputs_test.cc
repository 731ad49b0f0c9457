// What `mobilenet classify` accepts: files, folders, lists, standard input, and parts of them.
#include <sys/stat.h>

#include <filesystem>
#include <set>

#include <nlohmann/json.hpp>

#include "test/support/catch.h"
#include "test/support/records.h"

namespace mobilenet {
namespace {

namespace fs = std::filesystem;
using test::Classify;
using test::CsvPaths;
using test::RunMobilenet;
using test::SmallModel;
using Paths = std::vector<std::string>;

// Pictures NAME in the model's folder.
void WritePictures(const SmallModel& small, const Paths& names) {
  for (const std::string& name : names) {
    fs::create_directories(fs::path(small / name).parent_path());
    test::WriteFileBytes(small / name, SmallModel::GradientPpm(8, 8));
  }
}

// The paths of the records, below the model's folder.
Paths RecordsOf(const SmallModel& small, std::vector<std::string> arguments,
                const std::string& standard_input = "/dev/null") {
  arguments.insert(arguments.end(), {"--format", "csv"});
  const auto result = RunMobilenet(Classify(small, arguments), {}, standard_input);
  CAPTURE(result.err);
  CHECK(result.status == 0);
  Paths paths = CsvPaths(result.out);
  for (std::string& path : paths) path = path.substr((small / "").size());
  return paths;
}

TEST_CASE("a folder gives its images in order, and with --recursive those below it") {
  const SmallModel small;
  WritePictures(small, {"p/b.ppm", "p/a.JPG", "p/a/z.png", "p/a/y.ppm", "p/a.b/x.ppm", "p/A.ppm"});
  test::WriteFileBytes(small / "p/notes.txt", "no image");
  REQUIRE(::mkfifo((small / "p/pipe.jpg").c_str(), 0666) == 0);
  CHECK(RecordsOf(small, {small / "p"}) == Paths{"p/A.ppm", "p/a.JPG", "p/b.ppm"});
  // The order of the paths as bytes: "a.b/" before "a/".
  const Paths all = {"p/A.ppm", "p/a.JPG", "p/a.b/x.ppm", "p/a/y.ppm", "p/a/z.png", "p/b.ppm"};
  CHECK(RecordsOf(small, {"--recursive", small / "p"}) == all);
  CHECK(std::is_sorted(all.begin(), all.end()));
  CHECK(RecordsOf(small, {"-r", small / "p/a/", small / "p/A.ppm"}) ==
        Paths{"p/a/y.ppm", "p/a/z.png", "p/A.ppm"});
  const auto result = RunMobilenet(Classify(small, {small / "p"}));
  CHECK(result.err.find("3 images, 0 failures, 2 other files left out") == 0);
}

TEST_CASE("links to folders are followed once, and never around") {
  const SmallModel small;
  WritePictures(small, {"p/a/1.ppm", "other/2.ppm"});
  fs::create_directory_symlink("..", small / "p/a/up");
  fs::create_directory_symlink(small / "other", small / "p/b");
  fs::create_directory_symlink(small / "other", small / "p/c");
  fs::create_symlink(small / "other/2.ppm", small / "p/link.ppm");
  CHECK(RecordsOf(small, {"-r", small / "p"}) == Paths{"p/a/1.ppm", "p/b/2.ppm", "p/link.ppm"});
}

TEST_CASE("a folder without images, and one that cannot be read, are inputs that failed") {
  const SmallModel small;
  fs::create_directories(small / "empty/below");
  const auto result =
      RunMobilenet(Classify(small, {"-r", small / "empty", small.picture(), "--format", "csv"}));
  CHECK(result.status == 1);
  CHECK(result.err.find("mobilenet: " + (small / "empty") + ": no images in this folder (") == 0);
  CHECK(CsvPaths(result.out) == Paths{small / "empty", small.picture()});
}

TEST_CASE("lists name images and folders, one per line or ended by NUL") {
  const SmallModel small;
  WritePictures(small, {"p/1.ppm", "p/2.ppm", "new\nline.ppm"});
  const std::string picture = small.picture();
  test::WriteFileBytes(small / "list", picture + "\n\n" + (small / "p") + "\n" + (small / "p/2.ppm"));
  const Paths listed = {"gradient.ppm", "p/1.ppm", "p/2.ppm", "p/2.ppm"};
  CHECK(RecordsOf(small, {"@" + (small / "list")}) == listed);
  CHECK(RecordsOf(small, {"--files-from", small / "list"}) == listed);
  CHECK(RecordsOf(small, {"--files-from", "-"}, small / "list") == listed);
  CHECK(RecordsOf(small, {small / "p/1.ppm", "--files-from", small / "list", "@" + (small / "list")}) ==
        Paths{"p/1.ppm", "gradient.ppm", "p/1.ppm", "p/2.ppm", "p/2.ppm", "gradient.ppm", "p/1.ppm",
              "p/2.ppm", "p/2.ppm"});
  test::WriteFileBytes(small / "nul", (small / "new\nline.ppm") + '\0' + picture + '\0');
  CHECK(RecordsOf(small, {"-0", "--files-from", small / "nul"}) == Paths{"new\\nline.ppm", "gradient.ppm"});
}

TEST_CASE("a missing list is an error before anything is done") {
  const SmallModel small;
  for (const std::string argument : {"@", "--files-from="}) {
    const auto result = RunMobilenet(Classify(small, {small.picture(), argument + (small / "none")}));
    CHECK(result.status == 2);
    CHECK(result.out == "");
    CHECK(result.err ==
          "mobilenet: " + (small / "none") + ": cannot read the list: No such file or directory\n");
  }
  CHECK(RunMobilenet(Classify(small, {"@" + fs::path(small.model()).parent_path().string()})).status == 2);
  for (const char* also : {"--files-from=-", "@-", "-"}) {
    const auto twice = RunMobilenet(Classify(small, {"-", also}));
    CHECK(twice.status == 2);
    CHECK(twice.err.find("cannot be read twice") != std::string::npos);
  }
}

TEST_CASE("the bytes of an image come on standard input") {
  const SmallModel small;
  const auto result =
      RunMobilenet(Classify(small, {"--format", "json", "-", small.picture()}), {}, small.picture());
  CHECK(result.status == 0);
  const auto lines = test::Lines(result.out);
  REQUIRE(lines.size() == 2);
  const auto first = nlohmann::json::parse(lines[0]);
  CHECK(first["path"] == "-");
  CHECK(first["predictions"] == nlohmann::json::parse(lines[1])["predictions"]);
  const auto nothing = RunMobilenet(Classify(small, {"-"}));
  CHECK(nothing.status == 1);
  CHECK(nothing.err.find("mobilenet: standard input: ") == 0);
}

TEST_CASE("names with any bytes can be recovered from text, JSON and CSV") {
  const SmallModel small;
  const std::string name = "p/caf\xe9 \\n\n\t\",\x1b.ppm";
  WritePictures(small, {name});
  const std::string escaped = "p/caf\\xe9 \\\\n\\n\\t\",\\x1b.ppm";
  const auto output = [&](const char* format) {
    const auto result = RunMobilenet(Classify(small, {"--format", format, small / "p"}));
    CHECK(result.status == 0);
    return result.out;
  };
  CHECK(output("text").find((small / escaped) + " (8 x 8)\n") == 0);
  const std::string csv = test::Lines(output("csv")).at(1);
  std::string quoted = small / escaped;
  quoted.insert(quoted.find('"'), "\"");
  CHECK(csv.find("\"" + quoted + "\",8,8,") == 0);
  // The shell's own printf undoes it.
  const auto undone = test::RunCommand({"/bin/bash", "-c", "printf %b \"$0\"", small / escaped});
  CHECK(undone.out == small / name);
  CHECK(output("json").find("caf\\udce9 \\\\n\\n\\t\\\",\\u001b.ppm\"") != std::string::npos);
}

TEST_CASE("shards are disjoint, cover everything, and go by the path below the root") {
  const SmallModel small;
  Paths names;
  for (int i = 0; i < 40; ++i)
    names.push_back("p/" + std::to_string(i % 4) + "/" + std::to_string(i) + ".ppm");
  WritePictures(small, names);
  fs::create_directory(small / "elsewhere");
  fs::copy(small / "p", small / "elsewhere/q", fs::copy_options::recursive);
  std::multiset<std::string> all;
  for (int part = 1; part <= 5; ++part) {
    const std::string shard = std::to_string(part) + "/5";
    Paths here = RecordsOf(small, {"-r", "--shard", shard, small / "p"});
    CHECK(here.size() < 20);
    all.insert(here.begin(), here.end());
    for (std::string& path : here) path.replace(0, 1, "elsewhere/q");
    CHECK(RecordsOf(small, {"-r", "--shard", shard, small / "elsewhere/q/"}) == here);
  }
  CHECK(all == std::multiset<std::string>(names.begin(), names.end()));
  for (const char* wrong : {"0/5", "6/5", "1", "1/", "/5", "a/b", "1/5x"}) {
    CAPTURE(wrong);
    CHECK(RunMobilenet(Classify(small, {"--shard", wrong, small / "p"})).status == 2);
  }
}

TEST_CASE("a list of names that end in NUL is not mistaken for lines") {
  const SmallModel small;
  test::WriteFileBytes(small / "list", small.picture() + std::string(1, '\0') + small.picture() + '\0');
  const auto result = RunMobilenet(Classify(small, {"@" + (small / "list")}));
  CHECK(result.status == 2);
  CHECK(result.out == "");
  CHECK(result.err ==
        "mobilenet: " + (small / "list") + ": a NUL in a name (-0 is for lists of names that end in NUL)\n");
}

TEST_CASE("lists made on Windows are read, and names that end with a carriage return too") {
  const SmallModel small;
  WritePictures(small, {"a.ppm", "b.ppm\r"});
  test::WriteFileBytes(small / "list", (small / "a.ppm\r\n\r\n") + (small / "b.ppm\r\n"));
  CHECK(RecordsOf(small, {"@" + (small / "list")}) == Paths{"a.ppm", "b.ppm\\r"});
}

TEST_CASE("a name that is too long is an input that fails, and the ones after it are done") {
  const SmallModel small;
  test::WriteFileBytes(small / "list", std::string(1'000'000, 'x') + "\n" + small.picture() + "\n");
  const auto result = RunMobilenet(Classify(small, {"--format", "csv", "@" + (small / "list")}));
  CHECK(result.status == 1);
  CHECK(test::Lines(result.out).size() == 3);
  CHECK(result.err.find("file name too long\n2 images, 1 failure") != std::string::npos);
}

TEST_CASE("a folder that cannot be read is an input that fails") {
  const SmallModel small;
  // Deeper than a path can be long.
  const std::string name(200, 'd');
  const auto made =
      test::RunCommand({"/bin/bash", "-c",
                        "cd " + (small / "") + "; mkdir p; cd p; cp ../gradient.ppm 1.ppm; " +
                            "for i in $(seq 25); do mkdir " + name + "; cd -P " + name + "; done"});
  CAPTURE(made.err);
  const auto result = RunMobilenet(Classify(small, {"--format", "csv", "-r", small / "p"}));
  CHECK(result.status == 1);
  CHECK(result.err.find(": cannot read the folder: File name too long\n2 images, 1 failure") !=
        std::string::npos);
}

// What a shell prints in the model's folder; `arguments` come after "classify --model MODEL".
test::CommandResult RunThere(const SmallModel& small, const std::string& arguments) {
  return test::RunCommand({"/bin/bash", "-c",
                           "cd " + (small / "") + "; " + test::MobilenetCommand() +
                               " classify --threads 1 --model " + small.model() + " " + arguments});
}

TEST_CASE("names that look like lists or options of lists are names") {
  const SmallModel small;
  WritePictures(small,
                {"[2020]/1.ppm", "2020/2.ppm", "[a,b].ppm", "[a,b]", "a", "b", "[]", "{}", "@pic.ppm"});
  const std::pair<std::string, Paths> cases[] = {
      {"'[2020]'", {"[2020]/1.ppm"}},
      {"-- '[2020]' 2020", {"[2020]/1.ppm", "2020/2.ppm"}},
      {"'[a,b]' '[a,b].ppm' '[]'", {"\"[a,b]\"", "\"[a,b].ppm\"", "[]"}},
      {"-- '[a,b]'", {"\"[a,b]\""}},
      {"'{}'", {"{}"}},
      {"./@pic.ppm ./'[]' .//'[]' .//.//'{}'", {"./@pic.ppm", "./[]", ".//[]", ".//.//{}"}},
  };
  for (const auto& [arguments, paths] : cases) {
    CAPTURE(arguments);
    const auto result = RunThere(small, "--format csv " + arguments);
    CHECK(result.status == 0);
    Paths found = test::Lines(result.out);
    REQUIRE(found.size() == paths.size() + 1);
    for (size_t i = 0; i < paths.size(); ++i) CHECK(found[i + 1].find(paths[i] + ",8,8,") == 0);
  }
}

TEST_CASE("what is hidden in a folder is left out and counted, unless it is asked for") {
  const SmallModel small;
  WritePictures(small, {"p/a.ppm", "p/._a.ppm", "p/.b.ppm", "p/.trash/c.ppm", "p/@eaDir/a.ppm/d.ppm",
                        "p/e/._f.ppm", "p/e/f.ppm", ".root/g.ppm"});
  CHECK(RecordsOf(small, {"-r", small / "p"}) == Paths{"p/a.ppm", "p/e/f.ppm"});
  CHECK(RecordsOf(small, {small / "p"}) == Paths{"p/a.ppm"});
  CHECK(RecordsOf(small, {"-r", "--hidden", small / "p"}) == Paths{"p/._a.ppm", "p/.b.ppm", "p/.trash/c.ppm",
                                                                   "p/@eaDir/a.ppm/d.ppm", "p/a.ppm",
                                                                   "p/e/._f.ppm", "p/e/f.ppm"});
  // A file that is given by its name is meant.
  CHECK(RecordsOf(small, {small / ".root", small / "p/.b.ppm"}) == Paths{".root/g.ppm", "p/.b.ppm"});
  const auto result = RunMobilenet(Classify(small, {"-r", small / "p"}));
  CHECK(result.err.find("2 images, 0 failures, 5 hidden left out, ") == 0);
}

TEST_CASE("a list may begin with a byte order mark") {
  const SmallModel small;
  WritePictures(small, {"a.ppm", "b.ppm"});
  const std::string mark = "\xef\xbb\xbf";
  test::WriteFileBytes(small / "list", mark + (small / "a.ppm\r\n") + (small / "b.ppm"));
  CHECK(RecordsOf(small, {"@" + (small / "list")}) == Paths{"a.ppm", "b.ppm"});
  CHECK(RecordsOf(small, {"--files-from", "-"}, small / "list") == Paths{"a.ppm", "b.ppm"});
  test::WriteFileBytes(small / "list", mark + (small / "a.ppm") + '\0' + (small / "b.ppm"));
  CHECK(RecordsOf(small, {"-0", "@" + (small / "list")}) == Paths{"a.ppm", "b.ppm"});
  test::WriteFileBytes(small / "list", mark);
  CHECK(RecordsOf(small, {"@" + (small / "list")}).empty());
}

TEST_CASE("a pipe that nobody writes to is an input that fails, and the others are done") {
  const SmallModel small;
  REQUIRE(::mkfifo((small / "pipe.jpg").c_str(), 0666) == 0);
  fs::create_symlink("pipe.jpg", small / "link.jpg");
  const auto result = RunMobilenet({"classify", "--format", "csv", "--decode-threads", "3", "--model",
                                    small.model(), small / "pipe.jpg", small / "link.jpg", small.picture()});
  CHECK(result.status == 1);
  CHECK(CsvPaths(result.out) == Paths{small / "pipe.jpg", small / "link.jpg", small.picture()});
  for (const char* name : {"pipe.jpg", "link.jpg"}) {
    CHECK(result.err.find("mobilenet: " + (small / name) + ": no data for 10 seconds (") !=
          std::string::npos);
  }
  // The kernel's messages: a file without an end that waits for more; or no permission to read them.
  fs::create_symlink("/proc/kmsg", small / "kmsg.jpg");
  const auto messages = RunThere(small, "--format csv kmsg.jpg gradient.ppm");
  CHECK(messages.status == 1);
  CHECK(CsvPaths(messages.out) == Paths{"kmsg.jpg", "gradient.ppm"});
  // A writer may take its time.
  const auto slow = RunThere(small, "--format csv <(sleep 2; cat gradient.ppm)");
  CHECK(slow.status == 0);
  CHECK(test::Lines(slow.out).size() == 2);
}

}  // namespace
}  // namespace mobilenet
