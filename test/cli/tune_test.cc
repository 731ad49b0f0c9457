// `mobilenet tune`, and the commands that use what it found.
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "test/support/boards.h"
#include "test/support/catch.h"
#include "test/support/files.h"
#include "test/support/small_model.h"

namespace mobilenet {
namespace {

using nlohmann::json;
using test::CommandResult;
using test::RunMobilenet;
using test::SmallModel;

// A user with a folder for settings, a model and a picture.
class Home {
 public:
  CommandResult Run(const std::vector<std::string>& arguments) const {
    return RunMobilenet(arguments,
                        {"XDG_CONFIG_HOME=" + folder_.path(), "MOBILENET_MODEL=" + small_.model()});
  }
  CommandResult Tune(std::vector<std::string> options = {}) const {
    options.insert(options.begin(), {"tune", "--duration", "0.01", "--anyway"});
    return Run(options);
  }
  CommandResult Classify(std::vector<std::string> options = {}) const {
    options.insert(options.begin(), {"classify", small_.picture()});
    return Run(options);
  }

  // The files that are kept.
  std::vector<std::string> Kept() const {
    std::vector<std::string> paths;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / "mobilenet", error)) {
      paths.push_back(entry.path().string());
    }
    return paths;
  }
  std::string model() const { return small_.model(); }
  std::string operator/(const std::string& name) const { return folder_ / name; }

 private:
  const test::TemporaryFolder folder_;
  const SmallModel small_;
};

TEST_CASE("tune keeps what it recommends, classify uses it and says so, doctor shows it, --forget drops it") {
  const Home home;
  CHECK(home.Classify().out.find("as tuned") == std::string::npos);
  const auto tuned = home.Tune();
  CAPTURE(tuned.out, tuned.err);
  REQUIRE(tuned.status == 0);
  REQUIRE(home.Kept().size() == 1);
  CHECK(tuned.out.find("recommended: --threads ") != std::string::npos);
  CHECK(tuned.out.find("kept in " + home.Kept()[0] + "\n") != std::string::npos);
  const json kept = json::parse(test::ReadFileBytes(home.Kept()[0]));
  CHECK(kept["threads"] >= 1);
  CHECK(!kept["cores"].empty());

  const std::string threads = std::to_string(kept["threads"].get<int>());
  const auto classified = home.Classify();
  CAPTURE(classified.out, classified.err);
  CHECK(classified.status == 0);
  CHECK(classified.err == "");
  CHECK(classified.out.find(" as tuned\n") != std::string::npos);
  const auto metadata = [&](const std::vector<std::string>& more) {
    std::vector<std::string> options = {"--format", "json", "--output", home / "out.json"};
    options.insert(options.end(), more.begin(), more.end());
    CHECK(home.Classify(options).status == 0);
    return json::parse(test::ReadFileBytes(home / "out.json.meta.json"));
  };
  CHECK(metadata({})["tuned"] == true);
  CHECK(metadata({})["cores"] == kept["cores"]);
  CHECK(metadata({"--threads", "1"})["tuned"] == false);
  CHECK(metadata({"--threads", "1"})["cores"].is_null());
  CHECK(metadata({"--cores", "0"})["tuned"] == false);
  CHECK(metadata({"--cores", "0"})["cores"] == json::array({0}));
  CHECK(metadata({"--cores", "0"})["threads"] == 1);
  CHECK(metadata({"--backend", "native"})["tuned"] == false);
  CHECK(metadata({"--precision", "f32"})["tuned"] == false);

  const json doctor = json::parse(home.Run({"doctor", "--format", "json"}).out);
  CHECK(doctor["program"]["tuned"]["cores"] == kept["cores"]);
  CHECK(doctor["program"]["tuned"]["threads"] == kept["threads"]);
  CHECK(home.Run({"doctor"}).out.find("tuned for it        " + threads + " thread") != std::string::npos);

  const std::string path = home.Kept()[0];
  const auto forgotten = home.Run({"tune", "--forget"});
  CHECK(forgotten.status == 0);
  CHECK(forgotten.out == "forgotten: " + path + "\n");
  CHECK(home.Kept().empty());
  CHECK(home.Run({"tune", "--forget"}).out.find("nothing was kept for ") == 0);
  CHECK(home.Classify().out.find("as tuned") == std::string::npos);
  CHECK(json::parse(home.Run({"doctor", "--format", "json"}).out)["program"]["tuned"].is_null());
}

