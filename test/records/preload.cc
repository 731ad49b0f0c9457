// Preloaded into the program: what the disk and the machine do, recorded or made to fail.
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

namespace {

std::string Variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Whether the descriptor belongs to the file that the variable names.
bool IsFileOf(const char* name, int descriptor) {
  struct stat wanted = {};
  struct stat status = {};
  return ::stat(Variable(name).c_str(), &wanted) == 0 && ::fstat(descriptor, &status) == 0 &&
         wanted.st_ino == status.st_ino && wanted.st_dev == status.st_dev;
}

int Open(const char* path, int flags, mode_t mode) {
  if (path == Variable("KILL_AT")) ::kill(::getpid(), SIGKILL);
  return static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}

}  // namespace

extern "C" {

// KILL_AT: opening this file ends the program, as the kernel does when there is not enough memory.
int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = va_arg(arguments, mode_t);
  va_end(arguments);
  return Open(path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = va_arg(arguments, mode_t);
  va_end(arguments);
  return Open(path, flags, mode);
}

// SYNC_RECORD: the file in which each sync is noted: the inode, and the file's length at that time.
// SYNC_FAILS: the file whose first sync with contents fails, and no other.
int fdatasync(int descriptor) {
  static std::atomic<bool> has_failed = false;
  struct stat status = {};
  if (::fstat(descriptor, &status) == 0 && !Variable("SYNC_RECORD").empty()) {
    std::ofstream(Variable("SYNC_RECORD"), std::ios::app) << status.st_ino << ' ' << status.st_size << '\n';
  }
  if (IsFileOf("SYNC_FAILS", descriptor) && status.st_size > 0 && !has_failed.exchange(true)) {
    std::ofstream(Variable("SYNC_FAILS") + ".failed");
    errno = EIO;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_fdatasync, descriptor));
}

// LOCK_FINDS, LOCK_PUTS: before the first is locked, the second takes its place, as if another run did it.
int flock(int descriptor, int operation) {
  static std::atomic<bool> has_put = false;
  if (IsFileOf("LOCK_FINDS", descriptor) && !has_put.exchange(true)) {
    std::rename(Variable("LOCK_PUTS").c_str(), Variable("LOCK_FINDS").c_str());
  }
  return static_cast<int>(::syscall(SYS_flock, descriptor, operation));
}

// THREAD_FAILS: the number of the thread, from 1, that cannot be started any more.
int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*start)(void*),
                   void* argument) {
  static std::atomic<int> count = 0;
  const std::string first = Variable("THREAD_FAILS");
  if (!first.empty() && ++count >= std::stoi(first)) return EAGAIN;
  using Create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  // POSIX requires what dlsym returns to be a function.
  static const auto create = reinterpret_cast<Create>(::dlsym(RTLD_NEXT, "pthread_create"));
  return create(thread, attributes, start, argument);
}

}  // extern "C"
