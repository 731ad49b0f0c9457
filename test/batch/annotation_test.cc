// `mobilenet classify --annotate FOLDER`.
#include <filesystem>
#include <set>

#include "test/support/catch.h"
#include "test/support/records.h"
#include "test/support/under_test.h"

namespace mobilenet {
namespace {

namespace fs = std::filesystem;
using test::Classify;
using test::RunMobilenet;
using test::SmallModel;

TEST_CASE("annotated pictures lie below the folder like the originals below the root") {
  const SmallModel small;
  fs::create_directories(small / "p/a");
  test::WriteFileBytes(small / "p/a/1.ppm", SmallModel::GradientPpm(300, 200));
  test::WriteFileBytes(small / "p/bad.jpg", "no picture");
  fs::copy_file(test::Checkout() + "/models/sample/chelsea.jpg", small / "p/chelsea.jpg");
  // Inside the folder that is searched, which leaves it out.
  const std::string out = small / "p/out";
  for (int run = 0; run < 2; ++run) {
    const auto result =
        RunMobilenet(Classify(small, {"-r", "--annotate", out, "--format", "csv", small / "p"}));
    CHECK(result.status == 1);
    CHECK(test::CsvPaths(result.out).size() == 3);
  }
  std::set<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(out)) {
    if (entry.is_regular_file()) files.insert(entry.path().string());
  }
  const std::string below = out + (small / "p/");
  CHECK(files == std::set<std::string>{below + "a/1.ppm.jpg", below + "chelsea.jpg"});
  const auto annotated = RunMobilenet(Classify(small, {"--format", "csv", below + "chelsea.jpg"}));
  CHECK(annotated.status == 0);
  CHECK(annotated.out.find("chelsea.jpg,451,300,") != std::string::npos);
}

TEST_CASE("the pictures themselves are never overwritten") {
  const SmallModel small;
  fs::create_directory(small / "p");
  fs::copy_file(test::Checkout() + "/models/sample/chelsea.jpg", small / "p/chelsea.jpg");
  const std::string before = test::ReadFileBytes(small / "p/chelsea.jpg");
  const auto result = test::RunCommand({"/bin/sh", "-c",
                                        "cd " + (small / "") + "; " + test::MobilenetCommand() +
                                            " classify --annotate . -r p --model " + small.model()});
  CHECK(result.status == 2);
  CHECK(result.err == "mobilenet: ./p/chelsea.jpg: is the picture itself (another folder for --annotate)\n");
  CHECK(test::ReadFileBytes(small / "p/chelsea.jpg") == before);
}

TEST_CASE("pictures with the longest names are annotated too") {
  const SmallModel small;
  const std::string name = std::string(251, 'n') + ".ppm";
  test::WriteFileBytes(small / name, SmallModel::GradientPpm(40, 30));
  CHECK(RunMobilenet(Classify(small, {"--annotate", small / "out", small / name})).status == 0);
  int pictures = 0;
  for (const auto& entry : fs::recursive_directory_iterator(small / "out")) {
    if (entry.is_regular_file()) ++pictures;
  }
  CHECK(pictures == 1);
}

TEST_CASE("a folder that cannot be made is an error before anything is done") {
  const SmallModel small;
  const auto result = RunMobilenet(Classify(small, {"--annotate", small.picture(), small.picture()}));
  CHECK(result.status == 2);
  CHECK(result.out == "");
  CHECK(result.err.find("mobilenet: " + small.picture() + ": cannot make the folder: ") == 0);
}

TEST_CASE("frames of a stream are annotated under their numbers") {
  const SmallModel small;
  const auto result = RunMobilenet(Classify(small, {"--stream", "mjpeg", "--annotate", small / "out"}), {},
                                   test::Checkout() + "/models/sample/chelsea.jpg");
  CHECK(result.status == 0);
  CHECK(fs::exists(small / "out/frame-1.jpg"));
}

// All files below the folder.
std::set<std::string> FilesBelow(const fs::path& folder) {
  std::set<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files.insert(fs::relative(entry.path(), folder).string());
  }
  return files;
}

