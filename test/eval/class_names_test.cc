#include "src/eval/class_names.h"

#include <string>
#include <vector>

#include "models/imagenet_classes.h"
#include "test/support/catch.h"

namespace mobilenet {
namespace {

using Indices = std::vector<int>;

std::vector<std::string> ImagenetLabels(bool has_background) {
  std::vector<std::string> labels;
  if (has_background) labels.push_back("background");
  for (const ImagenetClass& one : ImagenetClasses()) labels.emplace_back(one.label);
  return labels;
}

TEST_CASE("ImageNet's classes are the thousand") {
  REQUIRE(ImagenetClasses().size() == 1000);
  CHECK(ImagenetClasses()[0].synset == "n01440764");
  CHECK(ImagenetClasses()[0].label == "tench, Tinca tinca");
  CHECK(ImagenetClasses()[13].synset == "n01534433");
  CHECK(ImagenetClasses()[13].label == "junco, snowbird");
  CHECK(ImagenetClasses()[999].synset == "n15075141");
  CHECK(ImagenetClasses()[999].label == "toilet tissue, toilet paper, bathroom tissue");
}

TEST_CASE("labels decide which class a synset is, with background and without") {
  for (const int background : {0, 1}) {
    const ClassNames names(ImagenetLabels(background == 1));
    for (const char* name : {"n01534433", "n01534433_junco", "ILSVRC2012_val_00000293_n01534433", "junco",
                             "junco, snowbird", "Snowbird"}) {
      CAPTURE(name, background);
      CHECK(names.Find(name) == Indices{13 + background});
    }
    // Two classes of one label: the bird and the machine.
    CHECK(names.Find("n02012849") == Indices{134 + background});
    CHECK(names.Find("n03126707") == Indices{517 + background});
    CHECK(names.Find("crane") == Indices{134 + background, 517 + background});
    CHECK(names.numbered().size() == 1000);
    CHECK(names.numbered()[0] == background);
  }
}

TEST_CASE("names of a network's own classes") {
  const std::vector<std::string> labels = {"Day Lily, Hemerocallis", "rose", "7", "rose, wild rose"};
  const ClassNames names(labels);
  CHECK(names.Find("day_lily") == Indices{0});
  CHECK(names.Find("hemerocallis") == Indices{0});
  CHECK(names.Find(" ROSE ") == Indices{1});  // a whole label before parts of others
  CHECK(names.Find("wild rose") == Indices{3});
  CHECK(names.Find("7") == Indices{2});
  CHECK(names.Find("n01534433").empty());
  CHECK(names.Find("tulip").empty());
  CHECK(names.Find("").empty());
  CHECK(names.Find(",").empty());
}

TEST_CASE("synset ids in names") {
  CHECK(SynsetIn("n01534433") == "n01534433");
  CHECK(SynsetIn("n01534433-junco") == "n01534433");
  CHECK(SynsetIn("val_1_n01534433") == "n01534433");
  CHECK(SynsetIn("n015344331").empty());
  CHECK(SynsetIn("n0153443").empty());
  CHECK(SynsetIn("plan01534433").empty());
  CHECK(SynsetIn("").empty());
}

}  // namespace
}  // namespace mobilenet
