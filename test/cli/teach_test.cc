// mobilenet teach, from outside: the models it makes, what it says of the photographs, what it refuses.
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "src/image/image.h"
#include "src/weights/model_file.h"
#include "test/support/catch.h"
#include "test/support/photographs.h"
#include "test/support/process.h"
#include "test/support/run_command.h"
#include "test/support/skip.h"
#include "test/support/small_model.h"

namespace mobilenet {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::RunMobilenet;

// Stripes of one direction and colour a class; `variant` is anything.
std::string Stripes(int kind, int variant) {
  const int side = 30 + variant % 7;
  std::string bytes = "P6\n" + std::to_string(side) + " " + std::to_string(side) + "\n255\n";
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      const int along = kind == 0 ? x : kind == 1 ? y : x + y;
      const bool is_dark = (along + variant) % 8 < 4;
      for (int c = 0; c < 3; ++c) {
        const int noise = (x * 31 + y * 17 + variant * 57 + c * 5) % 23;
        bytes += static_cast<char>(c == kind ? 240 - noise : is_dark ? 10 + noise : 70 + noise);
      }
    }
  }
  return bytes;
}

class Photos {
 public:
  // Photographs of so many kinds; a class of a name a kind.
  explicit Photos(int kinds = 3, int of_each = 12) {
    for (int kind = 0; kind < kinds; ++kind) {
      for (int i = 0; i < of_each; ++i) Add(kNames[kind], i, Stripes(kind, i));
    }
  }

  static constexpr const char* kNames[] = {"across", "down", "slanted"};

  void Add(const std::string& folder, int number, const std::string& bytes) const {
    fs::create_directories(path() + "/" + folder);
    test::WriteFileBytes(path() + "/" + folder + "/" + std::to_string(100 + number) + ".ppm", bytes);
  }
  std::string path() const { return folder_ / "photos"; }
  std::string operator/(const std::string& name) const { return folder_ / name; }

 private:
  test::TemporaryFolder folder_;
};

test::CommandResult Teach(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "teach");
  return RunMobilenet(std::move(arguments));
}

json Taught(std::vector<std::string> arguments, int status = 0) {
  arguments.insert(arguments.end(), {"--format", "json"});
  const auto result = Teach(std::move(arguments));
  CAPTURE(result.err);
  REQUIRE(result.status == status);
  return json::parse(result.out);
}

json Top1(const std::string& model, const std::string& photographs) {
  const auto result = RunMobilenet({"eval", photographs, "-m", model, "--format", "json"});
  CAPTURE(result.err);
  REQUIRE(result.status == 0);
  return json::parse(result.out)["top1"];
}

