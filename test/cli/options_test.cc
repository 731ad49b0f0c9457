// The command line itself: help, version, wrong options, finding models.
#include <filesystem>
#include <string>
#include <vector>

#include "models/catalogue.h"
#include "test/support/catch.h"
#include "test/support/small_model.h"
#include "test/support/under_test.h"

namespace mobilenet {
namespace {

using test::RunMobilenet;
using test::SmallModel;

TEST_CASE("the option --version tells version, compiler, XNNPACK generation and CPU features") {
  const auto result = RunMobilenet({"--version"});
  CHECK(result.status == 0);
  for (const char* text :
       {"mobilenet 0.", "compiler: ", test::HasXnnpack() ? "XNNPACK: create/" : "XNNPACK: not compiled in",
        "compiled in ", "detected ", "chosen "}) {
    CAPTURE(text, result.out);
    CHECK(result.out.find(text) != std::string::npos);
  }
}

TEST_CASE("help goes to standard output and is a success") {
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {}, {"--help"}, {"classify", "--help"}, {"summary", "-h"}, {"--help-all"}}) {
    const auto result = RunMobilenet(arguments);
    CHECK(result.status == 0);
    CHECK(result.err == "");
    CHECK(result.out.find("Usage: mobilenet") != std::string::npos);
    CHECK(result.out.find("Example: mobilenet ") != std::string::npos);
    // Readable on a terminal with 80 columns.
    size_t column = 0;
    for (char c : result.out) {
      column = c == '\n' ? 0 : column + 1;
      if (column == 80) FAIL_CHECK("a help line of 80 columns and more:\n" << result.out);
    }
  }
}

TEST_CASE("help COMMAND is COMMAND --help, and -V is --version") {
  CHECK(RunMobilenet({"help", "classify"}).out == RunMobilenet({"classify", "--help"}).out);
  CHECK(RunMobilenet({"help"}).out == RunMobilenet({"--help"}).out);
  CHECK(RunMobilenet({"-V"}).out == RunMobilenet({"--version"}).out);
}

TEST_CASE("quiet runs print nothing but errors on standard error") {
  const SmallModel small;
  for (const char* quiet : {"-q", "--quiet"}) {
    const auto result =
        RunMobilenet({"classify", quiet, "--model", small.model(), small.picture(), small.picture()});
    CHECK(result.status == 0);
    CHECK(result.out.find(" %  ") != std::string::npos);
    CHECK(result.err == "");
  }
  CHECK(RunMobilenet({"classify", "--model", small.model(), small.picture(), small.picture()}).err != "");
  const auto failed = RunMobilenet({"classify", "-q", "--model", small.model(), small / "none.jpg"});
  CHECK(failed.status == 1);
  CHECK(failed.err.find("mobilenet: " + (small / "none.jpg") + ": ") == 0);
  CHECK(failed.err.find('\n') == failed.err.size() - 1);
}

TEST_CASE("wrong options are one line on stderr and status 2, and nothing is done") {
  const SmallModel small;
  const struct {
    std::vector<std::string> arguments;
    std::string message;
  } cases[] = {
      {{"classify", "--threads", "0"}, "--threads"},
      {{"classify", "--threads", "two"}, "--threads"},
      {{"classify", "--top-k", "0"}, "--top-k"},
      {{"classify", "--format", "xml"}, "--format"},
      {{"classify", "--backend", "gpu"}, "--backend"},
      {{"classify", "--precision", "f8"}, "--precision"},
      {{"classify", "--resize", "zoom"}, "--resize"},
      {{"classify", "--max-pixels", "0"}, "--max-pixels"},
      {{"classify", "--colour"}, "--colour"},
      {{"frobnicate"}, "frobnicate"},
      {{"clasify"}, "clasify: no such command (did you mean classify? "},
      {{"classify", "--formt"}, "--formt: no such option (did you mean --format? "},
      {{"doctor", "x"}, "x: one argument too many"},
  };
  for (const auto& wrong : cases) {
    std::vector<std::string> arguments = wrong.arguments;
    if (arguments[0] == "classify") {
      arguments.insert(arguments.end(), {"--model", small.model(), small.picture()});
    }
    const auto result = RunMobilenet(arguments);
    CAPTURE(wrong.message, result.err);
    CHECK(result.status == 2);
    CHECK(result.out == "");
    CHECK(result.err.find("mobilenet: ") == 0);
    CHECK(result.err.find(wrong.message) != std::string::npos);
    CHECK(result.err.find('\n') == result.err.size() - 1);
  }
  const auto no_image = RunMobilenet({"classify", "--model", small.model()});
  CHECK(no_image.status == 2);
  CHECK(no_image.err.find("IMAGE") != std::string::npos);
}

