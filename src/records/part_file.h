// A file that is there whole or not at all: written beside its place, as NAME.part, and renamed.
#pragma once

#include <string>
#include <string_view>

namespace mobilenet {

class PartFile {
 public:
  // NAME.part for that path; of a link beside what it leads to, so that the link stays one.
  static std::string PartPath(const std::string& path);

  // Makes NAME.part, which is then empty. Throws Error, as all of these do.
  explicit PartFile(const std::string& path);
  // Removes what was not committed.
  ~PartFile();
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  void Write(std::string_view text);
  // Puts it in its place, on the disk unless `is_synced` is false.
  void Commit(bool is_synced = true);

 private:
  [[noreturn]] void FailToWrite(int error_number) const;

  const std::string path_;  // in messages
  const std::string place_;
  const std::string part_path_;
  int descriptor_ = -1;
  bool is_committed_ = false;
};

}  // namespace mobilenet
