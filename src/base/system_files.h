// The small text files in which the Linux kernel describes the machine (/proc, /sys): opened without ever
// waiting, read up to a limit, and every number checked before it is believed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mobilenet {

inline constexpr size_t kMaxSystemLineBytes = 200;  // of a line to print
inline constexpr int kMaxCores = 1024;

// The files below a root: "" for this machine, or a folder with such files, for tests.
class SystemFiles {
 public:
  explicit SystemFiles(std::string root) : root_(std::move(root)) {}

  // The first megabyte of the file; "" if it cannot be read or is not a file.
  std::string Text(const std::string& path) const;
  // The first line, without spaces around it; strings of the device tree end with a zero byte.
  std::string Line(const std::string& path) const;
  // The first line as a number in min...max.
  std::optional<int64_t> Number(const std::string& path, int64_t min, int64_t max, int base = 10) const;
  // The first line, read by ParseCoreList.
  std::vector<int> Cores(const std::string& path) const;

 private:
  std::string root_;
};

// `text` without the spaces, newlines and zero bytes around it.
std::string_view TrimmedText(std::string_view text);

// The text before `separator`, and takes both off `rest`; all of `rest` if it has no separator.
std::string_view NextPart(std::string_view& rest, char separator);

// What follows `name` at the beginning of a line, trimmed; "" if no line begins with it.
std::string_view LineAfter(std::string_view text, std::string_view name);

// A list of cores, "0-3,6", in rising order; empty if it is not such a list.
std::vector<int> ParseCoreList(std::string_view text);

// The number followed by "kB" there, in bytes.
std::optional<int64_t> KilobytesAfter(std::string_view text, std::string_view name);

}  // namespace mobilenet
