// Files that are not models: one line on stderr, status 2, nothing done. What the reader itself refuses is
// tested in test/weights; here, that all of it reaches the user, and what only a network notices.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <iostream>

#include "models/registry.h"
#include "src/weights/model_file.h"
#include "test/support/catch.h"
#include "test/support/small_model.h"

namespace mobilenet {
namespace {

using test::ReadFileBytes;
using test::RunMobilenet;
using test::SmallModel;
using test::WriteFileBytes;

// What the program says about these bytes as a model.
std::string MessageForModel(const SmallModel& small, const std::string& bytes) {
  const std::string path = small / "broken.safetensors";
  WriteFileBytes(path, bytes);
  const auto result = RunMobilenet({"classify", "--model", path, small.picture()});
  CAPTURE(result.err);
  CHECK(result.status == 2);
  CHECK(result.out == "");
  CHECK(result.err.find("mobilenet: " + path + ": ") == 0);
  CHECK(result.err.find('\n') == result.err.size() - 1);
  return result.err.substr(std::min(result.err.size(), std::string("mobilenet: " + path + ": ").size()));
}

size_t HeaderBytes(const std::string& file) {
  uint64_t length = 0;
  std::memcpy(&length, file.data(), sizeof(length));
  return static_cast<size_t>(length);
}

// The file with `from` in its header replaced by `to`, filled up with spaces taken from the padding.
std::string WithHeader(std::string file, const std::string& from, const std::string& to) {
  const size_t end = 8 + HeaderBytes(file);
  const size_t at = file.find(from);
  REQUIRE(at < end);
  std::string header = file.substr(0, end);
  header.replace(at, from.size(), to);
  while (header.size() > end && header.back() == ' ') header.pop_back();
  header.resize(end, ' ');
  return header + file.substr(end);
}

// A model file without a checksum: its weights are taken as they are.
std::string WithoutChecksum(const SmallModel& small) {
  return WithHeader(ReadFileBytes(small.model()), "\"mobilenet.checksum\"", "\"mobilenet.no_check_\"");
}

TEST_CASE("damaged weights are refused, wherever the damage is") {
  const SmallModel small;
  const std::string whole = ReadFileBytes(small.model());
  const size_t data_start = 8 + HeaderBytes(whole);
  constexpr size_t kPage = 4096;
  const size_t last = whole.size() - kPage;
  for (size_t at : {data_start, data_start + (last - data_start) / 2, last}) {
    CAPTURE(at);
    std::string file = whole;
    file.replace(at, kPage, kPage, '\0');
    const std::string message = MessageForModel(small, file);
    CHECK(message.find("the weights are damaged: checksum sums64:") == 0);
    CHECK(message.find(", expected sums64:") != std::string::npos);
    CHECK(message.find("(get the model again)") != std::string::npos);
  }
  std::string file = whole;
  file.replace(last, kPage, kPage, '\0');
  const std::string path = small / "damaged.safetensors";
  WriteFileBytes(path, file);
  const auto doctor = RunMobilenet({"doctor"}, {"MOBILENET_MODEL=" + path});
  CHECK(doctor.status == 0);
  CHECK(doctor.out.find(path + ": the weights are damaged: checksum ") != std::string::npos);
}

TEST_CASE("a checksum of another kind is refused, and files without one are read") {
  const SmallModel small;
  const std::string whole = ReadFileBytes(small.model());
  const size_t key = whole.find("mobilenet.checksum");
  REQUIRE(key != std::string::npos);
  const std::string sum = whole.substr(whole.find("sums64:", key), 7 + 32);
  CHECK(MessageForModel(small, WithHeader(whole, sum, "xxh3_64:0123456789abcdef"))
            .find("the weights are damaged: ") == 0);
  const std::string path = small / "without.safetensors";
  WriteFileBytes(path, WithHeader(whole, "mobilenet.checksum", "somebody.elses"));
  CHECK(RunMobilenet({"classify", "--model", path, small.picture()}).status == 0);
}

TEST_CASE("a model file cut off anywhere is refused") {
  const SmallModel small;
  const std::string file = ReadFileBytes(small.model());
  const size_t data_start = 8 + HeaderBytes(file);
  // The program at some places; all of them, at every 64th byte, are tried on the reader in test/weights.
  for (size_t length :
       {size_t{0}, size_t{7}, size_t{8}, size_t{64}, data_start / 2, data_start - 1, data_start}) {
    CAPTURE(length);
    MessageForModel(small, file.substr(0, length));
  }
  for (size_t tenth = 0; tenth < 10; ++tenth) {
    MessageForModel(small, file.substr(0, data_start + (file.size() - data_start) * tenth / 10));
  }
}

TEST_CASE("a model of no known architecture lists the known ones") {
  const SmallModel small;
  const std::string file = ReadFileBytes(small.model());
  CHECK(MessageForModel(small, WithHeader(file, "\"mobilenet_v1\"", "\"mobilenet_vx\"")) ==
        "unknown architecture mobilenet_vx (known: " + ArchitectureNames() + ")\n");
}

TEST_CASE("if a model's metadata don't fit its tensors, the message names the tensor and both shapes") {
  const SmallModel small;
  const std::string file = ReadFileBytes(small.model());
  const std::string message = MessageForModel(
      small,
      WithHeader(file, "\"mobilenet.width_multiplier\":\"0.25\"", "\"mobilenet.width_multiplier\":\"0.50\""));
  CHECK(message.find("conv1.weights: shape [8, 3, 3, 3], expected [16, 3, 3, 3]") != std::string::npos);
}

TEST_CASE("a resolution that the network cannot have is refused") {
  const SmallModel small;
  const std::string file = ReadFileBytes(small.model());
  CHECK(MessageForModel(
            small, WithHeader(file, "\"mobilenet.resolution\":\"32\"", "\"mobilenet.resolution\":\"33\"")) ==
        "resolution 33 (a multiple of 32 in 32...2048)\n");
}

TEST_CASE("a missing tensor is named") {
  const SmallModel small;
  const std::string file = ReadFileBytes(small.model());
  CHECK(MessageForModel(small, WithHeader(file, "\"conv_pw_7.bias\"", "\"conv_pw_7.bios\""))
            .find("conv_pw_7.bias") != std::string::npos);
}

TEST_CASE("a bias that would overflow 32-bit sums is refused") {
  const SmallModel small;
  std::string file = WithoutChecksum(small);
  {
    const ModelFile model = ModelFile::Open(small.model());
    const TensorView bias = model.Tensor("conv1.bias", DataType::kS32, {8});
    const TensorView weights = model.Tensor("conv1.weights", DataType::kS8, {8, 3, 3, 3});
    // Its place in the file: the same bytes are there.
    const std::string bytes(bias.As<char>(), 8 * sizeof(int32_t));
    const size_t at = file.find(bytes, 8 + HeaderBytes(file));
    REQUIRE(at != std::string::npos);
    REQUIRE(weights.data != nullptr);
    std::memcpy(file.data() + at, "\xff\xff\xff\x7f", 4);
  }
  const std::string message = MessageForModel(small, file);
  CHECK(message.find("conv1.bias: value 2147483647 of channel 0 (at most ") == 0);
}

TEST_CASE("an int8 weight of -128 is refused") {
  const SmallModel small;
  std::string file = WithoutChecksum(small);
  {
    const ModelFile model = ModelFile::Open(small.model());
    const TensorView weights = model.Tensor("logits.weights", DataType::kS8, {10, 256});
    const size_t at = file.find(std::string(weights.As<char>(), 10 * 256), 8 + HeaderBytes(file));
    REQUIRE(at != std::string::npos);
    file[at + 5] = '\x80';
  }
  CHECK(MessageForModel(small, file) ==
        "logits.weights: element 5 is -128 (-127...127: int8 weights are symmetric)\n");
}

TEST_CASE("weights whose scores are not numbers make records with an error") {
  const SmallModel small(WeightQuantization::kNone);
  std::string file = WithoutChecksum(small);
  {
    const ModelFile model = ModelFile::Open(small.model());
    const TensorView weights = model.Tensor("logits.weights", DataType::kF32, {10, 256});
    const std::string bytes(weights.As<char>(), 10 * 256 * sizeof(float));
    const size_t at = file.find(bytes, 8 + HeaderBytes(file));
    REQUIRE(at != std::string::npos);
    const float large = 3e38f;  // every logit is infinite, and their softmax is not a number
    for (size_t i = 0; i < 10 * 256; ++i)
      std::memcpy(file.data() + at + i * sizeof large, &large, sizeof large);
  }
  WriteFileBytes(small / "large.safetensors", file);
  const auto result = RunMobilenet({"classify", "--format", "csv", "--model", small / "large.safetensors",
                                    small.picture(), small.picture()});
  CHECK(result.status == 1);
  CHECK(result.err.find("mobilenet: " + small.picture() + ": the network's scores are not numbers (") == 0);
  CHECK(result.err.find("2 images, 2 failures") != std::string::npos);
}

TEST_CASE("a precision that the file has no weights for is refused") {
  const SmallModel small(WeightQuantization::kNone);
  const auto result =
      RunMobilenet({"classify", "--precision", "s8", "--model", small.model(), small.picture()});
  CHECK(result.status == 2);
  CHECK(result.err ==
        "mobilenet: " + small.model() +
            ": cannot run a file of f32 weights as s8 (f32; mobilenet quantize makes one of s8 weights)\n");
}

TEST_CASE("no model file, a folder, or no permission for it, says so") {
  const SmallModel small;
  const auto message = [&](const std::string& model) {
    const auto result = RunMobilenet({"classify", "--model", model, small.picture()});
    CHECK(result.status == 2);
    CHECK(result.err.find("mobilenet: " + model + ": ") == 0);
    return result.err;
  };
  CHECK(message(small / "none.safetensors").find("o such file") != std::string::npos);
  CHECK(message(small / "").find("directory") != std::string::npos);
}

TEST_CASE("a model file without read permission says so") {
  if (::geteuid() == 0) {
    std::cout << "SKIPPED: root may read everything" << std::endl;
    return;
  }
  const SmallModel small;
  ::chmod(small.model().c_str(), 0);
  const auto result = RunMobilenet({"classify", "--model", small.model(), small.picture()});
  CHECK(result.status == 2);
  CHECK(result.err.find("ermission denied") != std::string::npos);
}

}  // namespace
}  // namespace mobilenet
