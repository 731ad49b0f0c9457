// How much RAM this process has in use.
#pragma once

#include <cstdint>
#include <optional>

namespace mobilenet {

struct ProcessMemory {
  std::optional<int64_t> now_bytes;
  std::optional<int64_t> peak_bytes;  // since the start, or the last RestartPeakMemory
};

// What the kernel does not report is unknown.
ProcessMemory ReadProcessMemory();

// Starts counting the peak anew. Returns whether the kernel can do that.
bool RestartPeakMemory();

}  // namespace mobilenet
