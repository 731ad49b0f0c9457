#include "src/teach/survey.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "src/base/error.h"
#include "src/base/folder_below.h"
#include "src/base/number_text.h"
#include "src/base/sha256.h"
#include "src/base/str_cat.h"

namespace mobilenet {
namespace {

// Products in one pass over the photographs; the training makes some hundreds of passes: hours on a board.
constexpr double kMostWork = 5e10;

}  // namespace

Survey::Survey(std::string root) : root_(std::move(root)) {
  std::error_code error;
  if (!std::filesystem::is_directory(root_, error)) {
    Fail(root_, ": is not a folder (expected a folder of photographs, with a folder for each class in it)");
  }
}

void Survey::Note(const std::string& path) {
  const auto folder = FolderBelow(path, root_);
  if (!folder) {
    ++left_out_;
    return;
  }
  paths_.insert(ShortSha256(path));
  ++(*folder == kOthersFolder ? others_ : classes_[std::string(*folder)]);
}

void Survey::CheckFolders(bool takes_hidden) const {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(root_, error)) {
    const std::string name = entry.path().filename().string();
    const bool is_hidden = !takes_hidden && (name.starts_with('.') || name == "@eaDir");
    if (is_hidden || name == kOthersFolder || classes_.contains(name) || !entry.is_directory(error)) continue;
    Fail(entry.path().string(), ": no photographs in this folder (a class needs at least ", kLeastOfAClass,
         "; remove the folder if it is none)");
  }
}

bool Survey::Has(const std::string& path) const {
  return paths_.contains(ShortSha256(path));
}

void CheckClasses(const std::string& root, const std::map<std::string, int64_t>& classes) {
  if (classes.size() < 2) {
    Fail(root, classes.empty() ? ": has no folders of photographs" : ": has photographs of only one class",
         " (expected at least two folders in it, one for each class)");
  }
  for (const auto& [label, photographs] : classes) {
    if (photographs >= kLeastOfAClass) continue;
    Fail(root, ": class ", label, ": ", photographs, photographs == 1 ? " photograph" : " photographs",
         " (a class needs at least ", kLeastOfAClass, " that can be read)");
  }
}

void CheckWork(const std::string& root, int64_t classes, int64_t photographs, int64_t views,
               int64_t features) {
  const double work =
      static_cast<double>(photographs * views) * static_cast<double>(features) * static_cast<double>(classes);
  if (work <= kMostWork) return;
  Fail(root, ": ", classes, " classes, ", photographs, " photographs",
       views > 1 ? StrCat(", ", views, " views of each") : "", " and ", features,
       " features would take too long to train: ", ShortFixedText(work / kMostWork, 1),
       " times what is allowed (take fewer classes or photographs", views > 1 ? ", no --augment" : "",
       " or a --model with fewer features)");
}

}  // namespace mobilenet
