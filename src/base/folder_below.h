// Paths of data sets that have a folder a class.
#pragma once

#include <optional>
#include <string_view>

namespace mobilenet {

// The folder of photographs of none of the classes: no class of its own.
inline constexpr std::string_view kOthersFolder = "_other";

// What is left of a path below a folder: "cat/a.jpg" of "photos/cat/a.jpg" below "photos/". None where it is
// not below it, or no folder is given.
inline std::optional<std::string_view> PathBelow(std::string_view path, std::string_view folder) {
  while (folder.ends_with('/') && folder.size() > 1) folder.remove_suffix(1);
  if (folder.empty() || !path.starts_with(folder)) return std::nullopt;
  path.remove_prefix(folder.size());
  if (!folder.ends_with('/') && !path.starts_with('/')) return std::nullopt;
  while (path.starts_with('/')) path.remove_prefix(1);
  return path;
}

// The first folder below `folder` that the path leads through: "cat". None where there is none.
inline std::optional<std::string_view> FolderBelow(std::string_view path, std::string_view folder) {
  const auto below = PathBelow(path, folder);
  if (!below || below->find('/') == below->npos) return std::nullopt;
  return below->substr(0, below->find('/'));
}

}  // namespace mobilenet
