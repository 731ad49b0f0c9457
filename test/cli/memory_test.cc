// A picture that needs more memory than there is gets its record, and the others are done: under ulimit, and
// in a cgroup, where taking the memory would kill the process.
#include <nlohmann/json.hpp>

#include "test/image/encoders.h"
#include "test/support/catch.h"
#include "test/support/cgroup.h"
#include "test/support/records.h"
#include "test/support/run_command.h"
#include "test/support/safetensors_contents.h"
#include "test/support/small_model.h"
#include "test/support/synthetic_model.h"

namespace mobilenet::test {
namespace {

using nlohmann::json;

// A PNG of 9000 x 9000 grey pixels, 243 MB as RGB, in some 80 KB: all zeros, without filters.
void WriteLargePng(const std::string& path) {
  const Bytes header = {0, 0, 0x23, 0x28, 0, 0, 0x23, 0x28, 1, 0, 0, 0, 0};
  const Bytes png = PngSignature() + PngChunk("IHDR", header) +
                    PngChunk("IDAT", ZlibOfZeros(9000 * (1 + 9000 / 8) + 300)) + PngChunk("IEND", {});
  WriteFileBytes(path, std::string(png.begin(), png.end()));
}

void CheckRefusal(const SmallModel& small, const std::string& begin) {
  WriteLargePng(small / "large.png");
  const auto run = [&](const std::string& output) {
    return RunCommand({"/bin/sh", "-c",
                       begin + "exec " + MobilenetCommand() +
                           " classify --threads 1 --decode-threads 1 --model " + small.model() +
                           " --format json " + output + (small / "large.png") + " " + small.picture()});
  };
  const auto result = run("");
  CAPTURE(result.err);
  CHECK(result.status == 1);
  const auto lines = Lines(result.out);
  REQUIRE(lines.size() == 2);
  const std::string error = json::parse(lines[0])["error"];
  CHECK(error.find("large.png: needs 233 MB of memory, and ") != std::string::npos);
  CHECK(error.find(" MB are available (") != std::string::npos);
  CHECK(json::parse(lines[1])["error"].is_null());

  // Recorded images are not tried again.
  CHECK(run("--output " + (small / "out.json") + " ").status == 1);
  CHECK(run("--resume --output " + (small / "out.json") + " ").status <= 1);
  CHECK(Lines(ReadFileBytes(small / "out.json")).size() == 2);
}

TEST_CASE("a picture larger than ulimit leaves memory for is refused with a record") {
  // Sanitizers and emulators need address space themselves.
  if (!TellsMemory()) return;
  const SmallModel small;
  CheckRefusal(small, "ulimit -v 300000; ");
  WriteLargePng(small / "large.png");
  const auto unlimited = RunMobilenet(Classify(small, {small / "large.png"}));
  CAPTURE(unlimited.err);
  CHECK(unlimited.status == 0);
}

TEST_CASE("a network larger than ulimit leaves memory for is refused before it takes any") {
  if (!TellsMemory()) return;
  const std::string command = "ulimit -v 400000; exec " + MobilenetCommand() +
                              " bench --arch vgg16 --random --threads 1 --backend native --runs 1 --warmup 0";
  const auto result = RunCommand({"/bin/sh", "-c", command});
  CAPTURE(result.err);
  CHECK(result.status == 2);
  CHECK(result.out == "");
  CHECK(result.err.find("mobilenet: vgg16 with random weights: needs 528 MB of memory, and ") == 0);
  CHECK(result.err.find(" MB are available (") != std::string::npos);
  CHECK(RunMeasured(command + " 2> /dev/null").peak_memory_mb < 40);
}

// A network of hardly more than one fully connected layer, like most of VGG-16 and AlexNet, whose weights are
// zeros.
double WriteLargeModel(const std::string& path) {
  constexpr int64_t kInputs = 64 * 64;
  constexpr int64_t kHidden = 10'000;
  const std::string layers =
      R"([{"name": "conv", "operator": "conv", "inputs": ["input"], "channels": 1, "kernel": [1, 1], "stride": 1,)"
      R"( "padding": "same"}, {"name": "fc", "operator": "fully_connected", "inputs": ["conv"], "channels": )" +
      std::to_string(kHidden) +
      R"(}, {"name": "logits", "operator": "fully_connected", "inputs": ["fc"], "channels": 3},)"
      R"( {"name": "softmax", "operator": "softmax", "inputs": ["logits"]}])";
  SafetensorsContents contents = SyntheticModel({.resolution = 32, .classes = 3});
  contents.metadata["mobilenet.layers"] = layers;
  contents.metadata["mobilenet.resolution"] = "64";
  contents.tensors.clear();
  const auto add = [&](const std::string& name, Shape shape) {
    const auto bytes = static_cast<size_t>(ElementCount(shape)) * sizeof(float);
    contents.tensors.push_back({name, "F32", std::move(shape), std::string(bytes, '\0')});
  };
  add("conv.weights", {1, 1, 1, 3});
  add("conv.bias", {1});
  add("fc.weights", {kHidden, kInputs});
  add("fc.bias", {kHidden});
  add("logits.weights", {3, kHidden});
  add("logits.bias", {3});
  const std::string file = contents.File();
  WriteFileBytes(path, file);
  return static_cast<double>(file.size()) / (1 << 20);
}

TEST_CASE(
    "the weights of a large network are packed once for all threads, and given back as they are packed") {
  if (!TellsMemory() || IsEmulated()) return;
  const SmallModel small;
  const double file_mb = WriteLargeModel(small / "large.safetensors");
  REQUIRE(file_mb > 150);
  for (const std::string& backend : BackendNames()) {
    for (const std::string& inputs : {small.picture(), small.picture() + " " + small.picture()}) {
      const std::string command = MobilenetCommand() + " classify --threads 4 --decode-threads 1 --backend " +
                                  backend + " --model " + (small / "large.safetensors") + " " + inputs +
                                  " > /dev/null 2>&1";
      const MeasuredRun run = RunMeasured(command);
      CAPTURE(command, file_mb);
      CHECK(run.status == 0);
      CHECK(run.peak_memory_mb < 1.25 * file_mb + 30);
    }
  }
}

TEST_CASE("a picture larger than a cgroup leaves memory for is refused with a record") {
  if (!TellsMemory()) return;
  const auto cgroup = Cgroup::WithMemoryLimit(int64_t{128} << 20);
  if (cgroup == nullptr) return;
  CheckRefusal(SmallModel(), cgroup->Enter());
}

}  // namespace
}  // namespace mobilenet::test
