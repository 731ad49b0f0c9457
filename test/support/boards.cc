#include "test/support/boards.h"

#include <filesystem>
#include <utility>
#include <vector>

namespace mobilenet::test {
namespace {

struct Cache {
  const char* level;
  const char* type;
  const char* size;
  const char* cores;  // "" for the core alone
};

struct Cores {
  int first = 0;
  int last = 0;
  const char* part;
  const char* min_khz;
  const char* max_khz;
  const char* capacity;  // "" where the kernel has none
  std::vector<Cache> caches;
};

const char kArmV8[] = "fp asimd evtstrm crc32 cpuid";
const char kArmV82[] =
    "fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp";
const char kArmV7[] =
    "half thumb fastmult vfp edsp neon vfpv3 tls vfpv4 idiva idivt vfpd32 lpae evtstrm crc32";

void AddCores(FileTree& tree, const Cores& cores, const std::string& features, const std::string& governor,
              const std::string& model_name = "") {
  for (int core = cores.first; core <= cores.last; ++core) {
    const std::string number = std::to_string(core);
    std::string& info = tree["/proc/cpuinfo"];
    info += "processor\t: " + number + "\n";
    if (!model_name.empty()) info += "model name\t: " + model_name + "\n";
    info += "BogoMIPS\t: 108.00\nFeatures\t: " + features +
            " \nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x0\nCPU part\t: " + cores.part +
            "\nCPU revision\t: 3\n\n";
    const std::string folder = "/sys/devices/system/cpu/cpu" + number;
    if (*cores.capacity != '\0') tree[folder + "/cpu_capacity"] = std::string(cores.capacity) + "\n";
    tree[folder + "/cpufreq/cpuinfo_min_freq"] = std::string(cores.min_khz) + "\n";
    tree[folder + "/cpufreq/cpuinfo_max_freq"] = std::string(cores.max_khz) + "\n";
    tree[folder + "/cpufreq/scaling_max_freq"] = std::string(cores.max_khz) + "\n";
    tree[folder + "/cpufreq/scaling_cur_freq"] = std::string(cores.min_khz) + "\n";
    tree[folder + "/cpufreq/scaling_governor"] = governor + "\n";
    for (size_t i = 0; i < cores.caches.size(); ++i) {
      const Cache& cache = cores.caches[i];
      const std::string index = folder + "/cache/index" + std::to_string(i);
      tree[index + "/level"] = std::string(cache.level) + "\n";
      tree[index + "/type"] = std::string(cache.type) + "\n";
      tree[index + "/size"] = std::string(cache.size) + "\n";
      tree[index + "/shared_cpu_list"] = (*cache.cores == '\0' ? number : std::string(cache.cores)) + "\n";
    }
  }
}

FileTree Board(const std::string& model, const std::string& kernel, const std::string& cores,
               int64_t memory_kb, int64_t available_kb, int page_kb) {
  const auto kb = [](int64_t number) { return std::to_string(number) + " kB\n"; };
  FileTree tree;
  tree["/proc/device-tree/model"] = model + std::string(1, '\0');
  tree["/proc/sys/kernel/osrelease"] = kernel + "\n";
  tree["/sys/devices/system/cpu/online"] = cores + "\n";
  tree["/sys/devices/system/cpu/present"] = cores + "\n";
  tree["/proc/meminfo"] = "MemTotal:       " + kb(memory_kb) + "MemFree:          " + kb(available_kb / 2) +
                          "MemAvailable:   " + kb(available_kb) + "Buffers:           " + kb(30528);
  if (page_kb != 0) {
    tree["/proc/self/smaps"] =
        "5581a60000-5581c58000 r-xp 00000000 b3:02 262306                         /usr/bin/mobilenet\n"
        "Size:               2016 kB\nKernelPageSize:       " +
        kb(page_kb) + "MMUPageSize:          " + kb(page_kb) + "Rss:                1984 kB\n";
  }
  return tree;
}

void AddZone(FileTree& tree, int number, const std::string& type, int millicelsius) {
  const std::string folder = "/sys/class/thermal/thermal_zone" + std::to_string(number);
  tree[folder + "/type"] = type + "\n";
  tree[folder + "/temp"] = std::to_string(millicelsius) + "\n";
}

}  // namespace

FileTree RaspberryPi4() {
  FileTree tree = Board("Raspberry Pi 4 Model B Rev 1.4", "6.6.51+rpt-rpi-v8", "0-3", 3885396, 3411844, 4);
  AddCores(tree,
           {0,
            3,
            "0xd08",
            "600000",
            "1800000",
            "",
            {{"1", "Data", "32K", ""}, {"1", "Instruction", "48K", ""}, {"2", "Unified", "1024K", "0-3"}}},
           kArmV8, "ondemand");
  tree["/proc/cpuinfo"] +=
      "Revision\t: c03114\nSerial\t\t: 100000001234abcd\nModel\t\t: Raspberry Pi 4 Model B Rev 1.4\n";
  AddZone(tree, 0, "cpu-thermal", 52095);
  tree["/sys/devices/platform/soc/soc:firmware/get_throttled"] = "0\n";
  return tree;
}

FileTree RaspberryPi5() {
  FileTree tree = Board("Raspberry Pi 5 Model B Rev 1.0", "6.6.51+rpt-rpi-2712", "0-3", 8245696, 7512336, 16);
  AddCores(tree,
           {0,
            3,
            "0xd0b",
            "1500000",
            "2400000",
            "",
            {{"1", "Data", "64K", ""},
             {"1", "Instruction", "64K", ""},
             {"2", "Unified", "512K", ""},
             {"3", "Unified", "2048K", "0-3"}}},
           kArmV82, "ondemand");
  AddZone(tree, 0, "cpu-thermal", 48750);
  tree["/sys/class/hwmon/hwmon0/name"] = "cpu_thermal\n";
  tree["/sys/class/hwmon/hwmon1/name"] = "rp1_adc\n";
  tree["/sys/class/hwmon/hwmon2/name"] = "pwmfan\n";
  tree["/sys/class/hwmon/hwmon3/name"] = "rpi_volt\n";
  tree["/sys/class/hwmon/hwmon3/in0_lcrit_alarm"] = "0\n";
  return tree;
}

FileTree Rk3588() {
  FileTree tree = Board("Radxa ROCK 5B", "6.12.25", "0-7", 16141132, 15011360, 4);
  AddCores(tree,
           {0,
            3,
            "0xd05",
            "408000",
            "1800000",
            "530",
            {{"1", "Data", "32K", ""},
             {"1", "Instruction", "32K", ""},
             {"2", "Unified", "128K", ""},
             {"3", "Unified", "3072K", "0-7"}}},
           kArmV82, "schedutil");
  AddCores(tree,
           {4,
            7,
            "0xd0b",
            "408000",
            "2400000",
            "1024",
            {{"1", "Data", "64K", ""},
             {"1", "Instruction", "64K", ""},
             {"2", "Unified", "512K", ""},
             {"3", "Unified", "3072K", "0-7"}}},
           kArmV82, "schedutil");
  AddZone(tree, 0, "package-thermal", 43461);
  AddZone(tree, 1, "bigcore0-thermal", 44384);
  AddZone(tree, 3, "littlecore-thermal", 43461);
  return tree;
}

FileTree RaspberryPi3In32Bit() {
  FileTree tree = Board("Raspberry Pi 3 Model B Plus Rev 1.3", "6.1.21-v7+", "0-3", 943692, 700468, 0);
  AddCores(tree, {0, 3, "0xd03", "600000", "1400000", "", {}}, kArmV7, "ondemand",
           "ARMv7 Processor rev 4 (v7l)");
  AddZone(tree, 0, "cpu-thermal", 47774);
  tree["/sys/devices/platform/soc/soc:firmware/get_throttled"] = "0\n";
  return tree;
}

void WriteTree(const TemporaryFolder& root, const FileTree& tree) {
  for (const auto& [path, contents] : tree) {
    const std::filesystem::path file = root.path() + path;
    std::filesystem::create_directories(file.parent_path());
    WriteFileBytes(file, contents);
  }
}

}  // namespace mobilenet::test
