#include "src/base/system_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "src/base/file_descriptor.h"
#include "src/base/parse_number.h"

namespace mobilenet {
namespace {

constexpr size_t kMaxFileBytes = 1 << 20;  // /proc/cpuinfo of a server with 256 cores is about as long
constexpr int64_t kMaxKilobytes = int64_t{1} << 40;

}  // namespace

std::string_view TrimmedText(std::string_view text) {
  constexpr std::string_view kSpace(" \t\r\n\0", 5);
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

std::string_view NextPart(std::string_view& rest, char separator) {
  const size_t end = rest.find(separator);
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
  return part;
}

std::string_view LineAfter(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const std::string_view line = NextPart(text, '\n');
    if (line.starts_with(name)) return TrimmedText(line.substr(name.size()));
  }
  return {};
}

std::optional<int64_t> KilobytesAfter(std::string_view text, std::string_view name) {
  const std::string_view value = LineAfter(text, name);
  if (!value.ends_with("kB")) return {};
  const auto kilobytes = ParseNumberWithin(TrimmedText(value.substr(0, value.size() - 2)), 0, kMaxKilobytes);
  if (!kilobytes) return {};
  return *kilobytes * 1024;
}

std::string SystemFiles::Text(const std::string& path) const {
  const FileDescriptor file(::open((root_ + path).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat status;
  std::string text;
  if (::fstat(file.get(), &status) == 0 && S_ISREG(status.st_mode)) {
    char buffer[4096];
    for (ssize_t count;
         text.size() < kMaxFileBytes && (count = ::read(file.get(), buffer, sizeof buffer)) > 0;) {
      text.append(buffer, static_cast<size_t>(count));
    }
  }
  return text;
}

std::string SystemFiles::Line(const std::string& path) const {
  const std::string text = Text(path);
  const std::string_view line = std::string_view(text).substr(0, text.find_first_of({"\n\0", 2}));
  return std::string(TrimmedText(line.substr(0, kMaxSystemLineBytes)));
}

std::optional<int64_t> SystemFiles::Number(const std::string& path, int64_t min, int64_t max,
                                           int base) const {
  return ParseNumberWithin(Line(path), min, max, base);
}

std::vector<int> SystemFiles::Cores(const std::string& path) const {
  return ParseCoreList(Line(path));
}

std::vector<int> ParseCoreList(std::string_view text) {
  std::vector<int> cores;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view item = NextPart(rest, ',');
    const size_t dash = std::min(item.find('-'), item.size());
    const auto first = ParseNumberWithin(item.substr(0, dash), 0, kMaxCores - 1);
    const auto last =
        dash == item.size() ? first : ParseNumberWithin(item.substr(dash + 1), 0, kMaxCores - 1);
    if (!first || !last || cores.size() >= kMaxCores) return {};
    for (int64_t core = *first; core <= *last; ++core) cores.push_back(static_cast<int>(core));
  }
  std::sort(cores.begin(), cores.end());
  cores.erase(std::unique(cores.begin(), cores.end()), cores.end());
  return cores;
}

}  // namespace mobilenet
