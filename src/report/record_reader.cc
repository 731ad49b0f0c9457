#include "src/report/record_reader.h"

#include <charconv>
#include <cstdint>

#include "src/base/parse_number.h"
#include "src/report/terminal_text.h"

namespace mobilenet {
namespace {

void AppendUtf8(std::string& out, unsigned code_point) {
  if (code_point < 0x80) {
    out += static_cast<char>(code_point);
  } else if (code_point < 0x800) {
    out += static_cast<char>(0xC0 | code_point >> 6);
    out += static_cast<char>(0x80 | (code_point & 0x3F));
  } else {
    out += static_cast<char>(0xE0 | code_point >> 12);
    out += static_cast<char>(0x80 | (code_point >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (code_point & 0x3F));
  }
}

// Walks over JSON text. Every function returns false, and the walk ends, where the text is not what it should
// be.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool IsAtEnd() const { return at_ == text_.size(); }
  size_t at() const { return at_; }

  bool Take(char c) {
    SkipSpaces();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  // Over any value. Nested no deeper than records and their metadata are.
  bool SkipValue(int depth = 0) {
    constexpr int kMaxDepth = 16;
    SkipSpaces();
    if (at_ == text_.size() || depth > kMaxDepth) return false;
    switch (text_[at_]) {
      case '{':
        return SkipItems('{', '}', depth);
      case '[':
        return SkipItems('[', ']', depth);
      case '"': {
        std::string ignored;
        return String(ignored);
      }
      default: {
        const size_t first = at_;
        while (at_ < text_.size() && std::string_view(",]} ").find(text_[at_]) == std::string_view::npos)
          ++at_;
        return IsScalar(text_.substr(first, at_ - first));
      }
    }
  }

  bool String(std::string& out) {
    if (!Take('"')) return false;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '"') return true;
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c != '\\') {
        out += c;
      } else if (!Escape(out)) {
        return false;
      }
    }
    return false;
  }

  void SkipSpaces() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }

 private:
  static bool IsScalar(std::string_view text) {
    if (text == "null" || text == "true" || text == "false") return true;
    return ParseNumber<double>(text).has_value();
  }

  bool SkipItems(char open, char close, int depth) {
    if (!Take(open)) return false;
    if (Take(close)) return true;
    do {
      std::string ignored;
      if (open == '{' && !(String(ignored) && Take(':'))) return false;
      if (!SkipValue(depth + 1)) return false;
    } while (Take(','));
    return Take(close);
  }

  bool Escape(std::string& out) {
    if (at_ == text_.size()) return false;
    const char c = text_[at_++];
    switch (c) {
      case '"':
      case '\\':
        out += c;
        return true;
      case 'n':
        out += '\n';
        return true;
      case 't':
        out += '\t';
        return true;
      case 'u': {
        unsigned code_point = 0;
        if (text_.size() - at_ < 4) return false;
        const char* first = text_.data() + at_;
        if (std::from_chars(first, first + 4, code_point, 16).ptr != first + 4) return false;
        at_ += 4;
        // A byte that was not UTF-8: json_writer.h.
        if (code_point >= 0xDC80 && code_point <= 0xDCFF) {
          out += static_cast<char>(code_point - 0xDC00);
        } else {
          AppendUtf8(out, code_point);
        }
        return true;
      }
      default:
        return false;
    }
  }

  std::string_view text_;
  size_t at_ = 0;
};

// The cells of one line, quotes undone.
std::optional<std::vector<std::string>> ReadCells(std::string_view line) {
  std::vector<std::string> cells(1);
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == ',') {
      cells.emplace_back();
    } else if (line[i] != '"') {
      cells.back() += line[i];
    } else {
      for (++i;; ++i) {
        if (i == line.size()) return std::nullopt;
        if (line[i] == '"' && (i + 1 == line.size() || line[i + 1] != '"')) break;
        if (line[i] == '"') ++i;
        cells.back() += line[i];
      }
    }
  }
  return cells;
}

}  // namespace

std::optional<JsonMembers> ReadJsonMembers(std::string_view object) {
  Scanner scanner(object);
  JsonMembers members;
  if (!scanner.Take('{')) return std::nullopt;
  if (!scanner.Take('}')) {
    do {
      std::string name;
      if (!scanner.String(name) || !scanner.Take(':')) return std::nullopt;
      scanner.SkipSpaces();
      const size_t first = scanner.at();
      if (!scanner.SkipValue()) return std::nullopt;
      members.emplace_back(std::move(name), object.substr(first, scanner.at() - first));
    } while (scanner.Take(','));
    if (!scanner.Take('}')) return std::nullopt;
  }
  if (!scanner.IsAtEnd()) return std::nullopt;
  return members;
}

std::optional<std::string> ReadJsonString(std::string_view value) {
  Scanner scanner(value);
  std::string text;
  if (!scanner.String(text) || !scanner.IsAtEnd()) return std::nullopt;
  return text;
}

std::optional<RecordKey> ReadJsonRecord(std::string_view line) {
  const auto members = ReadJsonMembers(line);
  if (!members) return std::nullopt;
  RecordKey key;
  bool has_path = false;
  bool has_error = false;
  std::optional<int64_t> file_bytes;
  std::optional<std::string> modified;
  for (const auto& [name, value] : *members) {
    if (name == "path") {
      const auto path = ReadJsonString(value);
      if (!path) return std::nullopt;
      key.path = *path;
      has_path = true;
    } else if (name == "error") {
      key.has_error = value != "null";
      has_error = true;
    } else if (name == "file_bytes") {
      file_bytes = ParseNumber<int64_t>(value);
    } else if (name == "modified") {
      modified = ReadJsonString(value);
    }
  }
  if (!has_path || !has_error) return std::nullopt;
  if (file_bytes && modified) key.stamp = FileStamp{*file_bytes, *modified};
  return key;
}

std::optional<RecordKey> ReadCsvRecord(std::string_view line, std::string_view header) {
  const auto names = ReadCells(header);
  const auto cells = ReadCells(line);
  if (!names || !cells || names->size() != cells->size()) return std::nullopt;
  const auto cell = [&](std::string_view name) -> const std::string* {
    for (size_t i = 0; i < names->size(); ++i) {
      if ((*names)[i] == name) return &(*cells)[i];
    }
    return nullptr;
  };
  const std::string* const path = cell("path");
  const std::string* const error = cell("error");
  if (path == nullptr || error == nullptr) return std::nullopt;
  const auto unescaped = UnescapedText(*path);
  if (!unescaped) return std::nullopt;
  RecordKey key{*unescaped, {}, !error->empty()};
  const std::string* const file_bytes = cell("file_bytes");
  const std::string* const modified = cell("modified");
  if (file_bytes != nullptr && modified != nullptr && !modified->empty()) {
    const auto bytes = ParseNumber<int64_t>(*file_bytes);
    if (!bytes) return std::nullopt;
    key.stamp = FileStamp{*bytes, *modified};
  }
  return key;
}

}  // namespace mobilenet
