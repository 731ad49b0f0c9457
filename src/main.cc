#include <fcntl.h>
#include <unistd.h>

#include "src/cli/cli.h"

namespace {

// If a standard descriptor is closed, the next file that is opened gets its number, and messages would end up
// among the results. With this, reading and writing these two fails instead, and messages are lost.
void OpenStandardDescriptors() {
  constexpr int kModes[] = {O_WRONLY, O_RDONLY, O_WRONLY};
  for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor) {
    if (::fcntl(descriptor, F_GETFD) < 0) ::open("/dev/null", kModes[descriptor]);
  }
}

}  // namespace

int main(int argc, char** argv) {
  OpenStandardDescriptors();
  return mobilenet::RunCommandLine(argc, argv);
}