TEST_CASE("teach makes a model of one's own classes with the trunk unchanged, in each type") {
  const Photos photos;
  for (const WeightQuantization quantization :
       {WeightQuantization::kS8PerChannel, WeightQuantization::kU8PerTensor, WeightQuantization::kNone}) {
    if (test::IsEmulated() && quantization == WeightQuantization::kNone) continue;
    const test::SmallModel small(quantization);
    const std::string own = small / "own.safetensors";
    const json report = Taught({photos.path(), "-m", small.model(), "-o", own});
    CHECK(report["photographs"] == 36);
    CHECK(report["failed"] == 0);
    CHECK(report["feature_count"] == 256);
    CHECK(report["output_bytes"] == fs::file_size(own));
    CHECK(report["held_out"]["top1"]["rate"] > 0.9);
    CHECK(report["held_out"]["per_class"].size() == 3);
    CHECK(report["warnings"] == json::array());
    CHECK(report["unknown"].is_null());

    const ModelFile base = ModelFile::Open(small.model());
    const ModelFile file = ModelFile::Open(own);
    CHECK(file.labels() == std::vector<std::string>{"across", "down", "slanted"});
    CHECK(file.quantization() == quantization);
    for (const std::string& name : base.TensorNames()) {
      if (name.starts_with("logits.")) continue;
      CAPTURE(name);
      const TensorView before = base.StoredTensor(name);
      const TensorView after = file.StoredTensor(name);
      REQUIRE(before.shape == after.shape);
      const size_t bytes = static_cast<size_t>(ElementCount(before.shape)) * ElementBytes(before.type);
      CHECK(std::memcmp(before.data, after.data, bytes) == 0);
    }
    const json source = json::parse(file.metadata().at("mobilenet.source"));
    CHECK(source["made_by"] == "mobilenet teach");
    CHECK(source["sha256"] == base.Sha256());
    CHECK(source["class_counts"] == json{12, 12, 12});
    CHECK(source["cross_validated"] == report["held_out"]["top1"]);
    CHECK(source["taught"].get<std::string>().size() == std::strlen("2026-11-30T00:00:00Z"));

    CHECK(Top1(own, photos.path())["right"] == 36);
    CHECK(RunMobilenet({"summary", "-m", own}).status == 0);
    CHECK(RunMobilenet({"summary", "--compare", own + "," + small.model()}).status == 0);
    const auto answer = RunMobilenet({"classify", "-m", own, photos.path() + "/down/103.ppm"});
    CHECK(answer.out.find("  down  (class 1)") != std::string::npos);

    // What is taught can be taught again, and the same photographs make the same head.
    Taught({photos.path(), "-m", own, "-o", small / "again.safetensors"});
    const ModelFile again = ModelFile::Open(small / "again.safetensors");
    const TensorView head = file.StoredTensor("logits.weights");
    CHECK(std::memcmp(head.data, again.StoredTensor("logits.weights").data,
                      3 * 256 * ElementBytes(head.type)) == 0);
  }
}

TEST_CASE("teach takes off whatever a network has after its global average pool") {
  const Photos photos;
  const test::TemporaryFolder folder;
  const std::string model = test::WriteSyntheticModel(
      folder / "own.safetensors",
      {.classes = 4,
       .quantization = WeightQuantization::kS8PerChannel,
       .architecture = "own",
       .layers = R"([{"name": "logits1", "operator": "conv", "inputs": ["input"], "channels": 24,
                      "kernel": [5, 5], "stride": 2, "padding": "same", "activation": "relu6"},
                     {"name": "pool", "operator": "avg_pool", "inputs": ["logits1"]},
                     {"name": "hidden", "operator": "fully_connected", "inputs": ["pool"], "channels": 12,
                      "activation": "relu"},
                     {"name": "logits", "operator": "fully_connected", "inputs": ["hidden"], "channels": 4},
                     {"name": "scores", "operator": "sigmoid", "inputs": ["logits"]}])"});
  const json report = Taught({photos.path(), "-m", model, "-o", folder / "taught.safetensors"});
  CHECK(report["feature_count"] == 24);
  CHECK(Top1(folder / "taught.safetensors", photos.path())["rate"] > 0.8);
  const ModelFile file = ModelFile::Open(folder / "taught.safetensors");
  const json layers = json::parse(*file.layers());
  REQUIRE(layers.size() == 4);
  CHECK(layers[2]["name"] == "own_logits");
  CHECK(layers[2]["channels"] == 3);
  CHECK(layers[3]["operator"] == "softmax");
}

