#include "src/base/cpu_part.h"

#include <filesystem>

#include "test/support/catch.h"
#include "test/support/files.h"

namespace mobilenet {
namespace {

long PartOf(const std::string& cpu_info) {
  const test::TemporaryFolder root;
  std::filesystem::create_directories(root / "proc");
  test::WriteFileBytes(root / "proc/cpuinfo", cpu_info);
  return CpuPart(root.path());
}

TEST_CASE("the part of a board's cores is read from /proc/cpuinfo") {
  CHECK(PartOf("processor\t: 0\nCPU part\t: 0xd08\nCPU revision\t: 3\n") == kCortexA72);
  // An RK3588: four small cores, then four big ones.
  CHECK(PartOf("processor\t: 0\nCPU part\t: 0xd05\n\nprocessor\t: 4\nCPU part\t: 0xd0b\n") == kCortexA76);
}

TEST_CASE("machines that name no part have none") {
  CHECK(CpuPart("/nowhere") == 0);
  CHECK(PartOf("model name\t: AMD EPYC\n") == 0);
  CHECK(PartOf("CPU part") == 0);
  CHECK(PartOf("CPU part\t: \n") == 0);
  CHECK(PartOf(std::string("CPU part\t:\0x\n", 13)) == 0);
}

}  // namespace
}  // namespace mobilenet
