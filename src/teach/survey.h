// The folder of photographs, with one folder per class, before the first of them is read.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_set>

namespace mobilenet {

inline constexpr int64_t kLeastOfAClass = 3;

class Survey {
 public:
  // Throws Error if `root` is not a folder.
  explicit Survey(std::string root);

  // Counts a photograph, whose path begins with the root's.
  void Note(const std::string& path);
  // All photographs have been noted. Throws Error for a folder without any, which is a class that somebody
  // has forgotten about; looks at hidden folders only if `takes_hidden`.
  void CheckFolders(bool takes_hidden) const;

  const std::string& root() const { return root_; }
  const std::map<std::string, int64_t>& classes() const { return classes_; }  // photographs of each
  int64_t others() const { return others_; }                                  // below kOthersFolder
  int64_t left_out() const { return left_out_; }                              // below no folder
  // Whether it is one of the photographs of the classes and others.
  bool Has(const std::string& path) const;

 private:
  const std::string root_;
  std::map<std::string, int64_t> classes_;
  int64_t others_ = 0;
  int64_t left_out_ = 0;
  std::unordered_set<uint64_t> paths_;  // hashes
};

// Throws Error unless there are at least two classes, with enough photographs each. `root` is the folder that
// messages name.
void CheckClasses(const std::string& root, const std::map<std::string, int64_t>& classes);

// Throws Error for what would take hours to train: this many features of each view of each photograph.
void CheckWork(const std::string& root, int64_t classes, int64_t photographs, int64_t views,
               int64_t features);

}  // namespace mobilenet
