// The file of --output: whole records, one after another, whatever happens meanwhile.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "src/base/file_descriptor.h"
#include "src/records/part_file.h"

namespace mobilenet {

// When the records are synced to the disk: after this many records or, if that is 0, this many seconds.
struct SyncInterval {
  int64_t records = 0;
  double seconds = 1;
};

class RecordFile {
 public:
  // Opens the file, or makes it, and keeps its contents. Nobody else writes to what is at that path until it
  // is closed. Throws Error, also if another run is writing to it.
  explicit RecordFile(const std::string& path);
  ~RecordFile();
  RecordFile(const RecordFile&) = delete;
  RecordFile& operator=(const RecordFile&) = delete;

  const std::string& path() const { return path_; }
  // Not a pipe, a device or a name for one such as /dev/stdout: it can be truncated and continued.
  bool is_regular() const { return is_regular_; }
  // Whether there was no such file before.
  bool is_new() const { return is_new_; }
  int64_t size_bytes() const { return size_bytes_; }

  // Truncates the file to that length. Throws Error.
  void Truncate(int64_t size_bytes);
  // Commits the other file, which was made for this one's place, and continues with it. Throws Error.
  void ReplaceBy(PartFile& whole);

  // From now on, records are synced to the disk at the interval. Throws Error.
  void StartSyncing(const SyncInterval& interval);
  // Appends a record and hands it to the kernel. Throws Error if it cannot be written, or if an earlier one
  // could not be synced; the file then ends with the last record that was written.
  void Write(std::string_view record);
  // Waits until all is on the disk, in its place. Throws Error if it is not, or was not at any earlier time.
  void Finish();

 private:
  void Open();
  void StopSyncing();
  void SyncEvery(double seconds);
  void Sync();
  const char* Harm() const;
  [[noreturn]] void FailToWrite(int error_number) const;
  void FailIfHarmed(const char* harm) const;

  const std::string path_;
  FileDescriptor descriptor_;
  bool is_regular_ = false;
  bool is_new_ = false;
  std::atomic<int64_t> size_bytes_ = 0;
  SyncInterval interval_;
  int64_t records_since_sync_ = 0;

  // The thread that syncs, so that nobody waits for a slow card.
  std::mutex mutex_;
  std::condition_variable stop_;
  bool is_stopping_ = false;                 // guarded by mutex_
  std::atomic<bool> has_unsynced_ = false;   // records
  std::atomic<int> sync_error_ = 0;          // errno
  std::atomic<const char*> harm_ = nullptr;  // what Harm returned
  std::thread syncing_;
};

}  // namespace mobilenet
