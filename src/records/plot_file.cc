#include "src/records/plot_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "src/base/error.h"
#include "src/base/file_descriptor.h"
#include "src/records/durable_write.h"
#include "src/records/part_file.h"
#include "src/report/evaluation_html.h"

namespace mobilenet {
namespace {

struct Kind {
  std::string_view ending;
  std::string_view mark;  // found at a file's beginning
  std::string_view what;  // "not an SVG picture"
  std::string_view rule;  // "plots are SVG pictures"
};

// A picture that somebody may have drawn by hand counts as a plot that may be replaced, too; a photograph or
// a model whose name was given by mistake does not.
constexpr Kind kSvg = {".svg", "<svg", "not an SVG picture", "plots are SVG pictures"};
constexpr Kind kHtml = {".html", kEvaluationHtmlMark, "not a report of mobilenet eval", "reports are HTML"};

void RefuseOther(const std::string& path, const Kind& kind) {
  const FileDescriptor descriptor(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!descriptor) Fail(path, ": cannot be replaced: ", std::strerror(errno));
  char bytes[4096];
  const ssize_t count = ::read(descriptor.get(), bytes, sizeof(bytes));
  if (count < 0) Fail(path, ": cannot be replaced: ", std::strerror(errno));
  const std::string_view beginning(bytes, static_cast<size_t>(count));
  if (!beginning.empty() && beginning.find(kind.mark) == beginning.npos) {
    Fail(path, ": exists, and is ", kind.what, " (use another name, or remove it)");
  }
}

void WriteToDevice(const std::string& path, std::string_view text) {
  const FileDescriptor descriptor(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!descriptor) Fail(path, ": cannot write: ", std::strerror(errno));
  const int error = WriteAll(descriptor.get(), text);
  if (error == EPIPE) throw OutputClosed();
  if (error != 0) Fail(path, ": cannot write: ", std::strerror(error));
}

// Whether it is written to directly instead of being replaced. Throws Error if neither is allowed.
bool CheckIsDevice(const std::string& path, const Kind& kind) {
  struct stat status = {};
  const bool is_there = ::stat(path.c_str(), &status) == 0;
  if (is_there && S_ISDIR(status.st_mode))
    Fail(path, ": is a folder (a file FILE", kind.ending, " is needed)");
  if (is_there && (!S_ISREG(status.st_mode) || IsNameOfDescriptor(path))) return true;
  if (!path.ends_with(kind.ending))
    Fail(path, ": ", kind.rule, " (a name like FILE", kind.ending, " is needed)");
  if (is_there) RefuseOther(path, kind);
  return false;
}

void WriteWhole(const std::string& path, std::string_view text, const Kind& kind) {
  if (CheckIsDevice(path, kind)) return WriteToDevice(path, text);
  PartFile part(path);
  part.Write(text);
  part.Commit();
}

}  // namespace

void CheckPlotFile(const std::string& path) {
  if (CheckIsDevice(path, kSvg)) return;
  const size_t slash = path.rfind('/');
  const std::string folder = slash == path.npos ? "." : path.substr(0, slash + 1);
  if (::access(folder.c_str(), W_OK | X_OK) != 0) Fail(path, ": cannot write: ", std::strerror(errno));
}

void WritePlotFile(const std::string& path, std::string_view svg) {
  WriteWhole(path, svg, kSvg);
}

void WriteHtmlFile(const std::string& path, std::string_view html) {
  WriteWhole(path, html, kHtml);
}

}  // namespace mobilenet
