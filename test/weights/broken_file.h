// For tests of refused files: a file in a temporary folder, and what is said about it.
#pragma once

#include <string>

#include "src/base/error.h"
#include "test/support/catch.h"
#include "test/support/files.h"
#include "test/support/synthetic_model.h"

namespace mobilenet::test {

// The message of the Error that `action` throws; "" (and a failure) if it throws none.
template <typename Action>
std::string MessageOf(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  FAIL_CHECK("no Error was thrown");
  return "";
}

class BrokenFile {
 public:
  explicit BrokenFile(const std::string& bytes) { WriteFileBytes(path(), bytes); }

  std::string path() const { return folder_ / "model.safetensors"; }

  // What `action` (given the path) says, without the path with which it must begin.
  template <typename Action>
  std::string Message(Action action) const {
    const std::string message = MessageOf([&] { action(path()); });
    const std::string start = path() + ": ";
    CAPTURE(message);
    CHECK(message.find('\n') == std::string::npos);
    if (message.rfind(start, 0) == 0) return message.substr(start.size());
    FAIL_CHECK("the message does not begin with the path");
    return message;
  }

 private:
  TemporaryFolder folder_;
};

// What Safetensors::Open and ModelFile::Open say about a file with these bytes.
inline std::string SafetensorsMessage(const std::string& bytes) {
  return BrokenFile(bytes).Message([](const std::string& path) { Safetensors::Open(path); });
}
inline std::string ModelMessage(const std::string& bytes) {
  return BrokenFile(bytes).Message([](const std::string& path) { ModelFile::Open(path); });
}

}  // namespace mobilenet::test
