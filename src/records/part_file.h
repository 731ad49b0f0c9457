// A file that is there whole or not at all: written beside its place, as NAME.part, and renamed.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "src/base/file_descriptor.h"

namespace mobilenet {

class PartFile {
 public:
  // What a path that is a link stands for.
  enum class Links {
    kFollow,   // what it leads to is replaced, and the link stays one
    kReplace,  // itself
  };

  // The longest ending that a name gets on its way.
  static constexpr size_t kMaxEndingBytes = 7;  // ".part99"

  // Makes NAME.part or, where there is somebody's file of that name, NAME.part2 and so on. A file that is in
  // its place already gives it its mode and owner. Throws Error, as all of these do.
  explicit PartFile(const std::string& path, Links links = Links::kFollow);
  // Removes what was not committed.
  ~PartFile();
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  void Write(std::string_view text);
  // Puts it in its place, on the disk unless `is_synced` is false.
  void Commit(bool is_synced = true);
  // What was committed, open for writing and locked.
  FileDescriptor Take() { return std::move(descriptor_); }

 private:
  void Open();
  [[noreturn]] void FailToWrite(int error_number) const;

  const std::string path_;  // in messages
  const std::string place_;
  std::string part_path_;
  FileDescriptor descriptor_;
  bool is_committed_ = false;
};

}  // namespace mobilenet
