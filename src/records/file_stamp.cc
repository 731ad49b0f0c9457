#include "src/records/file_stamp.h"

#include <sys/stat.h>

#include <cstdio>
#include <ctime>

namespace mobilenet {
namespace {

// ISO 8601 without the fraction and the zone.
std::string UtcText(time_t seconds) {
  std::tm utc = {};
  char text[64] = "";
  if (::gmtime_r(&seconds, &utc) != nullptr) std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
  return text;
}

}  // namespace

std::optional<FileStamp> StampOf(const std::string& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  char fraction[32] = "";
  std::snprintf(fraction, sizeof fraction, ".%09ldZ", static_cast<long>(status.st_mtim.tv_nsec));
  return FileStamp{status.st_size, UtcText(status.st_mtim.tv_sec) + fraction};
}

std::string TimeNow() {
  return UtcText(std::time(nullptr)) + "Z";
}

}  // namespace mobilenet
