#include "src/json/json_writer.h"

#include <cmath>
#include <limits>
#include <locale>
#include <nlohmann/json.hpp>

#include "test/support/catch.h"

namespace mobilenet {
namespace {

std::string StringText(std::string_view text) {
  JsonWriter json;
  json.String(text);
  return json.text();
}

std::string FixedJson(double value, int decimals) {
  JsonWriter json;
  json.Fixed(value, decimals);
  return json.text();
}

std::string SignificantJson(double value, int digits) {
  JsonWriter json;
  json.Significant(value, digits);
  return json.text();
}

// The bytes that a JSON string written by StringText stands for, read as Python does: json.loads, then
// os.fsencode.
std::string BytesOf(std::string json) {
  std::string bytes;
  while (true) {
    const size_t at = json.find("\\udc");
    const std::string valid = json.substr(0, at) + (at == json.npos ? "" : "\"");
    bytes += nlohmann::json::parse(valid).get<std::string>();
    if (at == json.npos) return bytes;
    bytes += static_cast<char>(std::stoi(json.substr(at + 4, 2), nullptr, 16));
    json.replace(0, at + 6, 1, '"');
  }
}

TEST_CASE("commas and names are where they belong") {
  JsonWriter json;
  json.BeginObject();
  json.Key("a");
  json.BeginArray();
  json.EndArray();
  json.Key("b");
  json.BeginArray();
  json.BeginObject();
  json.EndObject();
  json.Null();
  json.Integer(-3);
  json.EndArray();
  json.Key("c");
  json.ShapeArray({112, 112, 32});
  json.EndObject();
  CHECK(json.text() == R"({"a": [], "b": [{}, null, -3], "c": [112, 112, 32]})");
}

TEST_CASE("strings are escaped") {
  CHECK(StringText("") == "\"\"");
  CHECK(StringText("caf\xc3\xa9 \"x\" \\ / \n\t\r\b\x01\x7f\xc2\x85") ==
        "\"caf\xc3\xa9 \\\"x\\\" \\\\ / \\n\\t\\u000d\\u0008\\u0001\\u007f\\u0085\"");
  CHECK(StringText("caf\xe9.jpg") == "\"caf\\udce9.jpg\"");
  CHECK(StringText("\xed\xb2\x80") == "\"\\udced\\udcb2\\udc80\"");  // U+DC80 itself, which is not UTF-8
}

TEST_CASE("any bytes come back from a string") {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  for (int byte = 255; byte >= 0; --byte) all += static_cast<char>(byte);
  all += "\xc3\xa9\xf0\x9f\x98\x80\xe2\x82";
  for (size_t begin = 0; begin < all.size(); ++begin) {
    const std::string bytes = all.substr(begin);
    REQUIRE(BytesOf(StringText(bytes)) == bytes);
  }
}

TEST_CASE("numbers are short and exact enough") {
  CHECK(FixedJson(12.34567, 4) == "12.3457");
  CHECK(FixedJson(12.3, 4) == "12.3");
  CHECK(FixedJson(100, 4) == "100");
  CHECK(FixedJson(0, 4) == "0");
  CHECK(FixedJson(-0.00001, 4) == "0");
  CHECK(FixedJson(123456, 0) == "123456");
  CHECK(FixedJson(0.00004, 4) == "0");
  CHECK(SignificantJson(0.9134119749069214, 6) == "0.913412");
  CHECK(SignificantJson(1, 6) == "1");
  CHECK(SignificantJson(0, 6) == "0");
  CHECK(SignificantJson(0.00390625, 6) == "0.00390625");
  CHECK(nlohmann::json::parse(SignificantJson(1.23456789e-7, 6)).get<double>() == 1.23457e-7);
  CHECK(nlohmann::json::parse(FixedJson(std::numeric_limits<double>::max(), 4)).get<double>() ==
        std::numeric_limits<double>::max());
}

TEST_CASE("what JSON has no number for is null") {
  for (const double value : {std::nan(""), std::numeric_limits<double>::infinity(), -HUGE_VAL}) {
    CHECK(FixedJson(value, 4) == "null");
    CHECK(SignificantJson(value, 6) == "null");
  }
}

}  // namespace
}  // namespace mobilenet
