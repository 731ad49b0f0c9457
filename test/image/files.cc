#include "test/image/files.h"

#include "src/base/error.h"
#include "src/image/image.h"

namespace mobilenet::test {

std::string WriteBytes(const TemporaryFolder& folder, const std::string& name, const Bytes& contents) {
  WriteFileBytes(folder / name, std::string(contents.begin(), contents.end()));
  return folder / name;
}

Bytes ReadBytes(const std::string& path) {
  return FromText(ReadFileBytes(path));
}

std::string ErrorOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

std::string DecodeError(const Bytes& bytes, const DecodeOptions& options) {
  return ErrorOf([&] { DecodeImage(bytes, "picture", options); });
}

}  // namespace mobilenet::test
