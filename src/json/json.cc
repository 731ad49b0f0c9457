#include "src/json/json.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "src/base/error.h"
#include "src/base/excerpt.h"
#include "src/base/parse_number.h"
#include "src/base/utf8.h"

namespace mobilenet {
namespace {

// Reads the text from beginning to end (RFC 8259).
class Reader {
 public:
  Reader(std::string_view text, std::string_view where) : text_(text), where_(where) {}

  Json Document() {
    if (text_.size() > kMaxJsonBytes)
      Fail(where_, ": ", text_.size(), " bytes of JSON (at most ", kMaxJsonBytes, ")");
    Json root;
    Value(root, 0);
    SkipSpaces();
    if (at_ != text_.size()) FailHere();
    return root;
  }

 private:
  [[noreturn]] void FailHere() const { Fail(where_, ": not valid JSON at byte ", at_ + 1); }

  // The next byte; at the end zero, which JSON never has where this is called.
  char Next() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  void SkipSpaces() {
    while (Next() == ' ' || Next() == '\n' || Next() == '\r' || Next() == '\t') ++at_;
  }

  bool Take(char c) {
    if (Next() != c) return false;
    ++at_;
    return true;
  }

  void Require(char c) {
    SkipSpaces();
    if (!Take(c)) FailHere();
  }

  void RequireWord(std::string_view word) {
    for (const char c : word) {
      if (!Take(c)) FailHere();
    }
  }

  // `depth`: the arrays and objects around it.
  void Value(Json& out, size_t depth) {
    if (++values_ > kMaxJsonValues) Fail(where_, ": more than ", kMaxJsonValues, " values");
    SkipSpaces();
    switch (Next()) {
      case '{':
        return Object(out, depth);
      case '[':
        return Array(out, depth);
      case '"':
        out.scalar = String();
        return;
      case 't':
        RequireWord("true");
        out.scalar = true;
        return;
      case 'f':
        RequireWord("false");
        out.scalar = false;
        return;
      case 'n':
        return RequireWord("null");
      default:
        return Number(out);
    }
  }

  void Array(Json& out, size_t depth) {
    out.kind = Json::Kind::kArray;
    Items(depth, ']', [&] { Value(out.elements.emplace_back(), depth + 1); });
  }

  void Object(Json& out, size_t depth) {
    out.kind = Json::Kind::kObject;
    Items(depth, '}', [&] {
      SkipSpaces();
      out.keys.push_back(String());
      Require(':');
      Value(out.elements.emplace_back(), depth + 1);
    });
    CheckKeys(out.keys);
  }

  // From the opening bracket to the closing one.
  template <typename ReadItem>
  void Items(size_t depth, char close, const ReadItem& read_item) {
    if (depth == kMaxJsonDepth) Fail(where_, ": nested more than ", kMaxJsonDepth, " deep");
    ++at_;
    SkipSpaces();
    if (Take(close)) return;
    do {
      read_item();
      SkipSpaces();
    } while (Take(','));
    if (!Take(close)) FailHere();
  }

  void CheckKeys(const std::vector<std::string>& keys) const {
    std::vector<std::string_view> sorted(keys.begin(), keys.end());
    std::sort(sorted.begin(), sorted.end());
    const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
    if (twice != sorted.end()) Fail(where_, ": key ", Excerpt(*twice), " occurs twice");
  }

  void Digits() {
    if (Next() < '0' || Next() > '9') FailHere();
    while (Next() >= '0' && Next() <= '9') ++at_;
  }

  void Number(Json& out) {
    const size_t first = at_;
    Take('-');
    if (!Take('0')) Digits();
    bool is_integer = true;
    if (Take('.')) {
      is_integer = false;
      Digits();
    }
    if (Take('e') || Take('E')) {
      is_integer = false;
      if (!Take('+')) Take('-');
      Digits();
    }
    const std::string_view number = text_.substr(first, at_ - first);
    if (is_integer) {
      if (const auto integer = ParseNumber<int64_t>(number)) {
        out.scalar = *integer;
        return;
      }
    }
    const auto value = ParseNumber<double>(number);
    if (!value) {  // beyond the range of a double
      at_ = first;
      FailHere();
    }
    out.scalar = *value;
  }

  // ASCII that stands for itself in a string.
  static bool IsPlain(char c) {
    return c >= 0x20 && c != '"' && c != '\\' && static_cast<unsigned char>(c) < 0x80;
  }

  std::string String() {
    if (!Take('"')) FailHere();
    std::string out;
    while (true) {
      if (at_ == text_.size()) FailHere();
      const char c = text_[at_];
      if (IsPlain(c)) {
        const size_t first = at_;
        while (at_ < text_.size() && IsPlain(text_[at_])) ++at_;
        out += text_.substr(first, at_ - first);
        continue;
      }
      if (Take('"')) return out;
      if (c == '\\') {
        Escape(out);
        continue;
      }
      const Utf8Char character = DecodeUtf8(text_.substr(at_));
      if (!character.is_valid || character.code_point < 0x20) FailHere();
      out += text_.substr(at_, character.size_bytes);
      at_ += character.size_bytes;
    }
  }

  void Escape(std::string& out) {
    constexpr std::string_view kLetters = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    ++at_;
    if (Next() == 'u') return UnicodeEscape(out);
    const size_t letter = at_ < text_.size() ? kLetters.find(text_[at_]) : kLetters.npos;
    if (letter == kLetters.npos) FailHere();
    out += kMeanings[letter];
    ++at_;
  }

  void UnicodeEscape(std::string& out) {
    char32_t code_point = FourDigits();
    if (code_point >= 0xDC80 && code_point <= 0xDCFF) {  // a byte that was not UTF-8 (json_writer.h)
      out += static_cast<char>(code_point - 0xDC00);
      return;
    }
    if (code_point >= 0xD800 && code_point < 0xDC00) {
      if (!Take('\\') || Next() != 'u') FailHere();
      const char32_t low = FourDigits();
      if (low < 0xDC00 || low > 0xDFFF) FailHere();
      code_point = 0x10000 + ((code_point & 0x3FF) << 10 | (low & 0x3FF));
    } else if (code_point >= 0xDC00 && code_point <= 0xDFFF) {
      FailHere();
    }
    AppendUtf8(out, code_point);
  }

  // "uNNNN"
  char32_t FourDigits() {
    ++at_;
    char32_t code_point = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      const auto digit = ParseNumber<int>(text_.substr(at_, 1), 16);
      if (!digit) FailHere();
      code_point = code_point << 4 | static_cast<char32_t>(*digit);
    }
    return code_point;
  }

  std::string_view text_;
  std::string_view where_;
  size_t at_ = 0;
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

Json* Json::Find(std::string_view key) {
  return const_cast<Json*>(std::as_const(*this).Find(key));
}

Json ParseJson(std::string_view text, std::string_view where) {
  return Reader(text, where).Document();
}

std::optional<Json> TryParseJson(std::string_view text) {
  try {
    return ParseJson(text, "");
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace mobilenet
