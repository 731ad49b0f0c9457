#include "src/batch/label_file.h"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <string_view>
#include <utility>

#include "src/base/error.h"
#include "src/base/sha256.h"
#include "src/base/utf8.h"

namespace mobilenet {
namespace {

// Splits lines. Of those beyond the limit it keeps only the number, and the first one.
class Lines {
 public:
  explicit Lines(size_t most) : most_(most) {}

  void Append(std::string_view text) {
    while (!text.empty()) {
      const size_t end = text.find('\n');
      if (count_ < most_ || count_ == 0) line_ += text.substr(0, end);
      is_begun_ = end == text.npos;
      if (is_begun_) return;
      EndLine();
      text.remove_prefix(end + 1);
    }
  }

  // The last line may lack its newline. A byte order mark by itself is not a line.
  void End() {
    if (is_begun_ && (count_ > 0 || line_ != kByteOrderMark)) EndLine();
  }

  uint64_t count() const { return count_; }
  std::vector<std::string> Take() { return std::move(lines_); }

 private:
  void EndLine() {
    if (count_ == 0) RemoveByteOrderMark(line_);
    if (line_.ends_with('\r')) line_.pop_back();
    if (count_ < most_) lines_.push_back(std::move(line_));
    line_.clear();
    ++count_;
  }

  const size_t most_;
  std::vector<std::string> lines_;
  std::string line_;
  bool is_begun_ = false;
  uint64_t count_ = 0;
};

}  // namespace

LabelFile ReadLabels(const std::string& path, int classes) {
  constexpr size_t kMaxBytes = 64 << 20;  // if it is a device, or another file that is no list of labels
  errno = 0;
  std::ifstream in(path);
  Sha256Stream sha256;
  Lines lines(static_cast<size_t>(classes));
  size_t bytes = 0;
  for (char chunk[1 << 16]; in && bytes <= kMaxBytes;) {
    in.read(chunk, sizeof chunk);
    const std::string_view text(chunk, static_cast<size_t>(in.gcount()));
    bytes += text.size();
    sha256.Append(text);
    lines.Append(text);
  }
  if (in.bad() || errno != 0) Fail(path, ": cannot read the labels: ", std::strerror(errno));
  if (bytes > kMaxBytes) {
    Fail(path, ": more than ", kMaxBytes >> 20, " MiB (a list of labels was expected)");
  }
  lines.End();
  if (lines.count() != static_cast<uint64_t>(classes)) {
    Fail(path, ": ", lines.count(), " labels (the model has ", classes, " classes; one line for each)");
  }
  return {lines.Take(), sha256.Finish()};
}

}  // namespace mobilenet
