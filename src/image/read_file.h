// A whole file or stream in memory, with a limit. Not mapped: a mapped file that somebody truncates meanwhile
// kills the process.
#pragma once

#include <cstdint>
#include <string>

#include "src/base/buffer_allocator.h"

namespace mobilenet {

// Files, and pipes as `<(command)` makes them; directories, devices and empty files are refused, and of what
// is no image the first bytes are enough. A pipe that says nothing for 10 seconds, perhaps since nobody ever
// opened it to write, is an error. Throws Error with the path in front.
ByteBuffer ReadFile(const std::string& path, int64_t max_bytes);

// What is left to read from the descriptor, which stays open and is waited for as long as it takes; `name`
// stands for the path in messages.
ByteBuffer ReadDescriptor(int descriptor, const std::string& name, int64_t max_bytes);

}  // namespace mobilenet
