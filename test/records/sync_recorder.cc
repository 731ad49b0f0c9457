// Preloaded into the program: notes in $SYNC_RECORD which file is synced, by its inode, and how long it is
// then.
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

extern "C" int fdatasync(int descriptor) {
  struct stat status = {};
  if (::fstat(descriptor, &status) == 0) {
    std::ofstream(std::getenv("SYNC_RECORD"), std::ios::app)
        << status.st_ino << ' ' << status.st_size << '\n';
  }
  return static_cast<int>(::syscall(SYS_fdatasync, descriptor));
}
