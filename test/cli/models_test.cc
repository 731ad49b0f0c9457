// `mobilenet models`: what there is, where it is, whether it is intact, and how it gets here.
#include <algorithm>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "models/catalogue.h"
#include "test/support/catch.h"
#include "test/support/small_model.h"
#include "test/support/under_test.h"

namespace mobilenet {
namespace {

using nlohmann::json;
using test::RunMobilenet;
using test::SmallModel;

// Its own folders, with the small model under a known name and under a name of its own.
class Folders {
 public:
  Folders() {
    std::filesystem::create_directories(small_ / "models");
    std::filesystem::create_directories(home_models());
    std::filesystem::copy_file(small_.model(), known_path());
    std::filesystem::copy_file(small_.model(), own_path());
  }

  std::string known_path() const { return small_ / ("models/" + std::string(kKnown) + ".safetensors"); }
  std::string own_path() const { return home_models() + "/own one.safetensors"; }
  std::string home_models() const { return small_ / "home/.local/share/mobilenet"; }

  test::CommandResult Run(std::vector<std::string> arguments, const std::string& model = "") const {
    arguments.insert(arguments.begin(), "models");
    return RunMobilenet(arguments, {"MOBILENET_MODELS=" + (small_ / "models"), "HOME=" + (small_ / "home"),
                                    "MOBILENET_MODEL=" + model});
  }
  std::vector<json> List(const std::vector<std::string>& options) const {
    std::vector<std::string> arguments = {"list", "--format", "json"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const auto result = Run(arguments);
    CHECK(result.status == 0);
    CHECK(result.err == "");
    std::vector<json> rows;
    std::istringstream lines(result.out);
    for (std::string line; std::getline(lines, line);) rows.push_back(json::parse(line));
    return rows;
  }

  static constexpr const char* kKnown = "mobilenet_v1_0.5_160_s8";

 private:
  SmallModel small_;
};

json RowOf(const std::vector<json>& rows, const std::string& name) {
  const auto row =
      std::find_if(rows.begin(), rows.end(), [&](const json& one) { return one["name"] == name; });
  REQUIRE(row != rows.end());
  return *row;
}

void CheckRefused(const test::CommandResult& result, int status, const std::string& part) {
  CAPTURE(result.err, part);
  CHECK(result.status == status);
  CHECK(result.err.find("mobilenet: ") == 0);
  CHECK(result.err.find(part) != std::string::npos);
}

TEST_CASE("models lists the catalogue and other files, with what is known of each") {
  const Folders folders;
  const auto rows = folders.List({});
  CHECK(rows.size() >= KnownModels().size() + 1);  // the checkout may have others
  for (size_t i = 0; i < KnownModels().size(); ++i)
    CHECK(rows[i]["name"] == std::string(KnownModels()[i].name));

  const json absent = RowOf(rows, "mobilenet_v1_0.25_160_f32");
  CHECK(absent["architecture"] == "mobilenet_v1");
  CHECK(absent["width_multiplier"] == 0.25);
  CHECK(absent["resolution"] == 160);
  CHECK(absent["classes"] == 1001);
  CHECK(absent["quantization"] == "none");
  CHECK(absent["license"] == "Apache-2.0");
  CHECK(absent["size_bytes"].get<int>() ==
        4 * (463856 + 3737));  // weights and biases, as summary counts them
  CHECK(RowOf(rows, Folders::kKnown)["path"] == folders.known_path());
  CHECK(RowOf(rows, Folders::kKnown)["size_bytes"] == std::filesystem::file_size(folders.known_path()));
  CHECK(RowOf(rows, "mobilenet_v1_1.0_224_s8")["is_default"] == true);
  CHECK(RowOf(rows, "mobilenet_v1_1.0_224_s8")["top1"] == 69.7);

  const json own = RowOf(rows, "own one");
  CHECK(own["path"] == folders.own_path());
  CHECK(own["classes"] == 10);
  CHECK(own["license"].is_null());
  CHECK(own["top1"].is_null());
}

TEST_CASE("models --here lists what is on this machine, in every format") {
  const Folders folders;
  const auto rows = folders.List({"--here"});
  for (const json& row : rows) CHECK(std::filesystem::exists(row["path"].get<std::string>()));
  CHECK(RowOf(rows, "own one")["path"] == folders.own_path());

  const std::string text = folders.Run({}).out;
  CHECK(text.find("name ") == 0);
  CHECK(text.find("\nmobilenet_v1_1.0_224_s8 (default) ") != std::string::npos);
  CHECK(text.find(folders.home_models() + "\n") != std::string::npos);
  const std::string csv = folders.Run({"list", "--here", "--format", "csv"}).out;
  CHECK(csv.find(
            "name,is_default,architecture,width_multiplier,quantization,resolution,classes,top1,size_bytes,"
            "license,path\n") == 0);
  CHECK(csv.find("\nown one,false,mobilenet_v1,0.25,s8_per_channel,32,10,,") != std::string::npos);
  CHECK(folders.Run({"list", "--format", "markdown"}).out.find("| name ") == 0);

  test::WriteFileBytes(folders.own_path(), "none");
  CHECK(RowOf(folders.List({"--here"}), "own one")["architecture"].is_null());
}

TEST_CASE("models path prints where a model is, and that of the default one") {
  const Folders folders;
  CHECK(folders.Run({"path", Folders::kKnown}).out == folders.known_path() + "\n");
  CHECK(folders.Run({"path"}, "own one").out == folders.own_path() + "\n");
  CheckRefused(folders.Run({"path", "mobilenet_v1_0.5_106_s8"}), 2, "did you mean mobilenet_v1_0.5_160_s8?");
  CheckRefused(folders.Run({"path", "own_one"}), 2, "did you mean own one?");
  CheckRefused(folders.Run({"path", "/no/such.safetensors"}), 2, "/no/such.safetensors: no such file");
}

TEST_CASE("models verify finds the file that is damaged") {
  const Folders folders;
  const auto whole = folders.Run({"verify", Folders::kKnown, folders.own_path()});
  CHECK(whole.status == 0);
  CHECK(whole.out.find(folders.known_path() + ": whole") == 0);
  std::string bytes = test::ReadFileBytes(folders.own_path());
  test::WriteFileBytes(folders.own_path(), bytes.substr(0, bytes.size() - 100));
  const auto damaged = folders.Run({"verify", Folders::kKnown, "own one"});
  CheckRefused(damaged, 1, folders.own_path() + ": ");
  CHECK(damaged.out.find(folders.known_path() + ": whole") == 0);
  // Without names, all models that are here.
  CheckRefused(folders.Run({"verify"}), 1, folders.own_path() + ": ");
}

TEST_CASE("models get refuses what makes no sense before anything is fetched") {
  const Folders folders;
  CheckRefused(folders.Run({"get"}), 2, "no model given");
  CheckRefused(folders.Run({"get", "--all", "mobilenet_v1_0.5_160_s8"}), 2, "names and --all");
  CheckRefused(folders.Run({"fetch"}), 2, "fetch");
}

}  // namespace
}  // namespace mobilenet
