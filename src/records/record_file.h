// The file of --output: whole records, one after the other, whatever happens meanwhile.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "src/records/part_file.h"

namespace mobilenet {

// When what was written goes to the disk: after so many records or, if that is 0, so many seconds.
struct SyncInterval {
  int64_t records = 0;
  double seconds = 1;
};

class RecordFile {
 public:
  // Opens the file, or makes it, and leaves what it holds. Throws Error, also while another run writes to it.
  explicit RecordFile(const std::string& path);
  ~RecordFile();
  RecordFile(const RecordFile&) = delete;
  RecordFile& operator=(const RecordFile&) = delete;

  const std::string& path() const { return path_; }
  // Not a pipe, a device or a name of one such as /dev/stdout: it can be cut and continued.
  bool is_regular() const { return is_regular_; }
  int64_t size_bytes() const { return size_bytes_; }

  // Cuts the file to that length. Throws Error.
  void Truncate(int64_t size_bytes);
  // Commits the other file, which was made for this one's place, and goes on with that. Throws Error.
  void ReplaceBy(PartFile& whole);

  // From now on what is written goes to the disk as the interval says.
  void StartSyncing(const SyncInterval& interval);
  // Appends a record and hands it to the kernel. Throws Error where it cannot be written or, before, be
  // synced; the file then ends with the last record that was.
  void Write(std::string_view record);
  // Throws Error.
  void Sync();

 private:
  void Open();
  void SyncEvery(double seconds);
  [[noreturn]] void FailToWrite(int error_number) const;

  const std::string path_;
  int descriptor_ = -1;
  bool is_regular_ = false;
  int64_t size_bytes_ = 0;
  SyncInterval interval_;
  int64_t records_since_sync_ = 0;

  // The thread that syncs, so that nobody waits for a slow card.
  std::mutex mutex_;
  std::condition_variable stop_;
  bool is_stopping_ = false;                // under mutex_
  std::atomic<bool> has_unsynced_ = false;  // records
  std::atomic<int> sync_error_ = 0;         // errno
  std::thread syncing_;
};

}  // namespace mobilenet