TEST_CASE("teach says which photographs are in the wrong folder, and which are in two") {
  const Photos photos;
  const test::SmallModel small;
  photos.Add("across", 50, Stripes(1, 50));  // down
  photos.Add("slanted", 60, Stripes(0, 3));  // across/103.ppm, too
  test::WriteFileBytes(photos.path() + "/down/bad.jpg", "no picture");
  test::WriteFileBytes(photos.path() + "/nowhere.ppm", Stripes(0, 1));
  const std::string own = small / "own.safetensors";
  const auto result = Teach({photos.path(), "-m", small.model(), "-o", own, "--format", "json"});
  CHECK(result.status == 1);
  CHECK(result.err.find("photos/down/bad.jpg: ") != std::string::npos);
  const json report = json::parse(result.out);
  CHECK(report["photographs"] == 38);
  CHECK(report["failed"] == 1);
  CHECK(report["left_out"] == 1);
  REQUIRE(report["suspects"].size() >= 1);
  bool has_moved = false;
  for (const json& suspect : report["suspects"]) {
    has_moved = has_moved || (suspect["path"] == photos.path() + "/across/150.ppm" &&
                              suspect["label"] == "across" && suspect["looks_like"] == "down");
  }
  CHECK(has_moved);
  bool has_twin = false;
  for (const json& pair : report["alike"]) {
    has_twin =
        has_twin || (pair["path"] == photos.path() + "/across/103.ppm" &&
                     pair["other_path"] == photos.path() + "/slanted/160.ppm" && pair["similarity"] > 0.9999);
  }
  CHECK(has_twin);
  CHECK(report["warnings"].dump().find("in different folders show") != std::string::npos);
  const auto text = Teach({photos.path(), "-m", small.model(), "-o", own});
  CHECK(text.out.find("\nprobably in the wrong folder") != std::string::npos);
  CHECK(text.out.find("\nalike, but in different folders") != std::string::npos);
  CHECK(text.out.find("  cross-validated: right ") != std::string::npos);

  // Moved to where they belong, they are no longer told, though their old records are still there.
  fs::rename(photos.path() + "/across/150.ppm", photos.path() + "/down/150.ppm");
  fs::remove(photos.path() + "/slanted/160.ppm");
  fs::remove(photos.path() + "/down/bad.jpg");
  const json again = Taught({photos.path(), "-m", small.model(), "-o", own, "--resume"});
  CHECK(again["photographs"] == 37);
  CHECK(again["failed"] == 0);
  CHECK(again["alike"] == json::array());
  CHECK(again["held_out"]["per_class"][1]["n"] == 13);
}

TEST_CASE("teach warns of small classes and of one that swallows the rest") {
  const test::SmallModel small;
  const Photos photos(1, 40);
  // Classes that cannot be told from the large one.
  for (const std::string name : {"b", "c"}) {
    for (int i = 0; i < 4; ++i) photos.Add(name, i, Stripes(0, 41 + i + (name == "c" ? 5 : 0)));
  }
  const json report = Taught({photos.path(), "-m", small.model(), "-o", small / "own.safetensors"});
  const std::string warnings = report["warnings"].dump();
  CHECK(warnings.find("2 classes have fewer than 10 photographs, such as b with 4") != std::string::npos);
  CHECK(warnings.find("across swallows at least half") != std::string::npos);
}

TEST_CASE("a model that was taught to reject answers unknown, and eval knows the answer") {
  const Photos photos(2);
  const test::SmallModel small;
  for (int i = 0; i < 8; ++i) photos.Add("_other", i, test::SmallModel::GradientPpm(40 + i, 30));
  const std::string own = small / "own.safetensors";
  const json report = Taught({photos.path(), "-m", small.model(), "-o", own});
  CHECK(report["photographs"] == 24);
  CHECK(report["unknown"]["others"] == 8);
  CHECK(report["unknown"]["accepted"] > 0.7);
  CHECK(report["unknown"]["others_rejected"] > 0.7);
  CHECK(ModelFile::Open(own).labels().size() == 2);
  const double threshold = report["unknown"]["threshold"];
  int unknown = 0;
  for (const std::string folder : {"_other", "across"}) {
    const auto result =
        RunMobilenet({"classify", "-m", own, "--format", "json", photos.path() + "/" + folder});
    size_t begin = 0;
    for (size_t end = 0; (end = result.out.find('\n', begin)) != std::string::npos; begin = end + 1) {
      const json record = json::parse(result.out.substr(begin, end - begin));
      const json& predictions = record["predictions"];
      CAPTURE(record.dump());
      if (predictions[0]["label"] == "unknown") {
        ++unknown;
        CHECK(predictions[0]["class_index"] == 2);
        CHECK(predictions[0]["score"] < threshold);
        CHECK(predictions[0]["score"] == predictions[1]["score"]);
        CHECK(predictions.size() == 3);
      } else {
        CHECK(predictions[0]["score"] >= threshold);
        CHECK(predictions.size() == 2);
      }
    }
  }
  CHECK(unknown >= 6);
  // An eval of records and of a run alike; to it, photographs of none of the classes are a class, whose
  // folder has either name.
  const json with_other = Top1(own, photos.path());
  CHECK(with_other["rate"] > 0.8);
  fs::rename(photos.path() + "/_other", photos.path() + "/unknown");
  const json run = Top1(own, photos.path());
  CHECK(run == with_other);
  for (const std::string name : {"/records.json", "/records.csv"}) {
    const std::string records = photos / name.substr(1);
    RunMobilenet({"classify", "-r", photos.path(), "-m", own, "--format", name.substr(9), "-o", records});
    const auto scored = RunMobilenet({"eval", "--from-records", records, "-m", own, "--format", "json"});
    CAPTURE(scored.err);
    CHECK(json::parse(scored.out)["top1"] == run);
  }
  const auto refused = Teach({photos.path(), "-m", small.model(), "-o", own, "--reject"});
  CHECK(refused.status == 2);
  CHECK(refused.err.find("photos/unknown: is what the model says of pictures of none") != std::string::npos);

  // Without such photographs, nearly all of what was recognised is accepted.
  const Photos alone;
  const json without = Taught({alone.path(), "-m", small.model(), "-o", own, "--reject"});
  CHECK(without["unknown"]["others"] == 0);
  CHECK(without["unknown"]["accepted"] >= 0.9);
}

