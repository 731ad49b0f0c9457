// `mobilenet summary --compare`, `--separable`, `--paper` and `--plot`.
#include <algorithm>
#include <filesystem>

#include <nlohmann/json.hpp>

#include "models/registry.h"
#include "test/support/catch.h"
#include "test/support/json_lines.h"
#include "test/support/small_model.h"

namespace mobilenet {
namespace {

using nlohmann::json;
using test::JsonLines;
using test::RunMobilenet;

std::string Summary(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "summary");
  const auto result = RunMobilenet(arguments);
  CAPTURE(result.err);
  REQUIRE(result.status == 0);
  CHECK(result.err == "");
  return result.out;
}

// The message of a summary that fails.
std::string Message(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "summary");
  const auto result = RunMobilenet(arguments);
  CHECK(result.status == 2);
  CHECK(result.out == "");
  return result.err;
}

TEST_CASE("summary --compare puts names and files side by side") {
  const test::SmallModel small;
  const auto rows =
      JsonLines(Summary({"--format", "json", "--compare",
                         "mobilenet_v1,mobilenet_v1_0.5_160_s8,efficientnet_lite0," + small.model()}));
  REQUIRE(rows.size() == 4);
  CHECK(rows[0]["name"] == "mobilenet_v1");
  CHECK(rows[0]["mult_adds"] == 568740352);
  CHECK(rows[0]["parameters"] == 4209088);
  CHECK(rows[0]["layers"] == 28);
  CHECK(rows[0]["published_top1_percent"] == 70.9);
  CHECK(rows[1]["input_shape"] == json({160, 160, 3}));
  CHECK(rows[1]["classes"] == 1001);
  CHECK(rows[1]["published_top1_percent"] == 57.7);
  CHECK(rows[2]["published_top1_percent"] == 75.1);
  CHECK(rows[3]["name"] == small.model());
  CHECK(rows[3]["classes"] == 10);
  CHECK(rows[3]["published_top1_percent"].is_null());
  // V1's largest neighbours, in float and in 8 bits.
  CHECK(rows[0]["activation_peak_f32_bytes"] > 4 * (802'816 + 401'408));
  CHECK(rows[0]["activation_peak_f32_bytes"] < 4 * (802'816 + 401'408) + 10'000);
  CHECK(rows[0]["activation_peak_s8_bytes"] < 802'816 + 401'408 + 10'000);
  const auto file_bytes = std::filesystem::file_size(small.model());
  CHECK(rows[3]["file_s8_bytes"] < file_bytes);
  CHECK(rows[3]["file_s8_bytes"] > file_bytes / 2);

  const std::string text = Summary({"--compare", "mobilenet_v1,mobilenet_v2", "--classes", "1001"});
  CHECK(text.find("569.76") == std::string::npos);
  CHECK(text.find("568.74  ") != std::string::npos);
  CHECK(text.find("top-1 of mobilenet_v1: ") != std::string::npos);
  CHECK(Summary({"--format", "csv", "--compare", "mobilenet_v1"}).find("name,architecture,") == 0);
  CHECK(Summary({"--format", "markdown", "--compare", "mobilenet_v1"}).find("| network |") == 0);
}

TEST_CASE("summary --compare names what it cannot compare") {
  CHECK(Message({"--compare", "mobilenet_v1,mobilnet_v2"}) ==
        "mobilenet: mobilnet_v2: unknown network (did you mean mobilenet_v2?)\n");
  CHECK(Message({"--compare", "mobilenet_v1_225"}) ==
        "mobilenet: mobilenet_v1_225: resolution 225 (a multiple of 32 in 32...2048)\n");
  CHECK(Message({"--compare", "mobilenet_v1,,mobilenet_v2"}) ==
        "mobilenet: --compare mobilenet_v1,,mobilenet_v2: an empty name (separate names with one comma)\n");
  CHECK(Message({"--compare", ""}).find("an empty name") != std::string::npos);
  CHECK(Message({"--compare", "/nowhere/model.safetensors"}).find("/nowhere/model.safetensors: ") !=
        std::string::npos);
  CHECK(Message({"--compare", "x"}).find(ArchitectureNames()) != std::string::npos);
  for (const std::vector<std::string>& other :
       {std::vector<std::string>{"--arch", "mobilenet_v2"}, {"--model", "x"}, {"--paper"}, {"--separable"}}) {
    std::vector<std::string> arguments = {"--compare", "mobilenet_v1"};
    arguments.insert(arguments.end(), other.begin(), other.end());
    CHECK(Message(arguments).find("excludes") != std::string::npos);
  }
}

TEST_CASE("summary --separable shows what separable convolutions save") {
  const auto report = JsonLines(Summary({"--separable", "--format", "json"}))[0];
  CHECK(report["layers"].size() == 13);
  CHECK(report["layers"][0]["ratio"] == report["layers"][0]["formula"]);
  CHECK(report["standard_mult_adds"] == 4'867'293'184);
  CHECK(Summary({"--separable"}).find("1/N + 1/K^2") != std::string::npos);
  CHECK(Summary({"--separable", "--format", "csv"}).find("depthwise,pointwise,") == 0);
}

TEST_CASE("summary --paper has the printed figures and ours") {
  const std::string text = Summary({"--paper"});
  for (const char* part : {"arXiv 1704.04861, Table 7. MobileNet Resolution", "290.68", "1.19", "1.9056",
                           "arXiv 1801.04381, Table 2. MobileNetV2"}) {
    CAPTURE(part);
    CHECK(text.find(part) != std::string::npos);
  }
  for (const json& table : JsonLines(Summary({"--paper", "--format", "json"}))) {
    for (const json& row : table["rows"]) {
      for (const json& figure : row["figures"]) {
        CAPTURE(row.dump());
        CHECK(figure["agrees"].get<bool>() == figure["explanation"].is_null());
      }
    }
  }
  CHECK(Message({"--paper", "--plot", "x.svg"}).find("excludes") != std::string::npos);
}

TEST_CASE("a paper's networks can be given to --compare as they are named") {
  std::string names;
  for (const json& table : JsonLines(Summary({"--paper", "--format", "json"}))) {
    for (const json& row : table["rows"]) {
      if (!row["network"].is_null()) names += (names.empty() ? "" : ",") + row["network"].get<std::string>();
    }
  }
  REQUIRE(!names.empty());
  Summary({"--compare", names});
}

TEST_CASE("summary as CSV and Markdown has the layers") {
  const std::string csv = Summary({"--format", "csv"});
  CHECK(csv.find("name,type,filter_shape,input_shape,output_shape,mult_adds,parameters\n"
                 "conv1,Conv / s2,3 x 3 x 3 x 32,224x224x3,112x112x32,10838016,864\n") == 0);
  CHECK(std::count(csv.begin(), csv.end(), '\n') == 31);
  CHECK(Summary({"--format", "markdown"}).find("| conv1 | Conv / s2 |") != std::string::npos);
}

// The contents of the folder of plots, to check that nothing else is left there.
std::vector<std::string> Names(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

TEST_CASE("summary --plot writes a picture that XML parsers read, beside what it prints") {
  const test::TemporaryFolder folder;
  const std::string path = folder / "plot.svg";
  const auto parse = [&] {
    const auto result = test::RunCommand({"/usr/bin/python3", "-c",
                                          "import sys, xml.dom.minidom\n"
                                          "print(xml.dom.minidom.parse(sys.argv[1]).documentElement.tagName)",
                                          path});
    CHECK(result.out == "svg\n");
  };
  CHECK(Summary({"--plot", path}) == Summary({}));
  parse();
  CHECK(test::ReadFileBytes(path).find("conv_dw_13") != std::string::npos);
  CHECK(Names(folder.path()) == std::vector<std::string>{"plot.svg"});
  // A plot is overwritten.
  Summary({"--compare", "mobilenet_v1,mobilenet_v1_0.5,mobilenet_v2,efficientnet_lite0", "--plot", path});
  parse();
  CHECK(test::ReadFileBytes(path).find("conv_dw_13") == std::string::npos);
  CHECK(test::ReadFileBytes(path).find("top-1 accuracy (%)") != std::string::npos);
  CHECK(Summary({"--separable", "--format", "json", "--plot", path}) ==
        Summary({"--separable", "--format", "json"}));
  CHECK(test::ReadFileBytes(path).find("conv_dw_13") != std::string::npos);
  CHECK(Names(folder.path()) == std::vector<std::string>{"plot.svg"});
}

TEST_CASE("summary --plot leaves other files alone, and never leaves half a file") {
  const test::TemporaryFolder folder;
  test::WriteFileBytes(folder / "photo.svg", "\xff\xd8\xff no picture of ours");
  CHECK(Message({"--plot", folder / "photo.svg"}) ==
        "mobilenet: " + (folder / "photo.svg") +
            ": exists, and is not an SVG picture (use another name, or remove it)\n");
  CHECK(test::ReadFileBytes(folder / "photo.svg") == "\xff\xd8\xff no picture of ours");
  CHECK(Message({"--plot", folder / "plot.png"}) ==
        "mobilenet: " + (folder / "plot.png") +
            ": plots are SVG pictures (a name like FILE.svg is needed)\n");
  CHECK(Message({"--plot", folder / "none/plot.svg"}).find("cannot write: No such file or directory") !=
        std::string::npos);
  CHECK(Message({"--plot", folder.path()}).find(": is a folder (a file FILE.svg is needed)") !=
        std::string::npos);
  CHECK(Message({"--plot", ""}) == "mobilenet: --plot: an empty name (FILE.svg is needed)\n");
  CHECK(Message({"--plot", "/dev/full"}) == "mobilenet: /dev/full: cannot write: No space left on device\n");
  CHECK(Message({"--compare", "mobilenet_v1_0.3", "--plot", folder / "plot.svg"}) ==
        "mobilenet: --plot: none of these networks has a published top-1 accuracy (mobilenet_v1_0.3)\n");
  CHECK(Names(folder.path()) == std::vector<std::string>{"photo.svg"});
  test::WriteFileBytes(folder / "empty.svg", "");
  Summary({"--plot", folder / "empty.svg"});
  CHECK(test::ReadFileBytes(folder / "empty.svg").find("</svg>") != std::string::npos);
}

TEST_CASE("a plot goes where a link or a pipe leads") {
  const test::TemporaryFolder folder;
  test::WriteFileBytes(folder / "plot.svg", "<svg/>");
  std::filesystem::create_symlink("plot.svg", folder / "link.svg");
  Summary({"--plot", folder / "link.svg"});
  CHECK(std::filesystem::is_symlink(folder / "link.svg"));
  CHECK(test::ReadFileBytes(folder / "plot.svg").find("</svg>") != std::string::npos);
  const auto piped = test::RunCommand(
      {"/bin/sh", "-c", test::MobilenetCommand() + " summary --format csv --plot /dev/stdout | head -c 5"});
  CHECK(piped.out == "<?xml");
}

}  // namespace
}  // namespace mobilenet
