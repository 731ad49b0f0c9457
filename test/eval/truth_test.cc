#include "src/eval/truth.h"

#include <optional>
#include <string>
#include <vector>

#include "src/base/error.h"
#include "test/support/catch.h"
#include "test/support/files.h"

namespace mobilenet {
namespace {

const std::vector<std::string> kTruthLabels = {"background", "crane, bird", "junco, snowbird", "tench",
                                               "crane, machine"};

// The message, "" for none.
std::string ErrorOf(const TruthOptions& options, const std::vector<std::string>& paths) {
  try {
    Truth truth(options, kTruthLabels);
    for (const std::string& path : paths) truth.Note(path);
    truth.Settle();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

std::vector<std::optional<int>> ClassesOf(const TruthOptions& options, const std::vector<std::string>& paths,
                                          const std::vector<std::string>& labels = kTruthLabels) {
  Truth truth(options, labels);
  for (const std::string& path : paths) truth.Note(path);
  truth.Settle();
  std::vector<std::optional<int>> classes;
  for (const std::string& path : paths) classes.push_back(truth.ClassOf(path));
  return classes;
}

using Classes = std::vector<std::optional<int>>;

TEST_CASE("the first folder below the data set is the class, or the name of a file in it") {
  CHECK(ClassesOf({.dataset = "set/"}, {"set/junco/a.jpg", "set/tench/day 1/b.jpg", "set/snowbird.jpg"}) ==
        Classes{2, 3, 2});
  CHECK(ClassesOf({.dataset = "."}, {"./junco/a.jpg"}) == Classes{2});
  // Of records, whose data set is not known, the last folder.
  CHECK(ClassesOf({}, {"any/tench/a.jpg", "any/where/junco.jpg"}) == Classes{3, 2});
}

TEST_CASE("unknown names are listed or left out") {
  const std::vector<std::string> paths = {"set/junco/a.jpg", "set/owl/a.jpg", "set/owl/b.jpg"};
  CHECK(ErrorOf({.dataset = "set"}, paths) ==
        "set: names that match no label of the model: owl (2 images) (--ignore-unknown leaves these images "
        "out)");
  CHECK(ClassesOf({.dataset = "set", .ignores_unknown = true}, paths) ==
        Classes{2, std::nullopt, std::nullopt});
  CHECK(
      ErrorOf({.dataset = "set", .ignores_unknown = true}, {"set/owl/a.jpg"}).find("no image whose class") !=
      std::string::npos);
  CHECK(ErrorOf({.dataset = "set"}, {}).find("no image whose class") != std::string::npos);
  CHECK(ErrorOf({.dataset = "set", .ignores_unknown = true}, {"set/crane/a.jpg"}) ==
        "set: names that are labels of several classes: crane (1 image) (the synset id, such as n02012849, "
        "says "
        "which)");
}

TEST_CASE(
    "images of none of the classes are in the folder that teach takes them from, or in one of the label") {
  const std::vector<std::string> paths = {"set/owl/a.jpg", "set/_other/a.jpg", "set/unknown/a.jpg"};
  CHECK(ClassesOf({.dataset = "set"}, paths, {"jay", "owl", "unknown"}) == Classes{1, 2, 2});
  // A model that does not say so cannot be right there.
  CHECK(ErrorOf({.dataset = "set"}, {"set/junco/a.jpg", "set/_other/a.jpg"}) ==
        "set: names that match no label of the model: _other (1 image) (--ignore-unknown leaves these images "
        "out)");
}

TEST_CASE("numbers count the classes but background, from what can be seen") {
  CHECK(ClassesOf({.dataset = "set"}, {"set/0/a.jpg", "set/2/a.jpg"}) == Classes{1, 3});
  CHECK(ClassesOf({.dataset = "set"}, {"set/4/a.jpg", "set/2/a.jpg"}) == Classes{4, 2});
  CHECK(ErrorOf({.dataset = "set"}, {"set/3/a.jpg", "set/2/a.jpg"}) ==
        "set: classes are numbers, and whether they begin with crane, bird is unclear "
        "(--first-number 0, or 1 if 0 is background)");
  CHECK(ClassesOf({.dataset = "set", .first_number = 0}, {"set/3/a.jpg"}) == Classes{4});
  CHECK(ClassesOf({.dataset = "set", .first_number = 1}, {"set/3/a.jpg"}) == Classes{3});
  CHECK(ErrorOf({.dataset = "set"}, {"set/0/a.jpg", "set/4/a.jpg"})
            .find("match no label of the model: 4 (1 image)") != std::string::npos);
}

TEST_CASE("a CSV file tells the classes, by its clearest column") {
  const test::TemporaryFolder folder;
  const std::string file = folder / "truth.csv";
  const auto classes = [&](const std::string& csv, const std::vector<std::string>& paths) {
    test::WriteFileBytes(file, csv);
    return ClassesOf({.dataset = "set", .file = file}, paths);
  };
  CHECK(classes("a.jpg,junco\nb/a.jpg,\"crane, machine\"\n", {"set/a.jpg", "set/b/a.jpg"}) == Classes{2, 4});
  CHECK(classes("\xef\xbb\xbfpath,class_index,label\r\n./x.jpg,0,\"junco, snowbird\"\r\n", {"set/x.jpg"}) ==
        Classes{2});
  CHECK(classes("c/x.jpg,tench\n", {"set/y/x.jpg"}) == Classes{3});  // by its name alone
  std::string many;
  for (int i = 0; i < 20000; ++i) many += "photo" + std::to_string(i) + ".jpg,junco\n";
  CHECK(classes(many + "last.jpg,tench\n", {"set/last.jpg", "set/photo0.jpg"}) == Classes{3, 2});
  const auto error = [&](const std::string& csv) {
    test::WriteFileBytes(file, csv);
    const std::string message = ErrorOf({.dataset = "set", .file = file}, {"set/a.jpg"});
    CHECK(message.starts_with(file + ": "));
    return message.substr(file.size() + 2);
  };
  CHECK(error("a.jpg\n") == "line 1: \"a.jpg\" is not a path and a class (CSV: photo.jpg,junco)");
  CHECK(error("a.jpg,\"junco\nb") ==
        "line 1: \"a.jpg,\"junco\" is not a path and a class (CSV: photo.jpg,junco)");
  CHECK(error("a.jpg,junco\na.jpg,tench\n") == "line 2: a.jpg is tench, and junco above");
  CHECK(error("path,class\n") == "has no line with an image and its class (CSV: photo.jpg,junco)");
  CHECK(error("b.jpg,junco\n").find("no class in " + file + " (1 image)") != std::string::npos);
  CHECK(error("c/a.jpg,junco\nd/a.jpg,junco\n").find("no class in") != std::string::npos);
}

}  // namespace
}  // namespace mobilenet
