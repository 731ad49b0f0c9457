// JSON text as a tree of values: the program's only reader, for files that may hold anything. Length, depth,
// number of values and duplicate keys are limited while it reads, so that neither reading nor destroying a
// tree needs deep recursion or unbounded memory.
//
// Reader and writer (json_writer.h) are not nlohmann's, with which the tests compare them: that library can
// neither write nor read the escapes that restore the bytes of file names that are not UTF-8.
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
  std::vector<Json> elements;     // an array's, or an object's values in the order of the text
  std::vector<std::string> keys;  // an object's, one per value, none twice

  bool is_array() const { return kind == Kind::kArray; }
  bool is_object() const { return kind == Kind::kObject; }
  bool is_null() const { return kind == Kind::kScalar && std::holds_alternative<std::monostate>(scalar); }
  // The value if it has that type, else null.
  const std::string* String() const { return std::get_if<std::string>(&scalar); }
  const int64_t* Integer() const { return std::get_if<int64_t>(&scalar); }
  const bool* Boolean() const { return std::get_if<bool>(&scalar); }
  // Any number, integers too.
  std::optional<double> Number() const;
  // The object's value of that name; null if there is none, or if this is not an object.
  const Json* Find(std::string_view key) const;
  Json* Find(std::string_view key);
};

inline constexpr size_t kMaxJsonBytes = 100'000'000;
inline constexpr size_t kMaxJsonDepth = 8;
inline constexpr size_t kMaxJsonValues = 500'000;

// `where` starts the messages: "PATH: header". Throws Error if the text is not JSON in UTF-8 (with the
// position, the first byte being 1), is longer than kMaxJsonBytes, nested deeper than kMaxJsonDepth, or has
// more than kMaxJsonValues values or a key twice in one object. The escapes \udc80 to \udcff become the bytes
// 0x80 to 0xff.
Json ParseJson(std::string_view text, std::string_view where);

// The same; none if that throws.
std::optional<Json> TryParseJson(std::string_view text);

}  // namespace mobilenet
