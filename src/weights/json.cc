#include "src/weights/json.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "src/base/error.h"
#include "src/weights/excerpt.h"

namespace mobilenet {
namespace {

// Receives the parser's events. The functions' names and types are nlohmann's json_sax.
class TreeBuilder {
 public:
  TreeBuilder(Json* root, std::string_view where) : root_(root), where_(where) {}

  bool null() {
    AddValue();
    return true;
  }
  bool boolean(bool value) { return AddScalar(value); }
  bool number_integer(int64_t value) { return AddScalar(value); }
  bool number_unsigned(uint64_t value) {
    if (value > std::numeric_limits<int64_t>::max()) return AddScalar(static_cast<double>(value));
    return AddScalar(static_cast<int64_t>(value));
  }
  bool number_float(double value, const std::string&) { return AddScalar(value); }
  bool string(std::string& value) { return AddScalar(std::move(value)); }
  bool binary(const std::vector<uint8_t>&) { return false; }  // never in text
  bool start_object(size_t) { return Open(Json::Kind::kObject); }
  bool start_array(size_t) { return Open(Json::Kind::kArray); }
  bool key(std::string& name) {
    open_.back()->keys.push_back(std::move(name));
    return true;
  }
  bool end_object() {
    CheckKeys(open_.back()->keys);
    open_.pop_back();
    return true;
  }
  bool end_array() {
    open_.pop_back();
    return true;
  }
  bool parse_error(size_t position, const std::string&, const std::exception&) {
    Fail(where_, ": not valid JSON at byte ", position);
  }

 private:
  // The next value: the root, or one more of the innermost open array or object.
  Json* AddValue() {
    if (++values_ > kMaxJsonValues) Fail(where_, ": more than ", kMaxJsonValues, " values");
    return open_.empty() ? root_ : &open_.back()->elements.emplace_back();
  }

  template <typename Value>
  bool AddScalar(Value&& value) {
    AddValue()->scalar = std::forward<Value>(value);
    return true;
  }

  bool Open(Json::Kind kind) {
    if (open_.size() == kMaxJsonDepth) Fail(where_, ": nested more than ", kMaxJsonDepth, " deep");
    Json* value = AddValue();
    value->kind = kind;
    // The pointers stay valid: only the innermost one's elements grow, and none of those is open then.
    open_.push_back(value);
    return true;
  }

  void CheckKeys(const std::vector<std::string>& keys) const {
    std::vector<std::string_view> sorted(keys.begin(), keys.end());
    std::sort(sorted.begin(), sorted.end());
    const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
    if (twice != sorted.end()) Fail(where_, ": key ", Excerpt(*twice), " is there twice");
  }

  Json* root_;
  std::string_view where_;
  std::vector<Json*> open_;  // outermost first
  size_t values_ = 0;
};

}  // namespace

std::optional<double> Json::Number() const {
  if (const int64_t* integer = Integer()) return static_cast<double>(*integer);
  if (const double* number = std::get_if<double>(&scalar)) return *number;
  return std::nullopt;
}

const Json* Json::Find(std::string_view key) const {
  const auto found = std::find(keys.begin(), keys.end(), key);
  return found == keys.end() ? nullptr : &elements[static_cast<size_t>(found - keys.begin())];
}

Json ParseJson(std::string_view text, std::string_view where) {
  // The parser takes a zero byte for the end of the text; in JSON it is an error.
  if (const size_t zero = text.find('\0'); zero != text.npos) {
    Fail(where, ": not valid JSON at byte ", zero + 1);
  }
  Json root;
  TreeBuilder builder(&root, where);
  nlohmann::json::sax_parse(text.begin(), text.end(), &builder);
  return root;
}

}  // namespace mobilenet
