// The files beside FILE of --output, which are found by their names: FILE.meta.json, FILE.inhand.
#pragma once

#include <optional>
#include <string>

namespace mobilenet {

// Its text; "" if it is not a file: a link, folder, pipe or device of that name is neither followed nor
// waited for, and nothing larger than such files are is read. None if nothing is there.
std::optional<std::string> ReadSideFile(const std::string& path);

}  // namespace mobilenet
