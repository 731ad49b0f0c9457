// The memory that this process has in RAM.
#pragma once

#include <cstdint>
#include <optional>

namespace mobilenet {

struct ProcessMemory {
  std::optional<int64_t> now_bytes;
  std::optional<int64_t> peak_bytes;  // since the start, or the last RestartPeakMemory
};

// What the kernel does not tell is unknown.
ProcessMemory ReadProcessMemory();

// The peak counts anew from here. Whether the kernel can do that.
bool RestartPeakMemory();

}  // namespace mobilenet
