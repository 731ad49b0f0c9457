#include "src/weights/safetensors.h"

#include <cstring>
#include <filesystem>

#include "src/base/str_cat.h"
#include "test/support/catch.h"
#include "test/support/skip.h"
#include "test/weights/broken_file.h"

namespace mobilenet {
namespace {

using test::AlignedSafetensorsFile;
using test::SafetensorsContents;
using test::SafetensorsFile;
using test::SafetensorsMessage;

// What is said about 16 bytes of data under this header.
std::string HeaderMessage(const std::string& header) {
  return SafetensorsMessage(AlignedSafetensorsFile(header, std::string(16, '\1')));
}

// What is said about one tensor of 16 bytes in which everything is right except for this text.
std::string TensorMessage(const std::string& fields) {
  return HeaderMessage("{\"w\":{" + fields + "}}");
}

TEST_CASE("tensors and metadata of a safetensors file are found by name") {
  const SafetensorsContents contents{{{"key", "a \"value\""}},
                                     {{"a", "F32", {2}, std::string("\0\0\x80?\0\0\0\xc0", 8)},  // 1, -2
                                      {"b", "U8", {1, 3}, "xyz"},
                                      {"none", "U8", {0, 5}, ""},
                                      {"scalar", "I8", {}, "s"},
                                      {"exotic", "F4", {1}, "q"}}};
  const test::BrokenFile file(contents.File());
  const Safetensors tensors = Safetensors::Open(file.path());
  CHECK(tensors.path() == file.path());
  CHECK(tensors.metadata().at("key") == "a \"value\"");
  const Safetensors::Entry* a = tensors.Find("a");
  REQUIRE(a != nullptr);
  CHECK(a->dtype == "F32");
  CHECK(a->shape == Shape{2});
  float values[2];
  REQUIRE(a->size_bytes == sizeof values);
  std::memcpy(values, a->data, sizeof values);
  CHECK(values[0] == 1.0f);
  CHECK(values[1] == -2.0f);
  REQUIRE(tensors.Find("b") != nullptr);
  CHECK(std::memcmp(tensors.Find("b")->data, "xyz", 3) == 0);
  CHECK(tensors.Find("none")->size_bytes == 0);
  CHECK(tensors.Find("scalar")->shape.empty());
  CHECK(tensors.Find("exotic")->dtype == "F4");
  CHECK(tensors.Find("c") == nullptr);
  CHECK(tensors.Find("__metadata__") == nullptr);
}

TEST_CASE("files of the format's own library are read") {
  const std::string shared = test::SharedFolder();
  if (shared.empty()) return;
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(shared + "golden/outputs")) {
    if (entry.path().extension() != ".safetensors") continue;
    const Safetensors tensors = Safetensors::Open(entry.path().string());
    const Safetensors::Entry* logits = tensors.Find("logits");
    REQUIRE(logits != nullptr);
    CHECK(logits->shape.at(0) == 108);
    ++files;
  }
  CHECK(files > 0);
}

TEST_CASE("a file that is not safetensors is refused") {
  CHECK(SafetensorsMessage("\x01\x02\x03") == "not a safetensors file: 3 bytes (at least 8 are needed)");
  CHECK(SafetensorsMessage(std::string("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16)) ==
        "not a safetensors file: header length 727905341920923785 (at most 100000000)");
  CHECK(SafetensorsMessage("a text file, nothing else\n") ==
        "not a safetensors file: header length 7359009851570397281 (at most 100000000)");
  CHECK(SafetensorsMessage(std::string(4096, '\0')) ==
        "not a safetensors file: the header does not start with {");
  CHECK(SafetensorsMessage(SafetensorsFile("[]", "")) ==
        "not a safetensors file: the header does not start with {");
  CHECK(SafetensorsMessage(SafetensorsFile("\xef\xbb\xbf{}", "")) ==
        "not a safetensors file: the header does not start with {");
  CHECK(test::MessageOf([] { Safetensors::Open("/dev/null"); }) == "/dev/null: is not a regular file");
}

TEST_CASE("a header length that the file cannot have is refused") {
  const auto with_length = [](uint64_t length) {
    std::string file = SafetensorsFile("{}", "");
    std::memcpy(file.data(), &length, sizeof length);
    return SafetensorsMessage(file);
  };
  CHECK(with_length(3) == "header of 3 bytes, but only 2 follow (truncated, or not a safetensors file)");
  CHECK(with_length(100'000'000) ==
        "header of 100000000 bytes, but only 2 follow (truncated, or not a safetensors file)");
  CHECK(with_length(100'000'001) == "not a safetensors file: header length 100000001 (at most 100000000)");
  for (const uint64_t length : {uint64_t{1} << 32, uint64_t{1} << 63, ~uint64_t{0}, ~uint64_t{0} - 7}) {
    CHECK(with_length(length) ==
          StrCat("not a safetensors file: header length ", length, " (at most 100000000)"));
  }
  CHECK(with_length(1).find("header: not valid JSON at byte ") == 0);
}

TEST_CASE("a header of wrong types is refused") {
  CHECK(HeaderMessage("{").find("header: not valid JSON at byte ") == 0);
  CHECK(HeaderMessage("{\"w\":1}") == "w: no dtype");
  CHECK(HeaderMessage("{\"w\":{}}") == "w: no dtype");
  CHECK(HeaderMessage("{\"__metadata__\":[]}") == "__metadata__ is not an object");
  CHECK(HeaderMessage("{\"__metadata__\":{\"a\":1}}") == "metadata a is not a string");
  CHECK(TensorMessage(R"("dtype":4,"shape":[4],"data_offsets":[0,16])") == "w: no dtype");
  CHECK(TensorMessage(R"("dtype":"F32","data_offsets":[0,16])") ==
        "w: shape is not a list of nonnegative integers");
  for (const char* shape : {"4", "[-4]", "[4.0]", "[\"4\"]", "[[4]]", "[18446744073709551615]", "null"}) {
    CAPTURE(shape);
    CHECK(TensorMessage(StrCat(R"("dtype":"F32","shape":)", shape, R"(,"data_offsets":[0,16])")) ==
          "w: shape is not a list of nonnegative integers");
  }
  for (const char* offsets :
       {"16", "[16]", "[0,8,16]", "[-1,16]", "[0,16.0]", "[0,18446744073709551615]", "{}"}) {
    CAPTURE(offsets);
    CHECK(TensorMessage(StrCat(R"("dtype":"F32","shape":[4],"data_offsets":)", offsets)) ==
          "w: data_offsets are not two nonnegative integers");
  }
  CHECK(TensorMessage(R"("dtype":"F32","shape":[4],"shape":[4],"data_offsets":[0,16])") ==
        "header: key shape occurs twice");
  CHECK(HeaderMessage(R"({"w":{"dtype":"U8","shape":[16],"data_offsets":[0,16]},)"
                      R"("w":{"dtype":"U8","shape":[16],"data_offsets":[0,16]}})") ==
        "header: key w occurs twice");
  CHECK(HeaderMessage("{\"w\":" + std::string(1'000'000, '[')) == "header: nested more than 8 deep");
}

TEST_CASE("a tensor's range must lie in the file and be that of its shape") {
  CHECK(TensorMessage(R"("dtype":"F32","shape":[4],"data_offsets":[16,0])") ==
        "w: data_offsets [16, 0) end before they begin");
  CHECK(TensorMessage(R"("dtype":"F32","shape":[5],"data_offsets":[0,20])") ==
        "w: data_offsets [0, 20), but the file has 16 bytes of data (truncated?)");
  CHECK(
      TensorMessage(R"("dtype":"U8","shape":[9223372036854775807],"data_offsets":[0,9223372036854775807])") ==
      "w: data_offsets [0, 9223372036854775807), but the file has 16 bytes of data (truncated?)");
  CHECK(TensorMessage(R"("dtype":"F32","shape":[3],"data_offsets":[0,16])") ==
        "w: 16 bytes of data, expected 12 for F32 [3]");
  CHECK(TensorMessage(R"("dtype":"I64","shape":[4],"data_offsets":[0,16])") ==
        "w: 16 bytes of data, expected 32 for I64 [4]");
  CHECK(TensorMessage(R"("dtype":"U8","shape":[16,0],"data_offsets":[0,16])") ==
        "w: 16 bytes of data, expected 0 for U8 [16, 0]");
  // 2^32 x 2^32 and 4 x 2^62: products that are 0 or 16 modulo 2^64.
  CHECK(TensorMessage(R"("dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0])") ==
        "w: 0 bytes of data, expected more than 2^64 for U8 [4294967296, 4294967296]");
  CHECK(TensorMessage(R"("dtype":"F32","shape":[4611686018427387908],"data_offsets":[0,16])") ==
        "w: 16 bytes of data, expected more than 2^64 for F32 [4611686018427387908]");
}

TEST_CASE("tensors fill the data without overlap, hole or rest") {
  const auto two = [](const std::string& first, const std::string& second) {
    return HeaderMessage(R"({"a":{"dtype":"U8","shape":)" + first + R"(},"b":{"dtype":"U8","shape":)" +
                         second + "}}");
  };
  CHECK(two(R"([8],"data_offsets":[0,8])", R"([9],"data_offsets":[7,16])") ==
        "b at [7, 16) overlaps a at [0, 8)");
  CHECK(two(R"([16],"data_offsets":[0,16])", R"([16],"data_offsets":[0,16])").find("overlaps") !=
        std::string::npos);
  CHECK(two(R"([16],"data_offsets":[0,16])", R"([2],"data_offsets":[4,6])") ==
        "b at [4, 6) overlaps a at [0, 16)");
  CHECK(two(R"([7],"data_offsets":[9,16])", R"([8],"data_offsets":[0,8])") ==
        "hole in the data: a at [9, 16), expected at 8");
  CHECK(two(R"([4],"data_offsets":[1,5])", R"([11],"data_offsets":[5,16])") ==
        "hole in the data: a at [1, 5), expected at 0");
  CHECK(two(R"([8],"data_offsets":[0,8])", R"([4],"data_offsets":[8,12])") ==
        "16 bytes of data, but the tensors end at 12");
  CHECK(HeaderMessage("{}") == "16 bytes of data, but the tensors end at 0");
}

TEST_CASE("unaligned tensors are refused") {
  CHECK(HeaderMessage(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},)"
                      R"("b":{"dtype":"F64","shape":[1],"data_offsets":[4,12]},)"
                      R"("c":{"dtype":"U8","shape":[4],"data_offsets":[12,16]}})") ==
        "b: unaligned: F64 data at byte 4 of the data (a multiple of 8 in the file is needed)");
  // The header's length counts too: 8 + 61 bytes.
  std::string header = R"({"w":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}})";
  while (header.size() % 4 != 1) header += ' ';
  CHECK(SafetensorsMessage(SafetensorsFile(header, std::string(16, '\1'))) ==
        "w: unaligned: F32 data at byte 0 of the data (a multiple of 4 in the file is needed)");
}

TEST_CASE("the number of tensors is limited") {
  std::string header = "{";
  for (size_t i = 0; i <= Safetensors::kMaxTensors; ++i) {
    header += StrCat(i ? "," : "", "\"", i, R"(":{"dtype":"U8","shape":[0],"data_offsets":[0,0]})");
  }
  CHECK(HeaderMessage(header + "}") == "more than 32768 tensors");
}

TEST_CASE("a long name does not make a long message") {
  const std::string name(100'000, 'n');
  CHECK(HeaderMessage("{\"" + name + "\":1}") == std::string(80, 'n') + "...: no dtype");
}

}  // namespace
}  // namespace mobilenet
