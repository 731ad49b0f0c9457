// The files that stand beside FILE of --output and are found by their names: FILE.meta.json, FILE.inhand.
#pragma once

#include <optional>
#include <string>

namespace mobilenet {

// Its text. "" for what is no file: somebody's link, folder, pipe or device of that name is neither followed
// nor waited for; nor is anything read that is larger than such files are. None where there is nothing.
std::optional<std::string> ReadSideFile(const std::string& path);

}  // namespace mobilenet
