#include "src/eval/truth.h"

#include <string_view>

#include "src/base/error.h"
#include "src/base/excerpt.h"
#include "src/base/folder_below.h"
#include "src/base/parse_number.h"
#include "src/base/str_cat.h"
#include "src/weights/model_file.h"

namespace mobilenet {
namespace {

constexpr int64_t kMaxNumber = 1'000'000'000;

// "junco (12 images), sparrow (3 images) and 4 others"
std::string Listed(const std::map<std::string, int64_t>& names) {
  constexpr size_t kMost = 10;
  std::string text;
  size_t i = 0;
  for (const auto& [name, images] : names) {
    if (i++ == kMost) return StrCat(text, " and ", names.size() - kMost, " others");
    if (!text.empty()) text += ", ";
    text += StrCat(Excerpt(name), " (", images, images == 1 ? " image)" : " images)");
  }
  return text;
}

}  // namespace

Truth::Truth(const TruthOptions& options, std::span<const std::string> labels)
    : options_(options), labels_(labels.begin(), labels.end()), names_(labels) {
  if (!options.file.empty()) file_.emplace(options.file);
}

// What may be the name of its class, the likeliest first; never empty.
std::vector<std::string> Truth::NamesFor(const std::string& path) const {
  const auto below = PathBelow(path, options_.dataset);
  const std::string_view rest = below.value_or(path);
  if (file_) {
    const auto name = file_->Find(rest);
    return {name.value_or(StrCat("no class in ", options_.file))};
  }
  const size_t slash = rest.rfind('/');
  const std::string_view file = rest.substr(slash + 1);  // npos + 1 is 0
  const std::string stem(file.substr(0, file.rfind('.')));
  if (slash == rest.npos) return {stem};
  const std::string_view folders = rest.substr(0, slash);
  // Below the data set the first folder is the class; in records it may be the last one.
  const std::string_view last = folders.substr(folders.rfind('/') + 1);
  return {std::string(FolderBelow(path, options_.dataset).value_or(last)), stem};
}

std::vector<int> Truth::Classes(const std::vector<std::string>& names) const {
  for (const std::string& name : names) {
    const std::vector<int> classes = names_.Find(name == kOthersFolder ? kUnknownLabel : name);
    if (!classes.empty()) return classes;
  }
  return {};
}

void Truth::Note(const std::string& path) {
  ++images_;
  const std::vector<std::string> names = NamesFor(path);
  const std::vector<int> classes = Classes(names);
  if (classes.size() == 1) {
    ++known_;
  } else if (!classes.empty()) {
    ++ambiguous_[names.front()];
  } else if (const auto number = ParseNumberWithin(names.front(), 0, kMaxNumber)) {
    ++numbers_[*number];
  } else {
    ++unknown_[names.front()];
  }
}

// The class that has this number; none if there are fewer classes.
std::optional<int> Truth::Numbered(int64_t number) const {
  const int64_t i = number - first_number_;
  if (i < 0 || i >= std::ssize(names_.numbered())) return std::nullopt;
  return names_.numbered()[static_cast<size_t>(i)];
}

void Truth::SettleNumbers() {
  if (numbers_.empty()) return;
  const int64_t count = std::ssize(names_.numbered());
  if (options_.first_number) {
    first_number_ = *options_.first_number;
  } else if (numbers_.begin()->first != 0) {
    if (numbers_.rbegin()->first != count) {
      Fail(options_.file.empty() ? options_.dataset : options_.file,
           ": classes are numbers, and whether they begin with ",
           labels_[static_cast<size_t>(names_.numbered()[0])],
           " is unclear (--first-number 0, or 1 if 0 is background)");
    }
    first_number_ = 1;
  }
  for (const auto& [number, images] : numbers_) {
    if (Numbered(number)) {
      known_ += images;
    } else {
      unknown_[std::to_string(number)] += images;
    }
  }
}

void Truth::Settle() {
  SettleNumbers();
  const std::string& where = options_.file.empty() ? options_.dataset : options_.file;
  const std::string begin = where.empty() ? "" : where + ": ";
  if (!ambiguous_.empty()) {
    Fail(begin, "names that are labels of several classes: ", Listed(ambiguous_),
         " (the synset id, such as n02012849, says which)");
  }
  if (!unknown_.empty() && !options_.ignores_unknown) {
    Fail(begin, "names that match no label of the model: ", Listed(unknown_),
         " (--ignore-unknown leaves these images out)");
  }
  if (known_ == 0) {
    Fail(begin, "no image whose class is a label of the model (one folder per class, or --truth)",
         unknown_.empty() ? "" : ": " + Listed(unknown_));
  }
}

std::optional<int> Truth::ClassOf(const std::string& path) const {
  const std::vector<std::string> names = NamesFor(path);
  const std::vector<int> classes = Classes(names);
  if (classes.size() == 1) return classes.front();
  if (!classes.empty()) return std::nullopt;
  const auto number = ParseNumberWithin(names.front(), 0, kMaxNumber);
  return number ? Numbered(*number) : std::nullopt;
}

}  // namespace mobilenet
