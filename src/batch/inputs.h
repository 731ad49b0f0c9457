// What is to be classified: files, folders, lists of them and standard input, handed out one by one. It never
// holds more than the names in one folder at each depth, so a list may be of any length.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/base/buffer_allocator.h"
#include "src/records/shard.h"

namespace mobilenet {

struct InputOptions {
  std::vector<std::string> arguments;  // FILE, FOLDER, @LIST, - (an image on standard input)
  std::string files_from;              // a list: FILE, - (standard input) or "" (none)
  bool has_nul_separators = false;     // names in lists end with NUL, not with a newline
  bool is_recursive = false;           // folders with everything below them
  bool takes_hidden = false;           // also hidden files and folders in folders
  std::string left_out_folder;         // never entered, wherever it is found; "" for none
  Shard shard;
};

// Neither a folder nor a list.
bool IsOneImage(const InputOptions& options);

// Whether the lists can be read a second time: not from a pipe, whose contents only one reader gets.
bool CanBeReadTwice(const InputOptions& options);

struct Input {
  std::string path;                       // as given, or below a folder as given; "-" is standard input
  std::optional<std::string> error = {};  // why there is nothing to classify at that path
  bool is_standard_input = false;
  std::optional<int64_t> frame = {};  // number of the frame in a stream on standard input, from 1
  ByteBuffer bytes = {};              // the frame's bytes
  bool is_alone = false;              // nothing else may be in hand at the same time
};

class InputSource {
 public:
  // Throws Error if a list cannot be read, or if standard input is used twice.
  explicit InputSource(const InputOptions& options);
  ~InputSource();

  // In the order of the arguments, then of `files_from`; within a folder, in the byte order of the paths,
  // files whose names end like an image's. Hidden files in a folder (names that begin with a dot, thumbnails
  // of a network drive) are left out, and so is a folder that links lead to again. A folder without images is
  // an input with an error.
  std::optional<Input> Next();

  // Files in folders whose names are not those of images.
  int64_t skipped_files() const { return skipped_files_; }
  // Hidden files and folders that were left out, whatever they contain.
  int64_t skipped_hidden() const { return skipped_hidden_; }

 private:
  class NameList;
  struct Entry {
    std::string name;  // with a slash at the end if it is a folder
    bool is_folder = false;
  };
  struct Folder {
    std::string path;            // with a slash at the end
    std::vector<Entry> entries;  // the last one comes next
  };
  using FileId = std::pair<dev_t, ino_t>;

  std::optional<Input> NextOfAll();
  std::optional<Input> NextOfFolders();
  void TakeList();
  std::optional<Input> Begin(const std::string& path);
  std::optional<std::string> Enter(const std::string& path);
  bool IsInShard(const Input& input) const;

  const InputOptions options_;
  size_t next_argument_ = 0;
  std::unique_ptr<NameList> list_;               // the list being read
  std::deque<std::unique_ptr<NameList>> lists_;  // the lists after it
  // The given folder, and below it the folders that lead to the next input.
  std::string root_;
  std::vector<Folder> folders_;
  int64_t inputs_of_root_ = 0;
  std::set<FileId> entered_;  // folders found below the root, and the one that is left out
  std::atomic<int64_t> skipped_files_ = 0;
  std::atomic<int64_t> skipped_hidden_ = 0;
};

}  // namespace mobilenet
