#include "src/weights/json.h"

#include <cmath>
#include <limits>

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
  CHECK(MessageFor(R"({"a": 1, "b": 2, "a": 1})") == "it: key a is there twice");
  CHECK(MessageFor(R"([{"a": {"b": 1, "\u0062": 2}}])") == "it: key b is there twice");
  const std::string long_key(1000, 'k');
  CHECK(MessageFor("{\"" + long_key + "\": 1, \"" + long_key + "\": 1}") ==
        "it: key " + std::string(80, 'k') + "... is there twice");
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

}  // namespace
}  // namespace mobilenet
