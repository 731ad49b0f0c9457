#include "src/records/part_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "src/base/error.h"
#include "src/records/durable_write.h"

namespace mobilenet {

PartFile::PartFile(const std::string& path, Links links)
    : path_(path), place_(links == Links::kFollow ? TargetOf(path) : path) {
  Open();
  // Whoever opens it in its final place finds it locked until writing is done.
  ::flock(descriptor_.get(), LOCK_EX | LOCK_NB);
  struct stat there = {};
  if (::lstat(place_.c_str(), &there) != 0 || !S_ISREG(there.st_mode)) return;
  // Not everybody may give files away: the file then belongs to the writer, with the mode it had.
  [[maybe_unused]] const int ignored = ::fchown(descriptor_.get(), there.st_uid, there.st_gid);
  ::fchmod(descriptor_.get(), there.st_mode & 07777);
}

void PartFile::Open() {
  constexpr int kMostNames = 99;
  struct stat there = {};
  // A file that replaces one which others must not read must not be readable either, from its first byte on.
  const mode_t mode = ::lstat(place_.c_str(), &there) == 0 ? 0600 : 0666;
  for (int i = 1; i <= kMostNames; ++i) {
    part_path_ = StrCat(place_, ".part", i == 1 ? "" : std::to_string(i));
    descriptor_ =
        FileDescriptor(::open(part_path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
    if (descriptor_) return;
    if (errno != EEXIST) Fail(part_path_, ": cannot write: ", std::strerror(errno));
  }
  Fail(place_, ".part: exists, and ", kMostNames - 1, " others (if killed runs left them, remove them)");
}

PartFile::~PartFile() {
  if (!is_committed_) ::unlink(part_path_.c_str());
}

void PartFile::Write(std::string_view text) {
  if (const int error = WriteAll(descriptor_.get(), text); error != 0) FailToWrite(error);
}

void PartFile::Commit(bool is_synced) {
  if (const int error = is_synced ? SyncToDisk(descriptor_.get()) : 0; error != 0) FailToWrite(error);
  if (::rename(part_path_.c_str(), place_.c_str()) != 0) FailToWrite(errno);
  is_committed_ = true;
  if (const int error = is_synced ? SyncFolderOf(place_) : 0; error != 0) FailToWrite(error);
}

void PartFile::FailToWrite(int error_number) const {
  Fail(path_, ": cannot write: ", std::strerror(error_number));
}

}  // namespace mobilenet
