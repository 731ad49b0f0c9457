#include "src/base/cpu_caches.h"

#include <filesystem>

#include "test/support/catch.h"
#include "test/support/files.h"

namespace mobilenet {
namespace {

// A root folder with what the kernel says on such a machine; "" for what it does not say.
int64_t CacheOf(const std::string& cpu_part, const std::string& l2_size, const std::string& l3_size = "") {
  const test::TemporaryFolder root;
  std::filesystem::create_directories(root / "proc");
  if (!cpu_part.empty()) {
    test::WriteFileBytes(root / "proc/cpuinfo",
                         "processor\t: 0\nCPU part\t: " + cpu_part + "\nCPU revision\t: 3\n");
  }
  const std::string cache = root / "sys/devices/system/cpu/cpu0/cache";
  int index = 0;
  for (const std::string& size : {std::string("32K"), l2_size, l3_size}) {
    if (l2_size.empty() || size.empty()) continue;
    const std::string folder = cache + "/index" + std::to_string(index++);
    std::filesystem::create_directories(folder);
    test::WriteFileBytes(folder + "/level", std::to_string(index) + "\n");
    test::WriteFileBytes(folder + "/size", size + "\n");
  }
  return LastLevelCacheBytes(root.path());
}

TEST_CASE("the last-level cache is the largest that the kernel knows") {
  CHECK(CacheOf("", "1024K") == 1 << 20);
  CHECK(CacheOf("", "512K", "32768K") == 32 << 20);
}

TEST_CASE("a board's core determines its cache if the kernel is silent, or an emulator's host is larger") {
  CHECK(CacheOf("0xd03", "") == 512 << 10);
  CHECK(CacheOf("0xd08", "") == 1 << 20);
  CHECK(CacheOf("0xd0b", "") == 2 << 20);
  CHECK(CacheOf("0xd08", "1024K", "32768K") == 1 << 20);
  CHECK(CacheOf("0xd0b", "512K", "1024K") == 1 << 20);
}

TEST_CASE("sizes that make no sense are unknown") {
  for (const char* size :
       {"-1024K", "1024", "K", "1024K1024K", "9223372036854775807K", "1048576000000000K"}) {
    CAPTURE(size);
    CHECK(CacheOf("", size) == 32 << 10);  // the first level's
  }
}

TEST_CASE("half a megabyte if neither kernel nor core is known") {
  CHECK(CacheOf("", "") == 512 << 10);
  CHECK(CacheOf("0x999", "") == 512 << 10);
}

}  // namespace
}  // namespace mobilenet
