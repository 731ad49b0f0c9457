#include "test/fuzz/lists_target.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>

#include "src/base/utf8.h"
#include "src/batch/inputs.h"
#include "src/batch/label_file.h"
#include "test/fuzz/memory_file.h"
#include "test/fuzz/target.h"

namespace mobilenet::test {
namespace {

constexpr size_t kMaxNameBytes = 16'384;  // kept of a longer one

// Between separators; the last part only if it is not empty.
std::vector<std::string> Parts(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const size_t end = std::min(text.find(separator), text.size());
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

struct Names {
  std::vector<std::string> names;
  std::string error;
};

Names Read(const std::string& list, bool has_nul_separators, const Shard& shard) {
  Names found;
  found.error = ErrorFrom(list, [&] {
    InputOptions options;
    options.files_from = list;
    options.has_nul_separators = has_nul_separators;
    options.shard = shard;
    InputSource source(options);
    while (auto input = source.Next()) {
      Require(!input->error, "an input with an error: ", input->error.value_or(""));
      found.names.push_back(input->path);
    }
  });
  return found;
}

}  // namespace

void FuzzInputList(std::span<const uint8_t> input) {
  if (input.empty()) return;
  const bool has_nul_separators = input[0] % 2 == 1;
  std::string text(input.begin() + 1, input.end());
  std::replace(text.begin(), text.end(), '/', '_');  // nothing of this machine
  std::string_view rest = text;
  if (rest.starts_with(kByteOrderMark)) rest.remove_prefix(kByteOrderMark.size());
  std::vector<std::string> expected;
  bool has_nul = false;
  for (std::string name : Parts(rest, has_nul_separators ? '\0' : '\n')) {
    name.resize(std::min(name.size(), kMaxNameBytes));
    has_nul = name.find('\0') != name.npos;
    if (has_nul) break;
    std::error_code ignored;
    if (std::filesystem::exists(name, ignored)) return;  // "." and existing files
    if (!has_nul_separators && name.ends_with('\r')) name.pop_back();
    if (std::filesystem::exists(name, ignored)) return;
    if (!name.empty()) expected.push_back(name);
  }

  const MemoryFile list({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
  const Names whole = Read(list.path(), has_nul_separators, {});
  Require(whole.names == expected, whole.names.size(), " names, expected ", expected.size());
  Require(whole.error.empty() != has_nul, "error \"", whole.error, "\"");
  if (has_nul) return;
  // Every name is in one shard.
  std::vector<std::string> shards;
  for (int part = 1; part <= 3; ++part) {
    const Names some = Read(list.path(), has_nul_separators, {part, 3});
    shards.insert(shards.end(), some.names.begin(), some.names.end());
  }
  std::sort(shards.begin(), shards.end());
  std::sort(expected.begin(), expected.end());
  Require(shards == expected, "the shards have ", shards.size(), " names of ", expected.size());
}

std::vector<Bytes> InputListSeeds() {
  return {Bytes{0} + FromText("a.jpg\nb c.jpg\r\n\n@list\n-\n[a,b].jpg\nlast"),
          Bytes{0} + FromText("\xEF\xBB\xBF"
                              "first.jpg\nsecond.jpg\n"),
          Bytes{1} + FromText({"a\nb\0c.png\0\0d\r\0", 13}), Bytes{0} + FromText({"a\0b\n", 4})};
}

void FuzzLabels(std::span<const uint8_t> input) {
  if (input.empty()) return;
  const int classes = input[0];
  std::string_view text(reinterpret_cast<const char*>(input.data()) + 1, input.size() - 1);
  const MemoryFile file(input.subspan(1));
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  std::vector<std::string> expected = Parts(text, '\n');
  for (std::string& label : expected) {
    if (label.ends_with('\r')) label.pop_back();
  }
  std::vector<std::string> labels;
  const std::string error = ErrorFrom(file.path(), [&] { labels = ReadLabels(file.path(), classes).labels; });
  const bool is_right = expected.size() == static_cast<size_t>(classes);
  if (is_right && error.empty()) Require(labels == expected, "other labels than the file has");
  Require(is_right || !error.empty(), expected.size(), " labels for ", classes, " classes");
}

std::vector<Bytes> LabelSeeds() {
  return {Bytes{3} + FromText("tench, Tinca tinca\ngoldfish\r\n\n"), Bytes{2} + FromText("one\ntwo\nthree\n"),
          Bytes{0}};
}

}  // namespace mobilenet::test
