#include "src/records/in_hand.h"

#include <unistd.h>

#include <fstream>
#include <sstream>
#include <utility>

#include "src/base/error.h"
#include "src/base/parse_number.h"
#include "src/records/part_file.h"
#include "src/records/side_file.h"
#include "src/report/terminal_text.h"

namespace mobilenet {
namespace {

// The first line contains something that changes with each boot: a power cut is no picture's fault.
constexpr char kTitle[] = "mobilenet: images in hand ";
constexpr char kInHand = '+';
constexpr char kEarlier = '-';

std::string BootId() {
  std::string id;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> id;
  return id;
}

}  // namespace

InHand::InHand(const std::string& output, const std::function<bool(const std::string& path)>& has_record)
    : path_(output + ".inhand") {
  const auto earlier = ReadSideFile(path_);
  if (earlier && !earlier->starts_with(kTitle)) {
    Fail(path_, ": exists, and is not a list of mobilenet (use another output, or remove it)");
  }
  if (earlier && has_record) Read(*earlier, has_record);
  PartFile part(path_, PartFile::Links::kReplace);
  const std::string text = Text();
  part.Write(text);
  part.Commit(false);
  written_bytes_ = text.size();
  descriptor_ = part.Take();
}

InHand::~InHand() {
  End();
}

void InHand::Read(const std::string& text, const std::function<bool(const std::string& path)>& has_record) {
  std::istringstream lines(text);
  std::string title;
  std::getline(lines, title);
  const bool is_same_boot = title == kTitle + BootId();
  for (std::string line; std::getline(lines, line);) {
    // "+ 1 photos/a.jpg"
    const size_t space = line.find(' ', 2);
    if (space == std::string::npos) continue;
    const auto deaths = ParseNumber<int>(std::string_view(line).substr(2, space - 2));
    const auto path = UnescapedText(std::string_view(line).substr(space + 1));
    if (!deaths || *deaths < 0 || !path || has_record(*path)) continue;
    const int all = *deaths + (line[0] == kInHand && is_same_boot ? 1 : 0);
    if (all > 0) entries_[*path].deaths = all;
  }
}

int InHand::Deaths(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(path);
  return found == entries_.end() ? 0 : found->second.deaths;
}

void InHand::Add(const std::string& path) {
  const std::lock_guard lock(mutex_);
  ++entries_[path].in_hand;
  Write();
}

// The file goes on naming an input that was written; it now has its record, and counts no more.
void InHand::Remove(const std::string& path) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(path);
  if (found != entries_.end() && --found->second.in_hand <= 0) entries_.erase(found);
}

std::string InHand::Text() {
  static const std::string kFirstLine = kTitle + BootId() + "\n";
  std::string text = kFirstLine;
  for (auto& [path, entry] : entries_) {
    if (entry.line.empty()) entry.line = StrCat(' ', entry.deaths, ' ', EscapedText(path), '\n');
    text += entry.in_hand > 0 ? kInHand : kEarlier;
    text += entry.line;
  }
  return text;
}

// Overwrites the old text in one step, without waiting for a disk: if the program is killed, the kernel still
// has it. A shorter text is filled up with empty lines.
void InHand::Write() {
  std::string text = Text();
  const size_t text_bytes = text.size();
  if (text.size() < written_bytes_) text.resize(written_bytes_, '\n');
  if (::pwrite(descriptor_.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size())) {
    written_bytes_ = text_bytes;
  }
}

void InHand::End() {
  const std::lock_guard lock(mutex_);
  if (std::exchange(has_ended_, true)) return;
  std::erase_if(entries_, [](const auto& entry) { return entry.second.deaths == 0; });
  for (auto& [path, entry] : entries_) entry.in_hand = 0;
  if (entries_.empty()) {
    ::unlink(path_.c_str());
  } else {
    Write();
  }
}

}  // namespace mobilenet
