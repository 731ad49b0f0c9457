// A large photograph for benchmarks.
#pragma once

#include <string>

#include "test/support/files.h"

namespace mobilenet::test {

// Writes a JPEG of quality 90 into the folder. Returns its path.
std::string WritePhotograph(const TemporaryFolder& folder, int width, int height);

}  // namespace mobilenet::test
