#include "src/json/json.h"

#include <cmath>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>

#include "src/json/json_writer.h"
#include "test/support/catch.h"
#include "test/weights/broken_file.h"

namespace mobilenet {
namespace {

std::string MessageFor(const std::string& text) {
  return test::MessageOf([&] { ParseJson(text, "it"); });
}

TEST_CASE("a JSON text becomes the tree of its values") {
  const Json json = ParseJson(
      R"({"a": [1, -2, 2.5, 9223372036854775807, 18446744073709551615], "b": "\u00e9\n", "c": null})", "it");
  REQUIRE(json.is_object());
  const Json* a = json.Find("a");
  REQUIRE(a != nullptr);
  REQUIRE(a->is_array());
  REQUIRE(a->elements.size() == 5);
  CHECK(*a->elements[0].Integer() == 1);
  CHECK(*a->elements[1].Integer() == -2);
  CHECK(a->elements[2].Integer() == nullptr);
  CHECK(a->elements[2].Number() == 2.5);
  CHECK(a->elements[1].Number() == -2.0);
  CHECK(*a->elements[3].Integer() == std::numeric_limits<int64_t>::max());
  // Too large for an integer here: a number, not a wrong integer.
  CHECK(a->elements[4].Integer() == nullptr);
  CHECK(a->elements[4].Number() == std::ldexp(1.0, 64));
  REQUIRE(json.Find("b") != nullptr);
  CHECK(*json.Find("b")->String() == "\xc3\xa9\n");
  CHECK(json.Find("b")->Number() == std::nullopt);
  CHECK(json.Find("c")->String() == nullptr);
  CHECK(json.Find("d") == nullptr);
  CHECK(a->Find("a") == nullptr);
}

TEST_CASE("text that is not JSON is refused with its position") {
  CHECK(MessageFor("").find("it: not valid JSON at byte ") == 0);
  CHECK(MessageFor("{\"a\": 1,}") == "it: not valid JSON at byte 9");
  CHECK(MessageFor("[1] 2") == "it: not valid JSON at byte 5");
  CHECK(MessageFor("[NaN]").find("it: not valid JSON at byte ") == 0);
  CHECK(MessageFor("[1e999]").find("it: not valid JSON at byte ") == 0);
  CHECK(MessageFor("[\"a\nb\"]").find("it: not valid JSON at byte ") == 0);
  CHECK(MessageFor("[\"\xff\"]").find("it: not valid JSON at byte ") == 0);      // not UTF-8
  CHECK(MessageFor("[\"\xc0\x80\"]").find("it: not valid JSON at byte ") == 0);  // overlong
  CHECK(MessageFor("[\"\\ud800\"]").find("it: not valid JSON at byte ") == 0);   // half a pair
  CHECK(MessageFor(std::string("[1]\0[2]", 7)) == "it: not valid JSON at byte 4");
}

TEST_CASE("a key twice is refused at every depth") {
  CHECK(MessageFor(R"({"a": 1, "b": 2, "a": 1})") == "it: key a occurs twice");
  CHECK(MessageFor(R"([{"a": {"b": 1, "\u0062": 2}}])") == "it: key b occurs twice");
  const std::string long_key(1000, 'k');
  CHECK(MessageFor("{\"" + long_key + "\": 1, \"" + long_key + "\": 1}") ==
        "it: key " + std::string(80, 'k') + "... occurs twice");
}

TEST_CASE("depth is limited, however deep the text goes") {
  CHECK_NOTHROW(ParseJson(std::string(kMaxJsonDepth, '[') + std::string(kMaxJsonDepth, ']'), "it"));
  CHECK(MessageFor(std::string(kMaxJsonDepth + 1, '[') + std::string(kMaxJsonDepth + 1, ']')) ==
        "it: nested more than 8 deep");
  CHECK(MessageFor(std::string(20'000'000, '[')) == "it: nested more than 8 deep");
  std::string objects;
  for (int i = 0; i < 1'000'000; ++i) objects += "{\"a\":";
  CHECK(MessageFor(objects) == "it: nested more than 8 deep");
}

TEST_CASE("the number of values is limited") {
  const auto list = [](size_t count) {
    std::string text = "[0";
    for (size_t i = 1; i < count; ++i) text += ",0";
    return text + "]";
  };
  CHECK(ParseJson(list(kMaxJsonValues - 1), "it").elements.size() == kMaxJsonValues - 1);
  CHECK(MessageFor(list(kMaxJsonValues)) == "it: more than 500000 values");
}

TEST_CASE("the length is limited") {
  CHECK(MessageFor("[" + std::string(kMaxJsonBytes, ' ') + "]") ==
        "it: 100000002 bytes of JSON (at most 100000000)");
}

TEST_CASE("scalars are of one kind each") {
  const Json json = ParseJson("[null, true, false, 0, \"\"]", "it");
  CHECK(json.elements[0].is_null());
  CHECK(*json.elements[1].Boolean());
  CHECK(!*json.elements[2].Boolean());
  CHECK(json.elements[3].Boolean() == nullptr);
  for (size_t i = 1; i < 5; ++i) CHECK(!json.elements[i].is_null());
  CHECK(!json.is_null());
}

TEST_CASE("bytes that were not UTF-8 come back") {
  CHECK(*ParseJson(R"("caf\udce9.jpg")", "it").String() == "caf\xe9.jpg");
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  all += "\xc3\xa9\xf0\x9f\x98\x80\xe2\x82";
  JsonWriter writer;
  writer.String(all);
  CHECK(*ParseJson(writer.text(), "it").String() == all);
  // Every other half of a pair is invalid, and none is a byte.
  for (const char* text : {R"("\udc7f")", R"("\udd00")", R"("\udfff")", R"("\ud83d")", R"("\ud83dx")",
                           R"("\ud83d\u0041")", R"("\ud83d\ud83d")"}) {
    CHECK(!TryParseJson(text));
  }
}

// nlohmann's values as the same tree.
Json FromNlohmann(const nlohmann::ordered_json& other) {
  Json json;
  if (other.is_array()) {
    json.kind = Json::Kind::kArray;
    for (const auto& element : other) json.elements.push_back(FromNlohmann(element));
  } else if (other.is_object()) {
    json.kind = Json::Kind::kObject;
    for (const auto& [key, value] : other.items()) {
      json.keys.push_back(key);
      json.elements.push_back(FromNlohmann(value));
    }
  } else if (other.is_string()) {
    json.scalar = other.get<std::string>();
  } else if (other.is_boolean()) {
    json.scalar = other.get<bool>();
  } else if (other.is_number_integer()) {
    json.scalar = other.get<int64_t>();
  } else if (other.is_number()) {
    json.scalar = other.get<double>();
  }
  return json;
}

std::string Text(const Json& json) {
  JsonWriter writer;
  writer.Value(json);
  return writer.text();
}

TEST_CASE("the reader takes what another library takes, and reads the same") {
  const std::string seeds[] = {
      R"({"a": [1, -2.5e3, 0, -0.1, 1E+2, 12345678901], "b": {"c": null, "d": [true, false, {}, []]}})",
      R"(["\u00e9\ud83d\ude00\"\\\/\b\f\n\r\t", "caf\u00e9", "x", ""])",
      " [ 1 ,\t2 ,\r\n3 ] ",
      "\"\xf0\x9f\x98\x80 \xc3\xa9\"",
      "-1",
      "[01, 1., .5, 1e, -, +1, 0x10]",
  };
  const std::string bytes = "{}[]\"\\:,0123456789+-.eE truefalsn\n\x01\x7f\xc3\xa9";
  std::mt19937 random(20170417);
  int valid = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string text = seeds[random() % std::size(seeds)];
    for (unsigned changes = random() % 4; changes > 0; --changes) {
      const size_t at = random() % text.size();
      const char byte = bytes[random() % bytes.size()];
      if (random() % 3 == 0) {
        text.erase(at, 1);
      } else if (random() % 2 == 0) {
        text.insert(at, 1, byte);
      } else {
        text[at] = byte;
      }
      if (text.empty()) text = " ";
    }
    CAPTURE(text);
    const auto other = nlohmann::ordered_json::parse(text, nullptr, false);
    const auto json = TryParseJson(text);
    // A key that occurs twice and a number beyond the range are read there, and not here.
    if (!json && !other.is_discarded()) continue;
    REQUIRE(json.has_value() == !other.is_discarded());
    if (!json) continue;
    ++valid;
    REQUIRE(Text(*json) == Text(FromNlohmann(other)));
    REQUIRE(Text(ParseJson(Text(*json), "it")) == Text(*json));
  }
  CHECK(valid > 4000);
}

}  // namespace
}  // namespace mobilenet
