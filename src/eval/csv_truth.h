// The FILE of --truth: which class the images of a data set belong to.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace mobilenet {

class CsvTruth {
 public:
  // Lines of path and class as CSV (RFC 4180, but no line breaks in cells). A first line that begins with
  // path, file, filename or image names the columns: of those that tell the class the clearest is taken
  // (wnid, synset, class, label, class_name, class_index, index), else the second. Throws Error.
  explicit CsvTruth(const std::string& path);

  // The class of the image at this path below the data set: of its own line or, where no line has the path,
  // of the only one with its file name.
  std::optional<std::string> Find(std::string_view path) const;

 private:
  std::unordered_map<std::string, std::string> classes_;         // by path
  std::unordered_map<std::string, std::string> paths_of_names_;  // "" where there are several
};

}  // namespace mobilenet