// Annotates in the model's folder, into OUT.
test::CommandResult AnnotateThere(const SmallModel& small, const std::string& arguments) {
  return test::RunCommand({"/bin/bash", "-c",
                           "cd " + (small / "p") + "; " + test::MobilenetCommand() +
                               " classify --threads 1 --model " + small.model() + " --annotate " +
                               arguments});
}

TEST_CASE("every picture has its own name, the same in every run") {
  const SmallModel small;
  const std::string parrot = test::Checkout() + "/models/sample/chelsea.jpg";
  fs::create_directories(small / "p/_up_");
  for (const char* name : {"z.ppm", "p/a.ppm", "p/_up_/z.ppm"}) {
    test::WriteFileBytes(small / name, SmallModel::GradientPpm(40, 30));
  }
  fs::copy_file(parrot, small / "p/a.ppm.jpg");
  for (int run = 0; run < 2; ++run) {
    const auto result =
        AnnotateThere(small, "out a.ppm a.ppm.jpg ../z.ppm _up_/z.ppm " + (small / "p/a.ppm"));
    CAPTURE(result.err);
    CHECK(result.status == 0);
    const auto files = FilesBelow(small / "p/out");
    CHECK(files.size() == 5);
    CHECK(files.count("a.ppm.jpg") == 1);
    CHECK(files.count("_up_/z.ppm.jpg") == 1);
  }
}

TEST_CASE("a file that --annotate did not write is not replaced") {
  const SmallModel small;
  fs::create_directory(small / "p");
  test::WriteFileBytes(small / "p/a.ppm", SmallModel::GradientPpm(40, 30));
  fs::copy_file(test::Checkout() + "/models/sample/chelsea.jpg", small / "p/a.ppm.jpg");
  const std::string before = test::ReadFileBytes(small / "p/a.ppm.jpg");
  CHECK(AnnotateThere(small, ". a.ppm").status == 0);
  CHECK(test::ReadFileBytes(small / "p/a.ppm.jpg") == before);
  auto files = FilesBelow(small / "p");
  REQUIRE(files.size() == 3);
  files.erase("a.ppm");
  files.erase("a.ppm.jpg");
  // If its second name is taken, too, the picture is an input that failed.
  test::WriteFileBytes(small / "p" + "/" + *files.begin(), "somebody else's");
  const auto taken = AnnotateThere(small, ". a.ppm ../gradient.ppm --format csv");
  CHECK(taken.status == 1);
  CHECK(taken.err.find("mobilenet: ./" + *files.begin() + ": exists, and --annotate did not write it\n") ==
        0);
  CHECK(test::CsvPaths(taken.out).size() == 2);
  CHECK(test::ReadFileBytes(small / "p" + "/" + *files.begin()) == "somebody else's");
}

TEST_CASE("a picture that cannot be written as JPEG, or under any name, is an input that failed") {
  const SmallModel small;
  test::WriteFileBytes(small / "wide.ppm", SmallModel::GradientPpm(70'000, 2));
  const auto wide = RunMobilenet(
      Classify(small, {"--annotate", small / "out", "--format", "csv", small / "wide.ppm", small.picture()}));
  CHECK(wide.status == 1);
  CHECK(wide.err.find("mobilenet: " + (small / "wide.ppm") +
                      ": 70000 x 2 pixels cannot be annotated (JPEG has at most 65500 on a side)\n") == 0);
  CHECK(test::CsvPaths(wide.out).size() == 2);
  // A path that is not longer than Linux allows, but is with the folder before it.
  std::string deep = small / "d";
  while (deep.size() < 3900) deep += "/" + std::string(100, 'd');
  fs::create_directories(deep);
  test::WriteFileBytes(deep + "/1.ppm", SmallModel::GradientPpm(40, 30));
  const auto folder = small / std::string(200, 'o');
  const auto result = RunMobilenet(
      Classify(small, {"--annotate", folder, "--format", "csv", deep + "/1.ppm", small.picture()}));
  CHECK(result.status == 1);
  CHECK(result.err.find(": file name too long\n") != std::string::npos);
  CHECK(test::CsvPaths(result.out).size() == 2);
}

}  // namespace
}  // namespace mobilenet
