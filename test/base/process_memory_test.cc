#include "src/base/process_memory.h"

#include <cstring>
#include <vector>

#include "test/support/catch.h"
#include "test/support/run_command.h"

namespace mobilenet {
namespace {

TEST_CASE("the process's peak memory counts what was given back, until it is restarted") {
  if (!test::TellsMemory()) return;
  constexpr int64_t kBytes = 64 << 20;
  const ProcessMemory before = ReadProcessMemory();
  REQUIRE(before.now_bytes);
  REQUIRE(before.peak_bytes);
  CHECK(*before.peak_bytes >= *before.now_bytes);
  {
    std::vector<char> large(kBytes);
    std::memset(large.data(), 1, large.size());
    CHECK(large[kBytes / 2] == 1);
    CHECK(*ReadProcessMemory().now_bytes > *before.now_bytes + kBytes / 2);
  }
  CHECK(*ReadProcessMemory().peak_bytes > *before.now_bytes + kBytes / 2);
  if (RestartPeakMemory()) CHECK(*ReadProcessMemory().peak_bytes < *before.now_bytes + kBytes / 2);
}

}  // namespace
}  // namespace mobilenet
