// A large photograph for benchmarks.
#pragma once

#include <string>

#include "test/support/files.h"

namespace mobilenet::test {

// A JPEG in the folder, of quality 90. Its path.
std::string WritePhotograph(const TemporaryFolder& folder, int width, int height);

}  // namespace mobilenet::test