TEST_CASE("classify ignores what was tuned for other things or is damaged, with a word") {
  const Home home;
  REQUIRE(home.Tune().status == 0);
  REQUIRE(home.Kept().size() == 1);
  const std::string path = home.Kept()[0];
  const std::string kept = test::ReadFileBytes(path);
  const auto ignores = [&](const std::string& contents, const std::string& reason) {
    test::WriteFileBytes(path, contents);
    const auto result = home.Classify();
    CAPTURE(contents, result.err);
    CHECK(result.status == 0);
    CHECK(result.out.find("as tuned") == std::string::npos);
    CHECK(result.err.find("mobilenet: " + path + ": " + reason) == 0);
    CHECK(std::count(result.err.begin(), result.err.end(), '\n') == 1);
  };
  const auto with = [&](const std::string& key, const json& value) {
    json changed = json::parse(kept);
    changed[key] = value;
    return changed.dump();
  };
  ignores("", "is damaged");
  ignores(kept.substr(0, kept.size() / 2), "is damaged");
  ignores(std::string(2'000'000, '['), "is damaged");
  ignores("[]", "is damaged");
  ignores(with("format", 1), "is damaged");
  ignores(with("threads", 0), "is damaged");
  ignores(with("threads", 1e9), "is damaged");
  ignores(with("threads", 1000), "is damaged");
  ignores(with("threads", "2"), "is damaged");
  ignores(with("cores", json::array()), "is damaged");
  ignores(with("cores", json::array({-1})), "is damaged");
  ignores(with("median_ms", nullptr), "is damaged");
  json elsewhere = json::parse(kept);
  elsewhere["cores"] = {1023};
  elsewhere["threads"] = 1;  // there may be no more than cores
  ignores(elsewhere.dump(), "is for cores 1023");
  ignores(with("machine", "another"), "is for another machine");
  ignores(with("weights", "others"), "is for another model");
  ignores(with("precision", "u8"), "is for another backend or precision");
  CHECK(home.Run({"doctor"}).out.find("is for another backend") != std::string::npos);
  std::filesystem::remove(path);
  std::filesystem::create_directory(path);
  const auto folder = home.Classify();
  CHECK(folder.status == 0);
  CHECK(folder.err.find("is damaged, or cannot be read") != std::string::npos);
}

TEST_CASE("tune keeps nothing of a disturbed measurement, unless --anyway, and nothing it cannot write") {
  const Home home;
  test::FileTree tree = test::RaspberryPi4();
  tree["/sys/devices/platform/soc/soc:firmware/get_throttled"] = "50005\n";
  const test::TemporaryFolder root;
  test::WriteTree(root, tree);
  const auto result = home.Run({"tune", "--duration", "0.01", "--root", root.path(), "--format", "json"});
  CHECK(result.status == 1);
  CHECK(result.err.find("mobilenet: nothing is kept, since ") == 0);
  CHECK(json::parse(result.out)["verdict"] == "throttled");
  CHECK(json::parse(result.out)["kept_in"].is_null());
  CHECK(home.Kept().empty());
  const auto anyway = home.Tune({"--root", root.path(), "--format", "json"});
  CHECK(anyway.status == 0);
  REQUIRE(home.Kept().size() == 1);
  CHECK(json::parse(anyway.out)["kept_in"] == home.Kept()[0]);
  // That belonged to another machine.
  CHECK(home.Classify().out.find("as tuned") == std::string::npos);
  CHECK(home.Tune().status == 0);
  CHECK(home.Kept().size() == 2);

  const auto nowhere = RunMobilenet({"tune", "--model", home.model()}, {"XDG_CONFIG_HOME=", "HOME="});
  CHECK(nowhere.status == 2);
  CHECK(nowhere.err.find("XDG_CONFIG_HOME") != std::string::npos);
  const auto file = RunMobilenet({"tune", "--model", home.model(), "--anyway", "--duration", "0.01"},
                                 {"XDG_CONFIG_HOME=" + home.model()});
  CHECK(file.status == 2);
  CHECK(file.err.find("mobilenet: " + home.model() + "/mobilenet: cannot be created: ") == 0);
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--model", home / "none.safetensors"},
        {"--duration", "0"},
        {"--root", "/nonexistent"},
        {"--precision", "u8"}}) {
    CAPTURE(arguments);
    CHECK(home.Tune(arguments).status == 2);
  }
}

}  // namespace
}  // namespace mobilenet
