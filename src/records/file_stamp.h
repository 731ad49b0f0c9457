// Size and modification time of a file, as records hold them.
#pragma once

#include <optional>
#include <string>

#include "src/report/rows.h"

namespace mobilenet {

// None if there is no file.
std::optional<FileStamp> StampOf(const std::string& path);

// The current time, in the same form as FileStamp::modified, to the second.
std::string TimeNow();

}  // namespace mobilenet
