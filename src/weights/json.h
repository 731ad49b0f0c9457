// JSON text from an untrusted file as a tree of values: depth, number of values and duplicate keys are
// limited while parsing, so that reading and destroying a tree needs neither deep recursion nor unbounded
// memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace mobilenet {

struct Json {
  enum class Kind { kScalar, kArray, kObject };

  Kind kind = Kind::kScalar;
  // null, false or true, an integer that fits, any other number, a string; null for arrays and objects.
  std::variant<std::monostate, bool, int64_t, double, std::string> scalar;
  std::vector<Json> elements;     // of an array; of an object the values, in the order of the text
  std::vector<std::string> keys;  // of an object, one a value, none twice

  bool is_array() const { return kind == Kind::kArray; }
  bool is_object() const { return kind == Kind::kObject; }
  // The value if it is of that type, else null.
  const std::string* String() const { return std::get_if<std::string>(&scalar); }
  const int64_t* Integer() const { return std::get_if<int64_t>(&scalar); }
  // Any number, integers too.
  std::optional<double> Number() const;
  // The object's value of that name; null if there is none, or if this is no object.
  const Json* Find(std::string_view key) const;
};

inline constexpr size_t kMaxJsonDepth = 8;
inline constexpr size_t kMaxJsonValues = 500'000;

// `where` starts the messages: "PATH: header". Throws Error for text that is not JSON in UTF-8, is nested
// deeper than kMaxJsonDepth, has more than kMaxJsonValues values or a key twice in one object.
Json ParseJson(std::string_view text, std::string_view where);

}  // namespace mobilenet
