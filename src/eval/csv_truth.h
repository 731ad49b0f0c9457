// The FILE of --truth: which class each image of a data set belongs to.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace mobilenet {

class CsvTruth {
 public:
  // Lines of path and class as CSV (RFC 4180, but without line breaks in cells). A first line that begins
  // with path, file, filename or image names the columns: the class is taken from the clearest of them (wnid,
  // synset, class, label, class_name, class_index, index), else from the second. Throws Error.
  explicit CsvTruth(const std::string& path);

  // The class of the image at this path below the data set: from the line with this path or, if there is
  // none, from the only line with its file name.
  std::optional<std::string> Find(std::string_view path) const;

 private:
  std::unordered_map<std::string, std::string> classes_;         // by path
  std::unordered_map<std::string, std::string> paths_of_names_;  // "" if there are several
};

}  // namespace mobilenet
