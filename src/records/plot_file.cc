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

namespace mobilenet {
namespace {

// What somebody may have drawn by hand is a plot to be replaced, too; a photograph or a model whose name was
// given by mistake is none.
void RefuseOtherThanSvg(const std::string& path) {
  const FileDescriptor descriptor(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!descriptor) Fail(path, ": cannot be replaced: ", std::strerror(errno));
  char bytes[4096];
  const ssize_t count = ::read(descriptor.get(), bytes, sizeof(bytes));
  if (count < 0) Fail(path, ": cannot be replaced: ", std::strerror(errno));
  const std::string_view beginning(bytes, static_cast<size_t>(count));
  if (!beginning.empty() && beginning.find("<svg") == beginning.npos) {
    Fail(path, ": is there, and no SVG picture (another name, or remove it)");
  }
}

void WriteToDevice(const std::string& path, std::string_view text) {
  const FileDescriptor descriptor(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!descriptor) Fail(path, ": cannot write: ", std::strerror(errno));
  const int error = WriteAll(descriptor.get(), text);
  if (error == EPIPE) throw OutputClosed();
  if (error != 0) Fail(path, ": cannot write: ", std::strerror(error));
}

}  // namespace

void WritePlotFile(const std::string& path, std::string_view svg) {
  struct stat status = {};
  const bool is_there = ::stat(path.c_str(), &status) == 0;
  if (is_there && S_ISDIR(status.st_mode)) Fail(path, ": is a folder (a name FILE.svg)");
  if (is_there && (!S_ISREG(status.st_mode) || IsNameOfDescriptor(path))) return WriteToDevice(path, svg);
  if (!path.ends_with(".svg")) Fail(path, ": plots are SVG pictures (a name FILE.svg)");
  if (is_there) RefuseOtherThanSvg(path);
  PartFile part(path);
  part.Write(svg);
  part.Commit();
}

}  // namespace mobilenet
