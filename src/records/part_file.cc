#include "src/records/part_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "src/base/error.h"
#include "src/records/durable_write.h"

namespace mobilenet {
namespace {

constexpr char kEnding[] = ".part";

std::string PlaceOf(const std::string& path) {
  std::error_code error;
  const std::filesystem::path place = std::filesystem::canonical(path, error);
  return error ? path : place.string();
}

}  // namespace

std::string PartFile::PartPath(const std::string& path) {
  return PlaceOf(path) + kEnding;
}

PartFile::PartFile(const std::string& path)
    : path_(path), place_(PlaceOf(path)), part_path_(place_ + kEnding) {
  descriptor_ = ::open(part_path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor_ < 0) Fail(part_path_, ": cannot write: ", std::strerror(errno));
}

PartFile::~PartFile() {
  ::close(descriptor_);
  if (!is_committed_) ::unlink(part_path_.c_str());
}

void PartFile::Write(std::string_view text) {
  if (const int error = WriteAll(descriptor_, text); error != 0) FailToWrite(error);
}

void PartFile::Commit(bool is_synced) {
  const int error = is_synced ? SyncToDisk(descriptor_) : 0;
  if (error != 0) FailToWrite(error);
  if (::rename(part_path_.c_str(), place_.c_str()) != 0) FailToWrite(errno);
  is_committed_ = true;
  if (is_synced) SyncFolderOf(place_);
}

void PartFile::FailToWrite(int error_number) const {
  Fail(path_, ": cannot write: ", std::strerror(error_number));
}

}  // namespace mobilenet
