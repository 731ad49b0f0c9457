// Preloaded into the program: makes one call of one function of the C library fail, do half of its work or
// take long, and notes each call of it in $FAULT_RECORD. $FAULT_CALL is its name, $FAULT_AT the call's number
// from 1 on, $FAULT_KIND "half", "late" or the errno. Only calls about files whose names begin with
// $FAULT_BELOW are counted.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

enum class Fault { kNone, kHalf, kLate, kFails };

std::string_view Variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// The C library's own function.
template <typename Function>
Function* Next(const char* name, Function*) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}
#define NEXT(function) Next(#function, &::function)

std::string PathOf(int descriptor) {
  char path[4096];
  const ssize_t length =
      ::readlink(("/proc/self/fd/" + std::to_string(descriptor)).c_str(), path, sizeof path);
  return {path, static_cast<size_t>(length < 0 ? 0 : length)};
}

// What is to happen to this call; errno is set if it fails, and a late one has waited.
Fault FaultOf(std::string_view call, const std::string& path) {
  static std::atomic<int> calls = 0;
  static thread_local bool is_inside = false;  // this call is our own
  if (is_inside || call != Variable("FAULT_CALL") || !path.starts_with(Variable("FAULT_BELOW"))) {
    return Fault::kNone;
  }
  is_inside = true;
  const int number = ++calls;
  if (std::FILE* const record = std::fopen(std::getenv("FAULT_RECORD"), "a")) {
    std::fprintf(record, "%d %s\n", number, path.c_str());
    std::fclose(record);
  }
  is_inside = false;
  if (std::to_string(number) != Variable("FAULT_AT")) return Fault::kNone;
  const std::string_view kind = Variable("FAULT_KIND");
  if (kind == "half") return Fault::kHalf;
  if (kind == "late") {
    ::usleep(30'000);
    return Fault::kLate;
  }
  errno = std::atoi(std::getenv("FAULT_KIND"));
  return Fault::kFails;
}

}  // namespace

// Names and parameters are the C library's.
extern "C" {

ssize_t write(int descriptor, const void* bytes, size_t count) {
  const Fault fault = FaultOf("write", PathOf(descriptor));
  if (fault == Fault::kFails) return -1;
  return NEXT(write)(descriptor, bytes, fault == Fault::kHalf ? (count + 1) / 2 : count);
}

int fdatasync(int descriptor) {
  if (FaultOf("fdatasync", PathOf(descriptor)) == Fault::kFails) return -1;
  return NEXT(fdatasync)(descriptor);
}

int fsync(int descriptor) {
  if (FaultOf("fdatasync", PathOf(descriptor)) == Fault::kFails) return -1;
  return NEXT(fsync)(descriptor);
}

int flock(int descriptor, int operation) {
  if (FaultOf("flock", PathOf(descriptor)) == Fault::kFails) return -1;
  return NEXT(flock)(descriptor, operation);
}

int ftruncate(int descriptor, off_t length) {
  if (FaultOf("ftruncate", PathOf(descriptor)) == Fault::kFails) return -1;
  return NEXT(ftruncate)(descriptor, length);
}

int ftruncate64(int descriptor, off64_t length) {
  if (FaultOf("ftruncate", PathOf(descriptor)) == Fault::kFails) return -1;
  return NEXT(ftruncate64)(descriptor, length);
}

int rename(const char* from, const char* to) {
  if (FaultOf("rename", to) == Fault::kFails) return -1;
  return NEXT(rename)(from, to);
}

int link(const char* from, const char* to) {
  if (FaultOf("link", to) == Fault::kFails) return -1;
  return NEXT(link)(from, to);
}

int unlink(const char* path) {
  if (FaultOf("unlink", path) == Fault::kFails) return -1;
  return NEXT(unlink)(path);
}

int open(const char* path, int flags, ...) {
  std::va_list more;
  va_start(more, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  if (FaultOf("open", path) == Fault::kFails) return -1;
  return NEXT(open)(path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  std::va_list more;
  va_start(more, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  if (FaultOf("open", path) == Fault::kFails) return -1;
  return NEXT(open64)(path, flags, mode);
}

int openat(int folder, const char* path, int flags, ...) {
  std::va_list more;
  va_start(more, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  if (FaultOf("open", path) == Fault::kFails) return -1;
  return NEXT(openat)(folder, path, flags, mode);
}

}  // extern "C"
