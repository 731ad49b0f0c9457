// What is to be classified: files, folders, lists of them and standard input, handed out one by one. No more
// than one folder's names at each depth are held at a time, so a list may be of any length.
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
  bool has_nul_separators = false;     // lists: names end with NUL, not with a newline
  bool is_recursive = false;           // folders with all that is below them
  bool takes_hidden = false;           // in folders, hidden files and folders too
  std::string left_out_folder;         // not entered wherever it is met; "" for none
  Shard shard;
};

// Neither a folder nor a list.
bool IsOneImage(const InputOptions& options);

// Whether somebody else may read the lists too: not from a pipe, where what one takes the other lacks.
bool CanBeReadTwice(const InputOptions& options);

struct Input {
  std::string path;                       // as given, or below a folder as given; "-" is standard input
  std::optional<std::string> error = {};  // why there is nothing to classify at that path
  bool is_standard_input = false;
  std::optional<int64_t> frame = {};  // of a stream on standard input, from 1
  ByteBuffer bytes = {};              // of the frame
  bool is_alone = false;              // to be in hand alone: no other meanwhile
};

class InputSource {
 public:
  // Throws Error for a list that cannot be read, and where standard input is wanted twice.
  explicit InputSource(const InputOptions& options);
  ~InputSource();

  // In the order of the arguments, then of `files_from`; in a folder in the byte order of the paths, files
  // whose names end like an image's. What is hidden in a folder (a name that begins with a dot, thumbnails of
  // a network drive) is left out, and a folder that links lead to again. A folder without images is an input
  // with an error.
  std::optional<Input> Next();

  // What was met in folders and is no file with an image's name.
  int64_t skipped_files() const { return skipped_files_; }
  // Hidden files and folders that were left out, whatever is in them.
  int64_t skipped_hidden() const { return skipped_hidden_; }

 private:
  class NameList;
  struct Entry {
    std::string name;  // of a folder with a slash at the end
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
  std::unique_ptr<NameList> list_;               // the one that is being read
  std::deque<std::unique_ptr<NameList>> lists_;  // the ones after it
  // The folder that was given, and below it the ones that lead to the next input.
  std::string root_;
  std::vector<Folder> folders_;
  int64_t inputs_of_root_ = 0;
  std::set<FileId> entered_;  // folders met below the root, and the one that is left out
  std::atomic<int64_t> skipped_files_ = 0;
  std::atomic<int64_t> skipped_hidden_ = 0;
};

}  // namespace mobilenet
