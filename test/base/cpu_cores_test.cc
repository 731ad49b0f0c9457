#include "src/base/cpu_cores.h"

#include <sched.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "src/base/error.h"
#include "src/base/system_files.h"
#include "test/support/catch.h"
#include "test/support/files.h"

namespace mobilenet {
namespace {

// The cores this process may use: the fixtures describe those.
std::vector<int> OwnCores() {
  cpu_set_t allowed;
  REQUIRE(sched_getaffinity(0, sizeof(allowed), &allowed) == 0);
  std::vector<int> cores;
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (CPU_ISSET(core, &allowed)) cores.push_back(core);
  }
  return cores;
}

void WriteCore(const test::TemporaryFolder& folder, int core, const std::string& file, long value) {
  const std::filesystem::path path =
      folder / ("sys/devices/system/cpu/cpu" + std::to_string(core) + "/" + file);
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path) << value << "\n";
}

TEST_CASE("if nothing distinguishes cores, all count") {
  const test::TemporaryFolder folder;
  CHECK(FastestClusterCores(folder.path()) == std::ssize(OwnCores()));
}

TEST_CASE("only the cores of the fastest cluster count") {
  const std::vector<int> cores = OwnCores();
  for (const char* file : {"cpu_capacity", "cpufreq/cpuinfo_max_freq"}) {
    CAPTURE(file);
    const test::TemporaryFolder folder;
    for (int core : cores) WriteCore(folder, core, file, core == cores.back() ? 2400000 : 1800000);
    CHECK(FastestClusterCores(folder.path()) == 1);
    for (int core : cores) WriteCore(folder, core, file, 1800000);
    CHECK(FastestClusterCores(folder.path()) == std::ssize(cores));
  }
}

TEST_CASE("the kernel's capacity counts more than the clock") {
  const std::vector<int> cores = OwnCores();
  const test::TemporaryFolder folder;
  for (int core : cores) {
    WriteCore(folder, core, "cpufreq/cpuinfo_max_freq", 1800000);
    WriteCore(folder, core, "cpu_capacity", core == cores.front() ? 1024 : 400);
  }
  CHECK(FastestClusterCores(folder.path()) == 1);
}

TEST_CASE("cores are chosen by cluster or by number, from those that are allowed") {
  const std::vector<int> cores = OwnCores();
  const test::TemporaryFolder folder;
  for (int core : cores) WriteCore(folder, core, "cpu_capacity", core == cores.back() ? 1024 : 400);
  CHECK(ChooseCores("all", folder.path()) == cores);
  CHECK(ChooseCores("big", folder.path()) == std::vector<int>{cores.back()});
  if (cores.size() > 1) {
    CHECK(ChooseCores("little", folder.path()) == std::vector<int>(cores.begin(), cores.end() - 1));
  }
  CHECK(ChooseCores(std::to_string(cores.front()), folder.path()) == std::vector<int>{cores.front()});
  const test::TemporaryFolder alike;
  CHECK(ChooseCores("big", alike.path()) == cores);
  for (const char* text : {"little", "", "small", "-1", "0-", "1,,2", "1023", "4096", "0-4096"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(ChooseCores(text, alike.path()), Error);
  }
  CHECK(CoresText(cores) == CoresText(ParseCoreList(CoresText(cores))));
  CHECK(CoresText({0, 1, 2, 5, 7, 8}) == "0-2,5,7-8");
}

}  // namespace
}  // namespace mobilenet