TEST_CASE("teach shows on a terminal how far it is, and with --quiet it prints errors alone") {
  const Photos photos(2);
  const test::SmallModel small;
  const std::string own = small / "own.safetensors";
  const auto on_terminal = [&](const std::string& options) {
    return test::RunCommand({"/usr/bin/script", "-qec",
                             "TERM=xterm " + test::MobilenetCommand() + " teach " + photos.path() + " -m " +
                                 small.model() + " -o " + own + options + " > " + (small / "report.txt"),
                             "/dev/null"});
  };
  const auto shown = on_terminal("");
  CHECK(shown.status == 0);
  for (const std::string step :
       {"reading the features, 0:0", "comparing the photographs, 0:0", "choosing the regularisation, 0:0",
        "cross-validating, 0:0", "training, 0:0"}) {
    CAPTURE(step, shown.out);
    CHECK(shown.out.find("\r\x1b[K" + step) != std::string::npos);
  }
  CHECK(shown.out.ends_with("\r\x1b[K"));
  const std::string report = test::ReadFileBytes(small / "report.txt");
  CHECK(report.find("own.safetensors: 2 classes") != std::string::npos);
  const auto quiet = on_terminal(" --quiet");
  CHECK(quiet.status == 0);
  CHECK(quiet.out == "");
  CHECK(test::ReadFileBytes(small / "report.txt") == report);
  CHECK(Teach({photos.path(), "-m", small.model(), "-o", own, "-q"}).err == "");
  test::WriteFileBytes(photos.path() + "/down/bad.jpg", "no picture");
  const auto failed = Teach({photos.path(), "-m", small.model(), "-o", own, "-q"});
  CHECK(failed.status == 1);
  CHECK(std::count(failed.err.begin(), failed.err.end(), '\n') == 1);
  CHECK(failed.err.find("photos/down/bad.jpg: ") != std::string::npos);
}

