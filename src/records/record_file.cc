#include "src/records/record_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>

#include "src/base/error.h"
#include "src/records/durable_write.h"

namespace mobilenet {
namespace {

// Whatever standard output or a descriptor leads to, no other file is put beside these names or in their
// place.
bool IsNameOfDescriptor(const std::string& path) {
  return path.starts_with("/dev/std") || path.starts_with("/dev/fd/") || path.starts_with("/proc/");
}

}  // namespace

RecordFile::RecordFile(const std::string& path) : path_(path) {
  Open();
}

void RecordFile::Open() {
  descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (descriptor_ < 0) Fail(path_, ": cannot write the results there: ", std::strerror(errno));
  struct stat status = {};
  ::fstat(descriptor_, &status);
  is_regular_ = S_ISREG(status.st_mode) && !IsNameOfDescriptor(path_);
  size_bytes_ = is_regular_ ? status.st_size : 0;
  if (is_regular_ && ::flock(descriptor_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    ::close(descriptor_);
    Fail(path_, ": another run writes its results there (a file of its own for each)");
  }
}

RecordFile::~RecordFile() {
  if (syncing_.joinable()) {
    {
      const std::lock_guard lock(mutex_);
      is_stopping_ = true;
    }
    stop_.notify_one();
    syncing_.join();
  }
  ::close(descriptor_);
}

void RecordFile::Truncate(int64_t size_bytes) {
  if (!is_regular_) return;
  if (::ftruncate(descriptor_, static_cast<off_t>(size_bytes)) != 0) FailToWrite(errno);
  size_bytes_ = size_bytes;
}

void RecordFile::ReplaceBy(PartFile& whole) {
  whole.Commit();
  ::close(descriptor_);
  Open();
}

void RecordFile::StartSyncing(const SyncInterval& interval) {
  interval_ = interval;
  SyncFolderOf(path_);
  if (interval.records == 0) syncing_ = std::thread([this, interval] { SyncEvery(interval.seconds); });
}

void RecordFile::SyncEvery(double seconds) {
  std::unique_lock lock(mutex_);
  while (!stop_.wait_for(lock, std::chrono::duration<double>(seconds), [this] { return is_stopping_; })) {
    if (!has_unsynced_.exchange(false)) continue;
    lock.unlock();
    if (const int error = SyncToDisk(descriptor_); error != 0) sync_error_ = error;
    lock.lock();
  }
}

void RecordFile::Write(std::string_view record) {
  if (const int error = sync_error_; error != 0) FailToWrite(error);
  if (const int error = WriteAll(descriptor_, record); error != 0) {
    // Half a record would be cut when the file is continued; for other readers it goes now.
    if (is_regular_ && ::ftruncate(descriptor_, static_cast<off_t>(size_bytes_)) != 0) FailToWrite(errno);
    if (error == EPIPE) throw OutputClosed();
    FailToWrite(error);
  }
  size_bytes_ += static_cast<int64_t>(record.size());
  has_unsynced_ = true;
  if (interval_.records > 0 && ++records_since_sync_ >= interval_.records) Sync();
}

void RecordFile::Sync() {
  records_since_sync_ = 0;
  has_unsynced_ = false;
  if (const int error = SyncToDisk(descriptor_); error != 0) FailToWrite(error);
}

void RecordFile::FailToWrite(int error_number) const {
  const bool is_full = error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG;
  Fail(path_, ": cannot write the results: ", std::strerror(error_number),
       is_full && is_regular_ ? " (what is there is whole: free some space and continue with --resume)" : "");
}

}  // namespace mobilenet
