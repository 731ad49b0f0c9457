// A file that appears complete or not at all: written beside its place, as NAME.part, and then renamed.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "src/base/file_descriptor.h"

namespace mobilenet {

class PartFile {
 public:
  // What to do if the path is a link.
  enum class Links {
    kFollow,   // replace its target, and keep the link
    kReplace,  // replace the link itself
  };

  // The longest ending that a name gets meanwhile.
  static constexpr size_t kMaxEndingBytes = 7;  // ".part99"

  // Makes NAME.part or, if somebody's file has that name, NAME.part2 and so on. A file that is already in its
  // place passes on its mode and owner. Throws Error, as all of these do.
  explicit PartFile(const std::string& path, Links links = Links::kFollow);
  // Removes the file unless it was committed.
  ~PartFile();
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  void Write(std::string_view text);
  // Moves the file to its place, synced to the disk unless `is_synced` is false.
  void Commit(bool is_synced = true);
  // The committed file, open for writing and locked.
  FileDescriptor Take() { return std::move(descriptor_); }

 private:
  void Open();
  [[noreturn]] void FailToWrite(int error_number) const;

  const std::string path_;  // for messages
  const std::string place_;
  std::string part_path_;
  FileDescriptor descriptor_;
  bool is_committed_ = false;
};

}  // namespace mobilenet