TEST_CASE("teach --update adds classes and photographs without the old ones") {
  const test::SmallModel small;
  const std::string own = small / "own.safetensors";
  const std::string at_once = small / "at_once.safetensors";
  const Photos all;
  const json expected = Taught({all.path(), "-m", small.model(), "-o", at_once, "--augment"});
  CHECK(expected["views"] == 6);
  {
    const Photos two(2);
    test::WriteFileBytes(two.path() + "/down/bad.jpg", "no picture");
    CHECK(Taught({two.path(), "-m", small.model(), "-o", own, "--augment"}, 1)["views"] == 6);
  }  // they are gone
  const Photos more(0);
  for (int i = 0; i < 12; ++i) more.Add("slanted", i, Stripes(2, i));
  more.Add("down", 77, Stripes(1, 77));
  fs::remove(small.model());
  const json report = Taught({more.path(), "--update", own});
  CHECK(report["output"] == own);
  CHECK(report["views"] == 6);
  CHECK(report["photographs"] == 37);
  CHECK(report["failed"] == 0);  // of these photographs
  CHECK(ModelFile::Open(own).labels() == ModelFile::Open(at_once).labels());
  CHECK(Top1(own, all.path())["right"] == 36);
  // Without the features nothing can be added.
  fs::remove(own + ".features");
  const auto refused = Teach({more.path(), "--update", own});
  CHECK(refused.status == 2);
  CHECK(refused.err.find("own.safetensors.features: is missing") != std::string::npos);
  CHECK(Top1(own, all.path())["right"] == 36);
  // Nor where they are of another trunk.
  const test::SmallModel other(WeightQuantization::kNone);
  Taught({all.path(), "-m", other.model(), "-o", other / "own.safetensors"});
  fs::rename(other / "own.safetensors", own);
  Taught({all.path(), "-m", at_once, "-o", other / "own.safetensors"});
  fs::rename(other / "own.safetensors.features", own + ".features");
  fs::rename(other / "own.safetensors.features.meta.json", own + ".features.meta.json");
  CHECK(Teach({more.path(), "--update", own}).status == 2);
}

TEST_CASE("an interrupted teach goes on where it was") {
  const test::SmallModel small;
  const Photos photos(2, 3);
  // Large ones, so that there is time; links to two of them.
  const int links = test::IsSlow() ? 10 : 40;
  for (const std::string name : {"across", "down"}) {
    const std::string large = photos.path() + "/" + name + "/large.ppm";
    std::string pixels(size_t{1500} * 1500 * 3, '\x40');
    for (size_t i = name.size(); i < pixels.size(); i += 7) pixels[i] = static_cast<char>(i >> 12);
    test::WriteFileBytes(large, "P6\n1500 1500\n255\n" + pixels);
    for (int i = 0; i < links; ++i) {
      fs::create_hard_link(large, photos.path() + "/" + name + "/x" + std::to_string(10 + i) + ".ppm");
    }
  }
  const std::string own = small / "own.safetensors";
  const std::vector<std::string> arguments = {"teach", photos.path(), "-m", small.model(),      "-o",
                                              own,     "--threads",   "1",  "--decode-threads", "1"};
  const auto features = [&] {
    std::error_code error;
    return fs::exists(own + ".features") ? fs::file_size(own + ".features", error) : 0;
  };
  test::Process process(test::ExecMobilenet(arguments) + " 2> " + (small / "messages"));
  REQUIRE(test::WaitUntil([&] { return features() > 3000; }));
  process.Signal(SIGTERM);
  const int status = process.Wait();
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 128 + SIGTERM);
  CHECK(test::ReadFileBytes(small / "messages")
            .ends_with("\ninterrupted; to continue, run it again with --resume\n"));
  CHECK_FALSE(fs::exists(own));
  CHECK_FALSE(fs::exists(own + ".part"));
  const auto kept = features();
  CHECK(kept > 3000);
  std::vector<std::string> again(arguments.begin() + 1, arguments.end());
  again.push_back("--resume");
  const json report = Taught(again);
  CHECK(report["photographs"] == 8 + 2 * links);
  // Each photograph has one record.
  const std::string records = test::ReadFileBytes(own + ".features");
  CHECK(std::count(records.begin(), records.end(), '\n') == 8 + 2 * links);
}

