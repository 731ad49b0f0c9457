// What the tests of this folder do with files and errors.
#pragma once

#include <functional>
#include <string>

#include "test/image/bytes.h"

namespace mobilenet::test {

// A folder of its own under the system's, gone with all it holds at the end of the scope.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  // Writes a file and returns its path.
  std::string Write(const std::string& name, const Bytes& contents) const;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Bytes ReadBytes(const std::string& path);

// The message of the Error that `action` throws, "" when it throws none; another exception passes.
std::string ErrorOf(const std::function<void()>& action);
// The same for decoding `bytes` as "picture".
std::string DecodeError(const Bytes& bytes);

}  // namespace mobilenet::test
