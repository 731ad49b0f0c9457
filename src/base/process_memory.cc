#include "src/base/process_memory.h"

#include <fcntl.h>
#include <unistd.h>

#include <string>

#include "src/base/file_descriptor.h"
#include "src/base/system_files.h"

namespace mobilenet {

ProcessMemory ReadProcessMemory() {
  const std::string text = SystemFiles("").Text("/proc/self/status");
  return {KilobytesAfter(text, "VmRSS:"), KilobytesAfter(text, "VmHWM:")};
}

bool RestartPeakMemory() {
  const FileDescriptor file(::open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC));
  return ::write(file.get(), "5", 1) == 1;
}

}  // namespace mobilenet