TEST_CASE("a full disk is told, and nothing is lost") {
  const test::SmallModel small;
  const Photos photos;
  const std::string own = small / "own.safetensors";
  const std::string command =
      test::MobilenetCommand() + " teach " + photos.path() + " -m " + small.model() + " -o " + own;
  // Blocks of 512 bytes: not all features fit, then all do and the model does not.
  for (const std::string blocks : {"10", "150"}) {
    const auto result =
        test::RunCommand({"/bin/sh", "-c", "ulimit -f " + blocks + "; " + command + " --resume"});
    CAPTURE(blocks, result.err);
    CHECK(result.status == 2);
    CHECK(result.err.find(blocks == "10" ? "own.safetensors.features: cannot write the results: "
                                         : "own.safetensors: cannot write: ") != std::string::npos);
    CHECK_FALSE(fs::exists(own));
    CHECK_FALSE(fs::exists(own + ".part"));
    CHECK(fs::file_size(own + ".features") > 4000);
  }
  CHECK(Taught({photos.path(), "-m", small.model(), "-o", own, "--resume"})["photographs"] == 36);
}

TEST_CASE("what teach cannot do is refused before any work, and leaves no file") {
  const test::SmallModel small;
  const Photos photos;
  const Photos one(1);
  const Photos none(0);
  fs::create_directories(none.path());
  const Photos empty;
  fs::create_directories(empty.path() + "/empty class");
  const Photos few;
  few.Add("rare", 1, Stripes(0, 1));
  const Photos bad(2);
  for (int i = 0; i < 3; ++i) bad.Add("bad", i, "no picture");
  test::WriteFileBytes(small / "notes.txt", "mine");
  const std::string own = small / "own.safetensors";
  struct Case {
    std::vector<std::string> arguments;
    std::string message;
  };
  const Case cases[] = {
      {{one.path(), "-o", own}, "photos: has photographs of only one class (expected at least two folders"},
      {{none.path(), "-o", own}, "photos: no images in this folder"},
      {{empty.path(), "-o", own},
       "photos/empty class: no photographs in this folder (a class needs at least 3;"},
      {{few.path(), "-o", own},
       "photos: class rare: 1 photograph (a class needs at least 3 that can be read)"},
      {{photos / "missing", "-o", own},
       "missing: is not a folder (expected a folder of photographs, with a folder for each class"},
      {{photos.path(), "-o", small.model()}, "small.safetensors: is the very model whose layers are used"},
      {{photos.path(), "-o", small / "notes.txt"}, "notes.txt: is there, but not a model file"},
      {{photos.path(), "-o", small / "none/own.safetensors"}, "cannot write: No such file or directory"},
      {{photos.path()}, "--output is required"},
      {{"-o", own}, "PHOTOS is required"},
      {{photos.path(), "--update", own, "--augment"},
       "--update: replaces FILE, and teaches as it was taught"},
      {{photos.path(), "-o", own, "--retry-failed"}, "--retry-failed: needs --resume"},
  };
  for (const auto& [arguments, message] : cases) {
    CAPTURE(message);
    std::vector<std::string> all = arguments;
    if (message.find("--update") == message.npos) all.insert(all.end(), {"-m", small.model()});
    const auto result = Teach(all);
    CAPTURE(result.err);
    CHECK(result.status == 2);
    CHECK(result.out == "");
    CHECK(result.err.find(message) != std::string::npos);
    CHECK_FALSE(fs::exists(own));
    CHECK_FALSE(fs::exists(own + ".features"));
    CHECK_FALSE(fs::exists(own + ".part"));
  }
  CHECK(test::ReadFileBytes(small / "notes.txt") == "mine");

  // This is known only when the photographs were read.
  const auto unreadable = Teach({bad.path(), "-m", small.model(), "-o", own});
  CHECK(unreadable.status == 2);
  CHECK(unreadable.err.find("photos/bad/100.ppm: ") != std::string::npos);
  CHECK_FALSE(fs::exists(own));

  // A squeezenet has no place for a head; a network of only f32 has.
  const auto missing_class = Teach({photos.path(), "-m", small / "none", "-o", own});
  CHECK(missing_class.status == 2);
}

