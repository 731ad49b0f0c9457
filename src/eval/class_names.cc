#include "src/eval/class_names.h"

#include <algorithm>
#include <cstddef>

#include "models/imagenet_classes.h"

namespace mobilenet {
namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// ASCII capitals become small letters, underscores become spaces; none of these at the ends.
std::string Normalised(std::string_view name) {
  std::string out;
  for (const char c : name) out += c == '_' ? ' ' : c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  const size_t begin = out.find_first_not_of(' ');
  if (begin == std::string::npos) return "";
  return out.substr(begin, out.find_last_not_of(' ') - begin + 1);
}

void AddTo(std::vector<int>& classes, int class_index) {
  // A label may contain a name twice.
  if (classes.empty() || classes.back() != class_index) classes.push_back(class_index);
}

}  // namespace

std::string_view SynsetIn(std::string_view name) {
  constexpr size_t kLength = 9;
  const auto is_synset = [](std::string_view text) {
    return text.size() == kLength && text[0] == 'n' && std::all_of(text.begin() + 1, text.end(), IsDigit);
  };
  if (name.size() < kLength) return "";
  const std::string_view first = name.substr(0, kLength);
  if (is_synset(first) && (name.size() == kLength || !IsDigit(name[kLength]))) return first;
  const std::string_view last = name.substr(name.size() - kLength);
  return is_synset(last) && name[name.size() - kLength - 1] == '_' ? last : std::string_view();
}

ClassNames::ClassNames(std::span<const std::string> labels) {
  for (size_t i = 0; i < labels.size(); ++i) {
    const auto class_index = static_cast<int>(i);
    const std::string label = Normalised(labels[i]);
    if (label != "background") numbered_.push_back(class_index);
    AddTo(labels_[label], class_index);
    std::string_view rest = label;
    while (!rest.empty()) {
      const std::string_view part = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(rest.size(), part.size() + 1));
      if (const std::string name = Normalised(part); !name.empty()) AddTo(parts_[name], class_index);
    }
  }
  // If two classes have the same label, the first one comes before the second in every list.
  std::map<std::string_view, size_t> met;
  for (const ImagenetClass& one : ImagenetClasses()) {
    const size_t before = met[one.label]++;
    const auto found = labels_.find(Normalised(one.label));
    if (found != labels_.end() && before < found->second.size()) {
      synsets_[std::string(one.synset)] = {found->second[before]};
    }
  }
}

std::vector<int> ClassNames::Find(std::string_view name) const {
  const std::string normalised = Normalised(name);
  const auto find = [](const Classes& classes, std::string_view key) {
    const auto found = classes.find(key);
    return found == classes.end() ? std::vector<int>() : found->second;
  };
  // Labels first: a network's own labels may be synset ids.
  std::vector<int> classes = find(labels_, normalised);
  if (classes.empty()) classes = find(synsets_, SynsetIn(name));
  if (classes.empty() && SynsetIn(name).empty()) classes = find(parts_, normalised);
  return classes;
}

}  // namespace mobilenet
