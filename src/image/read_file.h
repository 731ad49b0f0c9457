// A whole file or stream in memory, with a limit. Not mapped: a mapped file that somebody truncates meanwhile
// kills the process.
#pragma once

#include <cstdint>
#include <string>

#include "src/base/buffer_allocator.h"

namespace mobilenet {

// Files, and pipes as from `<(command)`; directories, devices and empty files are refused, and if it is not
// an image, only the first bytes are read. A pipe that gives no data for 10 seconds, perhaps because nobody
// ever opened it for writing, is an error. Throws Error with the path in front.
ByteBuffer ReadFile(const std::string& path, int64_t max_bytes);

// Everything left to read from the descriptor, which stays open; waits for it as long as it takes. `name`
// stands for the path in messages.
ByteBuffer ReadDescriptor(int descriptor, const std::string& name, int64_t max_bytes);

}  // namespace mobilenet