TEST_CASE("a class in a folder that cannot be read is told before any work") {
  if (::geteuid() != 0) return test::Skip("only root becomes somebody else");
  const test::SmallModel small;
  const Photos photos;
  ::chmod(fs::path(photos.path()).parent_path().c_str(), 0755);
  ::chmod(fs::path(small.model()).parent_path().c_str(), 0777);
  ::chmod((photos.path() + "/down").c_str(), 0700);
  const std::string own = small / "own.safetensors";
  const auto result =
      test::RunCommand({"/bin/sh", "-c",
                        "exec setpriv --reuid=65534 --clear-groups " + test::MobilenetCommand() + " teach " +
                            photos.path() + " -m " + small.model() + " -o " + own});
  CAPTURE(result.err);
  CHECK(result.status == 2);
  CHECK(result.err.find("photos/down: cannot read the folder: Permission denied") != std::string::npos);
  CHECK_FALSE(fs::exists(own + ".features"));
}

TEST_CASE("many classes of a large network are refused at once where they would take hours") {
  const test::TemporaryFolder folder;
  const std::string model = test::WriteSyntheticModel(
      folder / "wide.safetensors",
      {.classes = 4,
       .architecture = "wide",
       .layers = R"([{"name": "conv1", "operator": "conv", "inputs": ["input"], "channels": 4096,
                      "kernel": [1, 1], "stride": 16, "padding": "same", "activation": "relu6"},
                     {"name": "pool", "operator": "avg_pool", "inputs": ["conv1"]},
                     {"name": "logits", "operator": "fully_connected", "inputs": ["pool"], "channels": 4},
                     {"name": "scores", "operator": "softmax", "inputs": ["logits"]}])"});
  const Photos photos(1, 1);
  const std::string picture = photos.path() + "/across/100.ppm";
  for (int i = 0; i < 850; ++i) {
    const std::string name = photos.path() + "/" + std::to_string(i);
    fs::create_directory(name);
    for (const char* photograph : {"/a.ppm", "/b.ppm", "/c.ppm"})
      fs::create_hard_link(picture, name + photograph);
  }
  fs::remove_all(photos.path() + "/across");
  const auto result = Teach({photos.path(), "-m", model, "-o", folder / "own.safetensors", "--augment"});
  CAPTURE(result.err);
  CHECK(result.status == 2);
  CHECK(result.err.find(
            "850 classes, 2550 photographs, 6 views of each and 4096 features would take too long") !=
        std::string::npos);
  CHECK_FALSE(fs::exists(folder / "own.safetensors.features"));
}

TEST_CASE("the three commands of the README make a model of one's own, as printed") {
  const std::string readme = test::ReadFileBytes(test::Checkout() + "/README.md");
  const size_t section = readme.find("\n## Your own classes\n");
  REQUIRE(section != readme.npos);
  const size_t begin = readme.find("\n\n    ", section) + 2;
  const std::string block = readme.substr(begin, readme.find("\n\n", begin) + 1 - begin);
  // The first one is tested by itself (quickstart_test.sh): it leaves a program and the default model.
  const std::string first = "    scripts/quickstart.sh\n";
  REQUIRE(block.starts_with(first));
  CHECK(std::count(block.begin(), block.end(), '\n') == 3);
  CHECK(fs::exists(test::Checkout() + "/scripts/quickstart.sh"));
  if (!fs::exists(test::WeightsFolder() + "/mobilenet_v1_1.0_224_s8.safetensors")) {
    return test::Skip("no weights of the default model");
  }
  const Photos photos(2, test::IsSlow() ? 3 : 4);
  test::WriteFileBytes(photos / "photo.jpg", test::ReadFileBytes(photos.path() + "/down/102.ppm"));
  fs::create_directories(photos / "build/release");
  test::WriteFileBytes(photos / "build/release/mobilenet",
                       "#!/bin/sh\nexec " + test::MobilenetCommand() + " \"$@\"\n");
  ::chmod((photos / "build/release/mobilenet").c_str(), 0755);
  const auto result =
      test::RunCommand({"/bin/sh", "-c", "set -e; cd " + (photos / "") + "\n" + block.substr(first.size())},
                       {"MOBILENET_MODELS=" + test::WeightsFolder(), "MOBILENET_MODEL="});
  CAPTURE(result.err, result.out);
  CHECK(result.status == 0);
  CHECK(result.out.find("mine.safetensors: 2 classes") != std::string::npos);
  CHECK(result.out.find("%  down  (class 1)") < result.out.find("%  across  (class 0)"));
}

