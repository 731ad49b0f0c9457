// A whole file or stream in memory, with a limit. Not mapped: a mapped file that somebody truncates meanwhile
// kills the process.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mobilenet {

// Files, and pipes as `<(command)` makes them; directories, devices and empty files are refused. Throws Error
// with the path in front.
std::vector<uint8_t> ReadFile(const std::string& path, int64_t max_bytes);

// What is left to read from the descriptor, which stays open; `name` stands for the path in messages.
std::vector<uint8_t> ReadDescriptor(int descriptor, const std::string& name, int64_t max_bytes);

}  // namespace mobilenet
