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

TEST_CASE("annotated pictures lie below the folder as the originals below the root") {
  const SmallModel small;
  fs::create_directories(small / "p/a");
  test::WriteFileBytes(small / "p/a/1.ppm", SmallModel::GradientPpm(300, 200));
  test::WriteFileBytes(small / "p/bad.jpg", "no picture");
  fs::copy_file(test::Checkout() + "/models/sample/chelsea.jpg", small / "p/chelsea.jpg");
  // In the folder that is gone through, which it is left out of.
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

TEST_CASE("the pictures themselves are never written over") {
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

}  // namespace
}  // namespace mobilenet