// Parts of each of some ImageNet photographs, one class a photograph, bright and dark: to teach with, and
// others to ask for.
void WriteCrops(const std::string& shared, const std::string& folder, int classes) {
  int index = 0;
  for (const std::string& name : test::PhotographNames(shared)) {
    if (name.find("imagenet-100/") == name.npos && name[0] != 'n') continue;
    if (index++ == classes) break;
    const Image image = DecodeImageFile(test::PhotographPath(shared, name), {});
    const std::string label = "class " + std::to_string(index);
    for (int i = 0; i < 12; ++i) {
      const std::string part = folder + (i % 2 == 0 ? "/taught/" : "/asked/") + label;
      fs::create_directories(part);
      const int width = image.width * (60 + 3 * i) / 100;
      const int height = image.height * (60 + 3 * i) / 100;
      const int left = (image.width - width) * (i * 5 % 12) / 11;
      const int top = (image.height - height) * (i * 7 % 12) / 11;
      std::string bytes = "P6\n" + std::to_string(width) + " " + std::to_string(height) + "\n255\n";
      for (int y = top; y < top + height; ++y) {
        for (int x = left * 3; x < (left + width) * 3; ++x) {
          const int value = image.pixels[static_cast<size_t>(y * image.width * 3 + x)];
          bytes += static_cast<char>(std::min(255, value * (75 + i * 5) / 100));
        }
      }
      test::WriteFileBytes(part + "/" + std::to_string(i) + ".ppm", bytes);
    }
  }
}

TEST_CASE(
    "a model taught with parts of photographs knows other parts, and answers the same on every machine") {
  const std::string shared = test::SharedFolder();
  if (shared.empty()) return;
  const test::TemporaryFolder folder;
  const int classes = test::IsSlow() ? 4 : 20;
  WriteCrops(shared, folder.path(), classes);
  const std::string model = test::WeightsFolder() + "/mobilenet_v1_0.25_128_s8.safetensors";
  const std::string own = folder / "own.safetensors";
  // By the program that was built with this test, if it is one of this machine: the one under test may be
  // emulated.
  const auto run_built = [](std::vector<std::string> arguments) {
    if (!test::BuiltLauncher().empty()) return RunMobilenet(arguments);
    arguments.insert(arguments.begin(), test::BuiltProgram());
    return test::RunCommand(arguments);
  };
  const auto taught = run_built({"teach", folder / "taught", "-m", model, "-o", own, "--format", "json"});
  CAPTURE(taught.err);
  REQUIRE(taught.status == 0);
  const json report = json::parse(taught.out);
  REQUIRE(report["photographs"] == 6 * classes);
  std::vector<json> answers;
  for (const bool is_built : {true, false}) {
    const std::vector<std::string> arguments = {"classify", "-r",  folder / "asked", "-m", own,
                                                "--format", "json"};
    const auto result = is_built ? run_built(arguments) : RunMobilenet(arguments);
    CAPTURE(result.err);
    REQUIRE(result.status == 0);
    json all = json::array();
    size_t begin = 0;
    for (size_t end = 0; (end = result.out.find('\n', begin)) != std::string::npos; begin = end + 1) {
      all.push_back(json::parse(result.out.substr(begin, end - begin))["predictions"]);
    }
    answers.push_back(std::move(all));
  }
  REQUIRE(answers[0].size() == static_cast<size_t>(6 * classes));
  REQUIRE(answers[1].size() == answers[0].size());
  for (size_t i = 0; i < answers[0].size(); ++i) {
    CHECK(answers[0][i][0]["class_index"] == answers[1][i][0]["class_index"]);
  }
  const json top1 = Top1(own, folder / "asked");
  std::cout << "cross-validated " << report["held_out"]["top1"]["rate"] << ", others " << top1["rate"]
            << " of " << classes << " classes\n";
  CHECK(report["held_out"]["top1"]["rate"] > 0.85);
  CHECK(top1["rate"] > 0.85);
}

}  // namespace
}  // namespace mobilenet
