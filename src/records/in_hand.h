// FILE.inhand beside the FILE of --output: the inputs that a run has in hand, so that one that ends the
// program each time, by its memory for instance, is known when the run is continued. It goes with the run's
// end, and stays where the program was killed.
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
  // What was in hand when an earlier run of that output died, but for what `has_record`, is remembered;
  // nothing is where the run is not continued (null). Throws Error where somebody else's file is in the way.
  InHand(const std::string& output, const std::function<bool(const std::string& path)>& has_record);
  // The run ends by itself, as after End.
  ~InHand();
  InHand(const InHand&) = delete;
  InHand& operator=(const InHand&) = delete;

  // How many runs died with this input in hand.
  int Deaths(const std::string& path) const;

  // From several threads.
  void Add(const std::string& path);
  void Remove(const std::string& path);

  // The run ends by itself.
  void End();

 private:
  struct Entry {
    int in_hand = 0;  // as often as it was given
    int deaths = 0;
    std::string line;  // but for its first character
  };

  void Read(const std::string& text, const std::function<bool(const std::string& path)>& has_record);
  std::string Text();
  void Write();

  const std::string path_;
  mutable std::mutex mutex_;  // of all below
  std::map<std::string, Entry> entries_;
  size_t written_bytes_ = 0;
  bool has_ended_ = false;
  FileDescriptor descriptor_;
};

}  // namespace mobilenet
