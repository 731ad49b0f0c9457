// Paths in data sets that have one folder per class.
#pragma once

#include <optional>
#include <string_view>

namespace mobilenet {

// The folder of photographs that belong to none of the classes: it is not a class itself.
inline constexpr std::string_view kOthersFolder = "_other";

// The part of a path below a folder: "cat/a.jpg" for "photos/cat/a.jpg" below "photos/". None if the path is
// not below it, or no folder is given.
inline std::optional<std::string_view> PathBelow(std::string_view path, std::string_view folder) {
  while (folder.ends_with('/') && folder.size() > 1) folder.remove_suffix(1);
  if (folder.empty() || !path.starts_with(folder)) return std::nullopt;
  path.remove_prefix(folder.size());
  if (!folder.ends_with('/') && !path.starts_with('/')) return std::nullopt;
  while (path.starts_with('/')) path.remove_prefix(1);
  return path;
}

// The first folder that the path leads through below `folder`: "cat". None if there is none.
inline std::optional<std::string_view> FolderBelow(std::string_view path, std::string_view folder) {
  const auto below = PathBelow(path, folder);
  if (!below || below->find('/') == below->npos) return std::nullopt;
  return below->substr(0, below->find('/'));
}

}  // namespace mobilenet
