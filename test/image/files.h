// What the tests in this folder do with files and errors.
#pragma once

#include <functional>
#include <string>

#include "src/image/image.h"
#include "test/image/bytes.h"
#include "test/support/files.h"

namespace mobilenet::test {

// Writes a file NAME into the folder and returns its path.
std::string WriteBytes(const TemporaryFolder& folder, const std::string& name, const Bytes& contents);
Bytes ReadBytes(const std::string& path);

// The message of the Error that `action` throws, "" if it throws none; other exceptions pass.
std::string ErrorOf(const std::function<void()>& action);
// The same for decoding `bytes` as "picture".
std::string DecodeError(const Bytes& bytes, const DecodeOptions& options = {});

}  // namespace mobilenet::test