TEST_CASE("of an unknown model name the nearest known one is suggested") {
  const SmallModel small;
  const auto unlike = RunMobilenet({"classify", "--model", "nonsense", small.picture()});
  CHECK(unlike.status == 2);
  CHECK(unlike.err.find("mobilenet: nonsense: unknown model (`mobilenet models` lists them") == 0);
  const auto near = RunMobilenet({"classify", "--model", "mobilenet_v1_1.0_244_s8", small.picture()});
  CHECK(near.status == 2);
  CHECK(near.err.find("did you mean mobilenet_v1_1.0_224_s8?") != std::string::npos);
}

TEST_CASE("a known model that is not here says where it was looked for and how to get it") {
  const SmallModel small;
  const auto result = RunMobilenet({"classify", "--model", "mobilenet_v1_0.75_128_f32", small.picture()},
                                   {"MOBILENET_MODELS=" + (small / "models"), "HOME=" + (small / "home")});
  CHECK(result.status == 2);
  CAPTURE(result.err);
  CHECK(result.err.find("mobilenet: mobilenet_v1_0.75_128_f32: not on this machine") == 0);
  CHECK(result.err.find(small / "models") != std::string::npos);
  CHECK(result.err.find((small / "home") + "/.local/share/mobilenet") != std::string::npos);
  CHECK(result.err.find("`mobilenet models get mobilenet_v1_0.75_128_f32` fetches it") != std::string::npos);
}

TEST_CASE(
    "names are found in $MOBILENET_MODELS and ~/.local/share/mobilenet, and $MOBILENET_MODEL is the "
    "default") {
  const SmallModel small;
  const std::string name = "mobilenet_v1_0.75_128_f32";
  for (const std::string folder : {"models", "home/.local/share/mobilenet"}) {
    std::filesystem::create_directories(small / folder);
    std::filesystem::rename(small.model(), small / (folder + "/" + name + ".safetensors"));
    const std::vector<std::string> environment = {"MOBILENET_MODELS=" + (small / "models"),
                                                  "HOME=" + (small / "home"), "MOBILENET_MODEL=" + name};
    CAPTURE(folder);
    CHECK(RunMobilenet({"classify", "--model", name, small.picture()}, environment).status == 0);
    CHECK(RunMobilenet({"classify", small.picture()}, environment).status == 0);
    std::filesystem::rename(small / (folder + "/" + name + ".safetensors"), small.model());
  }
  CHECK(RunMobilenet({"classify", small.picture()}, {"MOBILENET_MODEL=" + small.model()}).status == 0);
}

TEST_CASE("the file default_model beside the models names the default, and the output says which it was") {
  const SmallModel small;
  const std::string name = "mobilenet_v1_0.75_128_f32";
  std::filesystem::create_directories(small / "models");
  std::filesystem::copy_file(small.model(), small / ("models/" + name + ".safetensors"));
  test::WriteFileBytes(small / "models/default_model", name + "\n");
  const std::vector<std::string> environment = {"MOBILENET_MODELS=" + (small / "models"),
                                                "HOME=" + (small / "home"), "MOBILENET_MODEL="};
  const auto result = RunMobilenet({"classify", small.picture()}, environment);
  CAPTURE(result.err);
  CHECK(result.status == 0);
  CHECK(result.out.find(small.picture() + " (40 x 30), " + name + "\n") == 0);
  const auto written = RunMobilenet({"classify", "-o", small / "out", small.picture()}, environment);
  CHECK(written.status == 0);
  CHECK(test::ReadFileBytes(small / "out").find(" (40 x 30)\n") != std::string::npos);
  CHECK(test::ReadFileBytes(small / "out.meta.json").find("models/" + name + ".safetensors") !=
        std::string::npos);
  CHECK(RunMobilenet({"doctor"}, environment).out.find("models/" + name + ".safetensors") !=
        std::string::npos);
  // A model that is named counts more.
  const auto named = RunMobilenet({"classify", "--model", small.model(), small.picture()}, environment);
  CHECK(named.out.find(small.picture() + " (40 x 30)\n") == 0);

  for (const std::string& wrong :
       std::vector<std::string>{"", "\n", "../x\n", "a\nb\n", std::string(300, 'a')}) {
    test::WriteFileBytes(small / "models/default_model", wrong);
    const auto refused = RunMobilenet({"classify", small.picture()}, environment);
    CHECK(refused.status == 2);
    CHECK(refused.err.find("default_model: holds no model name (expected one, such as ") !=
          std::string::npos);
  }
  test::WriteFileBytes(small / "models/default_model", "mobilenet_v1_0.75_160_f32");
  CHECK(RunMobilenet({"classify", small.picture()}, environment)
            .err.find("mobilenet: mobilenet_v1_0.75_160_f32: not on this machine") == 0);
}

}  // namespace
}  // namespace mobilenet
