// Files that were cut off, and thousands that were changed at random: an Error, or a file that can be read to
// its last byte, never anything else. The files end at the end of a page, so that a read beyond the end is a
// crash.
#include <cstring>
#include <random>

#include "src/base/error.h"
#include "src/base/str_cat.h"
#include "test/support/catch.h"
#include "test/weights/broken_file.h"

namespace mobilenet {
namespace {

using test::BrokenFile;
using test::SafetensorsContents;
using test::TensorContents;

constexpr size_t kPageBytes = 4096;

// A model file with only the first tensors, its size a multiple of the page's.
SafetensorsContents SmallModel() {
  SafetensorsContents contents =
      test::SyntheticModel({.classes = 3, .quantization = WeightQuantization::kS8PerChannel});
  std::erase_if(contents.tensors, [](const TensorContents& tensor) {
    return tensor.name.find("conv1.") != 0 && tensor.name.find("input.") != 0;
  });
  contents.tensors.push_back({"padding", "U8", {50'000}, std::string(50'000, 'p')});
  TensorContents& padding = contents.tensors.back();
  const size_t excess = contents.File().size() % kPageBytes;
  padding.data.resize(padding.data.size() - excess);
  padding.shape = {static_cast<int64_t>(padding.data.size())};
  return contents;
}

size_t HeaderBytes(const std::string& file) {
  uint64_t length = 0;
  std::memcpy(&length, file.data(), sizeof length);
  return static_cast<size_t>(length);
}

// Reads whatever the file claims to hold. Returns whether there was no Error.
bool ReadAll(const std::string& path) {
  try {
    const ModelFile model = ModelFile::Open(path);
    const Safetensors file = Safetensors::Open(path);
    unsigned sum = 0;
    for (const char* name :
         {"conv1.weights", "conv1.bias", "conv1.weights.scale", "input.scale", "padding"}) {
      if (const Safetensors::Entry* entry = file.Find(name)) {
        for (size_t i = 0; i < entry->size_bytes; ++i) sum += std::to_integer<unsigned>(entry->data[i]);
      }
    }
    for (const std::string& label : model.labels()) sum += static_cast<unsigned>(label.size());
    model.Tensor("conv1.weights", DataType::kS8, {8, 3, 3, 3});
    model.Tensor("conv1.bias", DataType::kS32, {8});
    model.Scales("conv1.weights", 8);
    model.ZeroPoint("conv1.weights");
    return sum != 0;
  } catch (const Error& error) {
    const std::string message = error.what();
    CAPTURE(message);
    CHECK(message.rfind(path + ": ", 0) == 0);
    CHECK(message.size() < path.size() + 400);
    return false;
  }
}

TEST_CASE("a model file cut off at any 64th byte of its header is refused") {
  const std::string whole = test::SyntheticModel({.quantization = WeightQuantization::kU8PerTensor}).File();
  const size_t data_start = 8 + HeaderBytes(whole);
  REQUIRE(data_start > 5000);
  for (size_t length = 0; length <= data_start; length += 64) {
    CAPTURE(length);
    const std::string message = test::ModelMessage(whole.substr(0, length));
    if (length == 0) {
      CHECK(message == "the file is empty");
    } else if (length < data_start) {
      CHECK(message == StrCat("header of ", data_start - 8, " bytes, but only ", length - 8,
                              " follow (truncated, or not a safetensors file)"));
    } else {
      CHECK(message.find("but the file has 0 bytes of data (truncated?)") != std::string::npos);
    }
  }
}

TEST_CASE("a model file cut off anywhere in its data is refused") {
  const std::string whole = test::SyntheticModel({.quantization = WeightQuantization::kNone}).File();
  const size_t data_start = 8 + HeaderBytes(whole);
  const size_t data_bytes = whole.size() - data_start;
  for (size_t tenth = 1; tenth <= 10; ++tenth) {
    const size_t kept = data_bytes * tenth / 10 - 1;
    CAPTURE(kept);
    CHECK(test::ModelMessage(whole.substr(0, data_start + kept))
              .find(StrCat("but the file has ", kept, " bytes of data (truncated?)")) != std::string::npos);
  }
  CHECK(test::ModelMessage(whole + "x") ==
        StrCat(data_bytes + 1, " bytes of data, but the tensors end at ", data_bytes));
}

TEST_CASE("headers changed at random never do more than fail") {
  const SafetensorsContents contents = SmallModel();
  const std::string whole = contents.File();
  REQUIRE(whole.size() % kPageBytes == 0);
  REQUIRE(ReadAll(BrokenFile(whole).path()));
  const std::string header = whole.substr(8, HeaderBytes(whole));
  const std::string data = contents.Data();

  constexpr std::string_view kPieces[] = {"9223372036854775807",
                                          "18446744073709551616",
                                          "-1",
                                          "0",
                                          "1e308",
                                          "4294967296",
                                          "[",
                                          "]",
                                          "{",
                                          "}",
                                          "\"",
                                          ",",
                                          ":",
                                          "\\",
                                          "null",
                                          "\\u0000",
                                          "\"F64\"",
                                          "\xff"};
  const test::TemporaryFolder folder;
  const std::string path = folder / "model.safetensors";
  int accepted = 0;
  constexpr int kMutations = 2000;
  for (uint32_t seed = 0; seed < kMutations; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto below = [&](size_t limit) { return static_cast<size_t>(random()) % limit; };
    std::string changed = header;
    for (size_t change = 0, changes = 1 + below(3); change < changes; ++change) {
      const size_t at = below(changed.size());
      switch (below(6)) {
        case 0:  // a bit
          changed[at] = static_cast<char>(changed[at] ^ (1 << below(8)));
          break;
        case 1: {  // a digit, which leaves the text valid
          const size_t digit = changed.find_first_of("0123456789", at);
          if (digit != changed.npos) changed[digit] = static_cast<char>('0' + below(10));
          break;
        }
        case 2:  // a lost piece
          changed.erase(at, 1 + below(20));
          break;
        case 3: {  // a repeated piece
          const std::string piece = changed.substr(at, 1 + below(200));
          changed.insert(below(changed.size()), piece);
          break;
        }
        case 4:  // a meaningful piece
          changed.insert(at, kPieces[below(std::size(kPieces))]);
          break;
        case 5: {  // another number
          const size_t begin = changed.find_first_of("0123456789", at);
          if (begin == changed.npos) break;
          const size_t end = changed.find_first_not_of("0123456789", begin);
          changed.replace(begin, end == changed.npos ? end : end - begin, kPieces[below(6)]);
          break;
        }
      }
      if (changed.empty()) changed.push_back('{');
    }
    // As long as before if possible, so that the data stay where they were and the end of the page
    // matters.
    while (changed.size() > header.size() && changed.back() == ' ') changed.pop_back();
    if (changed.size() < header.size()) changed.resize(header.size(), ' ');
    test::WriteFileBytes(path, test::SafetensorsFile(changed, data));
    accepted += ReadAll(path);
  }
  // Most changes are noticed; some, as in a label, are not mistakes.
  CHECK(accepted > 0);
  CHECK(accepted < kMutations / 2);
}

TEST_CASE("header lengths changed at random never do more than fail") {
  const std::string whole = SmallModel().File();
  const test::TemporaryFolder folder;
  const std::string path = folder / "model.safetensors";
  for (uint32_t seed = 0; seed < 500; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    std::string changed = whole;
    const size_t byte = random() % 8;
    changed[byte] = static_cast<char>(changed[byte] ^ static_cast<char>(1 + random() % 255));
    test::WriteFileBytes(path, changed);
    CHECK_FALSE(ReadAll(path));
  }
}

}  // namespace
}  // namespace mobilenet
