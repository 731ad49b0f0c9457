#include "src/records/record_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>

#include "src/base/error.h"
#include "src/base/start_thread.h"
#include "src/records/durable_write.h"

namespace mobilenet {
RecordFile::RecordFile(const std::string& path) : path_(path) {
  Open();
}

void RecordFile::Open() {
  constexpr int kFlags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;
  for (;;) {
    descriptor_ = FileDescriptor(::open(path_.c_str(), kFlags | O_EXCL, 0666));
    is_new_ = static_cast<bool>(descriptor_);
    if (!descriptor_) descriptor_ = FileDescriptor(::open(path_.c_str(), kFlags, 0666));
    if (!descriptor_) Fail(path_, ": cannot write the results there: ", std::strerror(errno));
    struct stat status = {};
    ::fstat(descriptor_.get(), &status);
    is_regular_ = S_ISREG(status.st_mode) && !IsNameOfDescriptor(path_);
    size_bytes_ = is_regular_ ? status.st_size : 0;
    if (!is_regular_) return;
    if (::flock(descriptor_.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
      Fail(path_, ": another run is writing its results there (each needs its own file)");
    }
    // Between the two steps, another run may have put its own file there: that is the one to check.
    struct stat there = {};
    if (::stat(path_.c_str(), &there) == 0 && there.st_ino == status.st_ino &&
        there.st_dev == status.st_dev) {
      return;
    }
  }
}

RecordFile::~RecordFile() {
  StopSyncing();
}

void RecordFile::StopSyncing() {
  if (!syncing_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  stop_.notify_one();
  syncing_.join();
}

void RecordFile::Truncate(int64_t size_bytes) {
  if (!is_regular_) return;
  if (::ftruncate(descriptor_.get(), static_cast<off_t>(size_bytes)) != 0) FailToWrite(errno);
  size_bytes_ = size_bytes;
}

void RecordFile::ReplaceBy(PartFile& whole) {
  whole.Commit();
  descriptor_ = whole.Take();
  struct stat status = {};
  if (::fcntl(descriptor_.get(), F_SETFL, O_APPEND) != 0 || ::fstat(descriptor_.get(), &status) != 0) {
    FailToWrite(errno);
  }
  size_bytes_ = status.st_size;
}

void RecordFile::StartSyncing(const SyncInterval& interval) {
  interval_ = interval;
  if (const int error = SyncFolderOf(path_); error != 0) FailToWrite(error);
  if (interval.records == 0) {
    syncing_ = StartThread([this, interval] { SyncEvery(interval.seconds); });
  }
}

void RecordFile::SyncEvery(double seconds) {
  std::unique_lock lock(mutex_);
  while (!stop_.wait_for(lock, std::chrono::duration<double>(seconds), [this] { return is_stopping_; })) {
    if (!has_unsynced_.exchange(false)) continue;
    lock.unlock();
    if (const int error = SyncToDisk(descriptor_.get()); error != 0) sync_error_ = error;
    if (const char* const harm = Harm(); harm != nullptr) harm_ = harm;
    lock.lock();
  }
}

// What others have meanwhile done to the file; null for nothing.
const char* RecordFile::Harm() const {
  if (!is_regular_) return nullptr;
  const int64_t written_bytes = size_bytes_;  // read first, since more may be written meanwhile
  struct stat status = {};
  if (::fstat(descriptor_.get(), &status) != 0) return nullptr;
  if (status.st_size < written_bytes) return "was cut short";
  struct stat there = {};
  if (::stat(path_.c_str(), &there) != 0) {
    return errno == ENOENT || errno == ENOTDIR ? "was removed" : nullptr;
  }
  const bool is_it = there.st_ino == status.st_ino && there.st_dev == status.st_dev;
  return is_it ? nullptr : "was replaced by another file";
}

void RecordFile::FailIfHarmed(const char* harm) const {
  if (harm != nullptr)
    Fail(path_, ": ", harm, " while this run was writing its results there (records are lost)");
}

void RecordFile::Write(std::string_view record) {
  if (const int error = sync_error_; error != 0) FailToWrite(error);
  FailIfHarmed(harm_);
  if (const int error = WriteAll(descriptor_.get(), record); error != 0) {
    // Half a record would be removed when the file is continued; for other readers it is removed now.
    if (is_regular_ && ::ftruncate(descriptor_.get(), static_cast<off_t>(size_bytes_)) != 0) {
      FailToWrite(errno);
    }
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
  if (const int error = SyncToDisk(descriptor_.get()); error != 0) FailToWrite(error);
  FailIfHarmed(Harm());
}

void RecordFile::Finish() {
  // The kernel reports a failure once: after the thread has seen it, syncing again seems to succeed.
  StopSyncing();
  if (const int error = sync_error_; error != 0) FailToWrite(error);
  Sync();
}

void RecordFile::FailToWrite(int error_number) const {
  const bool is_full = error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG;
  Fail(path_, ": cannot write the results: ", std::strerror(error_number),
       is_full && is_regular_
           ? " (the records so far are complete: free some space and continue with --resume)"
           : "");
}

}  // namespace mobilenet
