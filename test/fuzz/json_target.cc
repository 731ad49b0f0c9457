#include "test/fuzz/json_target.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "src/json/json.h"
#include "test/fuzz/target.h"

namespace mobilenet::test {
namespace {

using nlohmann::json;

// For a text that the other reader accepts: how deep it is, how many values, and whether a key occurs twice.
struct Measure {
  size_t depth = 0;
  size_t values = 0;
  bool has_key_twice = false;
};

Measure MeasureOf(const std::string& text) {
  Measure measure;
  size_t depth = 0;
  std::vector<std::set<std::string>> keys;
  const auto callback = [&](int, json::parse_event_t event, json& value) {
    switch (event) {
      case json::parse_event_t::object_start:
        keys.emplace_back();
        [[fallthrough]];
      case json::parse_event_t::array_start:
        measure.depth = std::max(measure.depth, ++depth);
        ++measure.values;
        break;
      case json::parse_event_t::object_end:
        keys.pop_back();
        [[fallthrough]];
      case json::parse_event_t::array_end:
        --depth;
        break;
      case json::parse_event_t::key:
        if (!keys.back().insert(value.get<std::string>()).second) measure.has_key_twice = true;
        break;
      case json::parse_event_t::value:
        ++measure.values;
        break;
    }
    return true;
  };
  const json ignored = json::parse(text, callback, false);
  return measure;
}

void RequireSame(const Json& found, const json& expected) {
  Require(found.is_object() == expected.is_object() && found.is_array() == expected.is_array(),
          "another kind than ", expected.type_name());
  if (found.is_array() || found.is_object()) {
    Require(found.elements.size() == expected.size(), found.elements.size(), " elements of ",
            expected.size());
  }
  if (found.is_array()) {
    for (size_t i = 0; i < expected.size(); ++i) RequireSame(found.elements[i], expected[i]);
  } else if (found.is_object()) {
    for (const auto& [key, value] : expected.items()) {
      const Json* const member = found.Find(key);
      Require(member != nullptr, "no member ", key);
      RequireSame(*member, value);
    }
  } else if (expected.is_string()) {
    Require(found.String() != nullptr && *found.String() == expected.get<std::string>(),
            "another string than ", expected.dump());
  } else if (expected.is_boolean()) {
    Require(found.Boolean() != nullptr && *found.Boolean() == expected.get<bool>(), "not ", expected.dump());
  } else if (expected.is_null()) {
    Require(found.is_null(), "not null");
  } else {
    const auto number = found.Number();
    Require(number && *number == expected.get<double>(), "another number than ", expected.dump());
    const bool fits = expected.is_number_integer() &&
                      (!expected.is_number_unsigned() || expected.get<uint64_t>() <= uint64_t{INT64_MAX});
    Require((found.Integer() != nullptr) == fits, "an integer or none, unlike ", expected.dump());
    if (fits) Require(*found.Integer() == expected.get<int64_t>(), "another integer than ", expected.dump());
  }
}

// Escapes that are bytes of file names to this program, and an error to others.
bool HasBytesOfNames(std::string_view text) {
  for (const std::string_view escape : {"\\udc", "\\uDC", "\\uDc", "\\udC"}) {
    if (text.find(escape) != text.npos) return true;
  }
  return false;
}

}  // namespace

void FuzzJson(std::span<const uint8_t> input) {
  const std::string text(input.begin(), input.end());
  std::optional<Json> found;
  const std::string error = ErrorFrom("text", [&] { found = ParseJson(text, "text"); });
  Require(found.has_value() == TryParseJson(text).has_value(), "taken and refused");
  if (HasBytesOfNames(text)) return;
  // The other reader takes a zero for the end, and accepts a mark at the beginning.
  const bool differs = text.find('\0') != text.npos || text.starts_with("\xEF\xBB\xBF");
  const json expected = differs ? json(json::value_t::discarded) : json::parse(text, nullptr, false);
  if (expected.is_discarded()) {
    Require(!found.has_value(), "taken, and no JSON: ", text);
    return;
  }
  const Measure measure = MeasureOf(text);
  const bool is_beyond_limits =
      measure.depth > kMaxJsonDepth || measure.values > kMaxJsonValues || measure.has_key_twice;
  Require(found.has_value() != is_beyond_limits, "\"", error, "\": ", text);
  if (found) RequireSame(*found, expected);
}

std::vector<Bytes> JsonSeeds() {
  std::vector<Bytes> seeds;
  for (
      const std::string_view text :
      {R"({"a": [1, -2, 3.5, 1e-7, 0.1E+2, -0, -0.0], "b": {"c": null, "d": true, "e": false}})",
       R"(["\"\\\/\b\f\n\r\t\u00e4\ud83d\ude00", "ä€😀", ""])", R"([[[[[[[[]]]]]]]])", R"({"a": 1, "a": 2})",
       R"([9223372036854775807, -9223372036854775808, 9223372036854775808, 18446744073709551615, 1e308, 1e309])",
       R"({"p": "\udcff\udc80"})", "  \t\r\n 17 ", "[1,]", "[01]", "\"\x01\"", "nul"}) {
    seeds.push_back(FromText(text));
  }
  return seeds;
}

}  // namespace mobilenet::test
