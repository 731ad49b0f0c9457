// Joins the files in which the parts of one set of images were recorded.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace mobilenet {

class MergedRecords {
 public:
  // Reads all parts. Throws Error for parts that were made with different settings, or are not records.
  // records.
  explicit MergedRecords(const std::vector<std::string>& parts);

  // Missing shards, and parts whose run did not reach its end, one sentence each.
  const std::vector<std::string>& missing() const { return missing_; }

  // Writes the header, if there is one, and all records in the byte order of their paths. Throws Error, like
  // WriteFile.
  void Write(const std::function<void(const std::string&)>& write) const;
  // The same as a file with its metadata beside it. An existing file that holds anything else is refused.
  void WriteFile(const std::string& output) const;

 private:
  // Where a record is; the records themselves stay in their files.
  struct Place {
    std::string path;
    size_t part = 0;
    int64_t offset = 0;
    size_t bytes = 0;  // without its newline

    bool operator<(const Place& other) const {
      return std::tie(path, part, offset) < std::tie(other.path, other.part, other.offset);
    }
  };

  void AddPart(size_t i);
  void AddMissingShards();
  std::string Metadata() const;

  const std::vector<std::string> parts_;
  std::string metadata_;  // of the first part
  std::string header_;
  int shards_ = 0;
  std::set<int> seen_;
  std::vector<std::string> missing_;
  std::vector<Place> places_;
  int64_t failures_ = 0;
};

}  // namespace mobilenet
