// FILE.inhand beside the FILE of --output: the inputs that a run has in hand, so that one that kills the
// program each time, for instance by its memory, is known when the run is continued. It is removed when the
// run ends, and stays if the program is killed.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "src/base/file_descriptor.h"

namespace mobilenet {

class InHand {
 public:
  // Remembers what was in hand when an earlier run of that output died, except for what `has_record`; nothing
  // if the run is not continued (null). Throws Error if somebody else's file is in the way.
  InHand(const std::string& output, const std::function<bool(const std::string& path)>& has_record);
  // The run ends normally, as after End.
  ~InHand();
  InHand(const InHand&) = delete;
  InHand& operator=(const InHand&) = delete;

  // How many runs died with this input in hand.
  int Deaths(const std::string& path) const;

  // May be called by several threads.
  void Add(const std::string& path);
  void Remove(const std::string& path);

  // The run ends normally.
  void End();

 private:
  struct Entry {
    int in_hand = 0;  // how often it was given
    int deaths = 0;
    std::string line;  // without its first character
  };

  void Read(const std::string& text, const std::function<bool(const std::string& path)>& has_record);
  std::string Text();
  void Write();

  const std::string path_;
  mutable std::mutex mutex_;  // guards everything below
  std::map<std::string, Entry> entries_;
  size_t written_bytes_ = 0;
  bool has_ended_ = false;
  FileDescriptor descriptor_;
};

}  // namespace mobilenet
