// `mobilenet doctor` with folders that show what boards show.
#include <sys/stat.h>

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "test/support/boards.h"
#include "test/support/catch.h"
#include "test/support/small_model.h"
#include "test/support/under_test.h"

namespace mobilenet {
namespace {

using nlohmann::json;
using test::FileTree;
using test::RunMobilenet;

// Sets the default model, so that the findings are those of the board.
const test::SmallModel& Model() {
  static const test::SmallModel model;
  return model;
}

std::string Doctor(const FileTree& tree, const std::string& format,
                   std::vector<std::string> environment = {}) {
  const test::TemporaryFolder root;
  test::WriteTree(root, tree);
  environment.push_back("MOBILENET_MODEL=" + Model().model());
  const auto result = RunMobilenet({"doctor", "--root", root.path(), "--format", format}, environment);
  CHECK(result.status == 0);
  CHECK(result.err == "");
  return result.out;
}

json DoctorJson(const FileTree& tree, const std::vector<std::string>& environment = {}) {
  const std::string text = Doctor(tree, "json", environment);
  CHECK(text.find('\n') == text.size() - 1);
  return json::parse(text);
}

std::vector<std::string> Findings(const FileTree& tree, const std::vector<std::string>& environment = {}) {
  return DoctorJson(tree, environment)["findings"].get<std::vector<std::string>>();
}

void CheckContains(const std::string& text, const std::string& part) {
  CAPTURE(text, part);
  CHECK(text.find(part) != std::string::npos);
}

TEST_CASE("doctor finds nothing wrong with a healthy board") {
  for (const FileTree& tree : {test::RaspberryPi4(), test::RaspberryPi5(), test::Rk3588()}) {
    const std::string text = Doctor(tree, "text");
    CheckContains(text, "findings\n  nothing wrong\n");
    CHECK(Findings(tree).empty());
  }
}

TEST_CASE("doctor as text shows cores, caches, features, memory and power") {
  const std::string pi4 = Doctor(test::RaspberryPi4(), "text");
  for (const char* part :
       {"Raspberry Pi 4 Model B Rev 1.4\n", "  cores 0-3           4 x Cortex-A72, 600 to 1800 MHz, now 600,",
        "governor ondemand\n", "L1 data 32 KB, L1 instruction 48 KB, L2 1024 KB for 4 cores\n",
        "NEON, FMA; no dot product, FP16, i8mm\n", "a cache of 1024 KB\n", "3794 MB, available 3331 MB\n",
        "page size           4 KB\n", "cpu-thermal 52.1 C\n", "under-voltage       no\n",
        "throttled           no\n"}) {
    CheckContains(pi4, part);
  }
  const std::string pi5 = Doctor(test::RaspberryPi5(), "text");
  for (const char* part : {"NEON, FMA, dot product, FP16; no i8mm\n", "page size           16 KB\n",
                           "under-voltage       not now\n", "throttled           unknown\n"}) {
    CheckContains(pi5, part);
  }
  const std::string rk3588 = Doctor(test::Rk3588(), "text");
  for (const char* part : {"cores 0-3           4 x Cortex-A55, 408 to 1800 MHz",
                           "cores 4-7           4 x Cortex-A76, 408 to 2400 MHz", "L3 3072 KB for 8 cores\n",
                           "package-thermal 43.5 C, bigcore0-thermal 44.4 C, littlecore-thermal 43.5 C\n"}) {
    CheckContains(rk3588, part);
  }
}

TEST_CASE("doctor as JSON has the same, in numbers") {
  const json machine = DoctorJson(test::Rk3588())["machine"];
  CHECK(machine["board"] == "Radxa ROCK 5B");
  REQUIRE(machine["clusters"].size() == 2);
  const json& big = machine["clusters"][1];
  CHECK(big["cores"] == json({4, 5, 6, 7}));
  CHECK(big["core_type"] == "Cortex-A76");
  CHECK(big["capacity"] == 1024);
  CHECK(big["max_mhz"] == 2400);
  CHECK(big["governor"] == "schedutil");
  CHECK(
      big["caches"][3] ==
      json(
          {{"level", 3}, {"type", "Unified"}, {"size_bytes", 3 << 20}, {"cores", {0, 1, 2, 3, 4, 5, 6, 7}}}));
  CHECK(machine["features"] ==
        json({{"neon", true}, {"fma", true}, {"dot", true}, {"fp16", true}, {"i8mm", false}}));
  CHECK(machine["last_level_cache_bytes"] == 2 << 20);  // as the A76 tells, not what all eight share
  CHECK(machine["memory_total_bytes"] == int64_t{16141132} * 1024);
  CHECK(machine["page_bytes"] == 4096);
  CHECK(machine["temperatures"][1] == json({{"zone", "bigcore0-thermal"}, {"celsius", 44.384}}));
  CHECK(machine["power"]["under_voltage"] == json({{"now", nullptr}, {"since_boot", nullptr}}));
  CHECK(machine["offline_cores"].empty());
}

TEST_CASE("doctor names the kernel of every operator in every type") {
  const json program = DoctorJson(test::RaspberryPi4())["program"];
  CHECK(program["model"] == Model().model());
  CHECK(!program["glibc"].is_null());
  CHECK(program["isa"]["chosen"].is_string());
  const bool runs = program["xnnpack"]["runs"];
  CHECK(runs == program["xnnpack"]["error"].is_null());
  CHECK(program["xnnpack"]["generation"].is_null() == !test::HasXnnpack());

  std::set<std::string> operators;
  std::set<std::string> types;
  for (const json& kernel : program["kernels"]) {
    CAPTURE(kernel.dump());
    operators.insert(kernel["operator"].get<std::string>());
    const std::string type = kernel["type"];
    const std::string name = kernel["kernel"];
    CAPTURE(name);
    const bool is_widened = type == "f16" && name.find("_f32") != std::string::npos;
    CHECK((is_widened || name.find((type[0] == 'f' ? "_" : "_q") + type) != std::string::npos));
    types.insert(type);
    CHECK((kernel["backend"] == "native" || (runs && kernel["backend"] == "xnnpack")));
  }
  CHECK(operators == std::set<std::string>{"add", "avg pool", "avg pool 2x2 s2", "concat", "conv 1x1",
                                           "conv 3x3 s2", "depthwise 3x3 s1", "depthwise 3x3 s2",
                                           "depthwise 5x5 s1", "depthwise 5x5 s2", "fully connected", "lrn 5",
                                           "max pool 3x3 s2", "sigmoid", "softmax"});
  CHECK((types.size() == 3 || (types.size() == 4 && types.count("f16") == 1)));
  CHECK(program["kernels"].size() == types.size() * operators.size() - 2);  // lrn of floats alone
}

TEST_CASE("doctor chooses kernels by the core of the board") {
  const auto backend_of = [](const FileTree& tree, const std::string& type) {
    const json report = DoctorJson(tree);
    for (const json& kernel : report["program"]["kernels"]) {
      if (kernel["operator"] == "conv 1x1" && kernel["type"] == type)
        return kernel["backend"].get<std::string>();
    }
    return std::string();
  };
  const json program = DoctorJson(test::RaspberryPi4())["program"];
  if (program["xnnpack"]["runs"] != true) return;
  // NativeIsFaster has native kernels of integers for 64-bit ARM. On an x86-64 with their dot product it has
  // them whatever the board.
  const bool is_native = (program["architecture"] == "aarch64" && program["isa"]["chosen"] != "scalar") ||
                         program["isa"]["chosen"] == "avx512vnni";
  for (const char* type : {"u8", "s8"}) {
    CHECK(backend_of(test::RaspberryPi4(), type) == (is_native ? "native" : "xnnpack"));
    CHECK(backend_of(test::RaspberryPi5(), type) == (is_native ? "native" : "xnnpack"));
  }
}

TEST_CASE("doctor shows the kernels that classify runs") {
  const auto classified = RunMobilenet({"classify", "--threads", "1", "--layers", "--format", "json",
                                        "--model", Model().model(), Model().picture()});
  REQUIRE(classified.status == 0);
  const json kernels = json::parse(RunMobilenet({"doctor", "--format", "json"}).out)["program"]["kernels"];
  const json record = json::parse(classified.out);
  for (const json& layer : record["layers"]) {
    bool found = false;
    for (const json& kernel : kernels) {
      if (kernel["operator"] != layer["operator"] || kernel["type"] != "s8") continue;
      found = true;
      CAPTURE(layer.dump(), kernel.dump());
      CHECK(kernel["backend"] == layer["backend"]);
      CHECK(kernel["kernel"] == layer["kernel"]);
    }
    CAPTURE(layer.dump());
    CHECK(found);
  }
}

// The only finding for a Raspberry Pi 4 with this file.
std::string FindingWith(const std::string& path, const std::string& contents) {
  FileTree tree = test::RaspberryPi4();
  tree[path] = contents;
  const std::vector<std::string> findings = Findings(tree);
  CAPTURE(path, contents, findings);
  REQUIRE(findings.size() == 1);
  return findings[0];
}

TEST_CASE("doctor says what is wrong and what to do") {
  const std::string throttled = "/sys/devices/platform/soc/soc:firmware/get_throttled";
  CheckContains(FindingWith(throttled, "1"), "under-voltage now: ");
  CheckContains(FindingWith(throttled, "10000"), "under-voltage since boot: ");
  CheckContains(FindingWith(throttled, "10001"), "under-voltage now: ");
  CheckContains(FindingWith(throttled, "10000"), "better power supply");
  CheckContains(FindingWith(throttled, "2"), "clock capped by the firmware now: ");
  CheckContains(FindingWith(throttled, "40000"), "throttled since boot: ");
  CheckContains(FindingWith(throttled, "8"), "above the soft temperature limit now: ");
  CheckContains(FindingWith("/sys/class/thermal/thermal_zone0/temp", "82310"),
                "temperature 82 C (cpu-thermal): ");
  CheckContains(FindingWith("/proc/meminfo", "MemAvailable: 42000 kB\n"), "only 41 MB of memory");
  CheckContains(FindingWith("/sys/devices/system/cpu/present", "0-5\n"),
                "cores 4-5 are offline and compute nothing; ");

  FileTree slow = test::RaspberryPi4();
  for (int core = 0; core < 4; ++core) {
    const std::string folder = "/sys/devices/system/cpu/cpu" + std::to_string(core) + "/cpufreq/";
    slow[folder + "scaling_governor"] = "powersave\n";
    slow[folder + "scaling_max_freq"] = "1000000\n";
  }
  const std::vector<std::string> findings = Findings(slow);
  REQUIRE(findings.size() == 2);
  CheckContains(findings[0], "governor of cores 0-3 is powersave: ");
  CheckContains(findings[1], "clock of cores 0-3 is limited to 1000 of 1800 MHz: ");
}

TEST_CASE("doctor names quota, memory limit and busy cores") {
  const json free = DoctorJson(test::RaspberryPi4())["machine"];
  CHECK(free["cpu_quota"].is_null());
  CHECK(free["busy_cores"].is_null());
  CHECK(free["memory_limits"] == json({{"cgroup_bytes", nullptr},
                                       {"address_space_bytes", nullptr},
                                       {"available_bytes", int64_t{3411844} * 1024}}));

  FileTree tree = test::RaspberryPi4();
  tree["/proc/self/cgroup"] = "0::/box\n";
  tree["/proc/self/mountinfo"] = "24 22 0:27 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
  tree["/sys/fs/cgroup/box/cpu.max"] = "150000 100000\n";
  tree["/sys/fs/cgroup/box/memory.max"] = "134217728\n";
  tree["/sys/fs/cgroup/box/memory.current"] = "104857600\n";
  tree["/proc/loadavg"] = "2.00 1.80 1.20 3/145 4711\n";
  const json machine = DoctorJson(tree)["machine"];
  CHECK(machine["cpu_quota"] == 1.5);
  CHECK(machine["busy_cores"] == 2);
  CHECK(machine["memory_limits"]["cgroup_bytes"] == 128 << 20);
  CHECK(machine["memory_limits"]["available_bytes"] == 28 << 20);
  const std::string text = Doctor(tree, "text");
  CheckContains(text, "memory limit        128 MB of the cgroup, available 28 MB\n");
  CheckContains(text, "processor quota     1.5 processors\n");
  CheckContains(text, "busy cores          2 with other processes\n");
  const std::vector<std::string> findings = Findings(tree);
  REQUIRE(findings.size() == 3);
  CheckContains(findings[0],
                "only 28 MB of memory are available: the cgroup has 128 MB in all; raise its limit");
  CheckContains(findings[1], "a cgroup's quota leaves 1.5 of 4 processors: ");
  CheckContains(findings[2], "other processes keep 2 cores busy: ");

  FileTree limited = test::RaspberryPi4();
  limited["/proc/self/limits"] =
      "Max address space         67108864            67108864            bytes     \n";
  limited["/proc/self/status"] = "VmSize:\t   32768 kB\n";
  const std::vector<std::string> few = Findings(limited);
  REQUIRE(few.size() == 1);
  CheckContains(few[0], "only 32 MB of memory are available: the address space has 64 MB in all; ");
}

TEST_CASE("doctor says when there is no model, and when a variable is wrong") {
  const test::TemporaryFolder root;
  test::WriteTree(root, test::RaspberryPi4());
  const auto result =
      RunMobilenet({"doctor", "--root", root.path()}, {"MOBILENET_MODEL=/nonexistent/x.safetensors"});
  CHECK(result.status == 0);
  CheckContains(result.out, "default model       none\n");
  CheckContains(result.out, "\n  - no default model: /nonexistent/x.safetensors: ");

  const std::vector<std::string> findings = Findings(test::RaspberryPi4(), {"MOBILENET_ISA=sse"});
  REQUIRE(findings.size() == 1);
  CheckContains(findings[0], "MOBILENET_ISA: sse: no such instruction set");
}

TEST_CASE("doctor exits 0 on this machine, and on one that reports nothing or nonsense") {
  CHECK(RunMobilenet({"doctor"}).status == 0);
  const json nothing = DoctorJson({});
  CHECK(nothing["machine"]["board"].is_null());
  CHECK(nothing["machine"]["clusters"].empty());
  CHECK(nothing["machine"]["features"].is_null());
  CheckContains(Doctor({}, "text"), "cores               unknown\n");

  FileTree nonsense = test::Rk3588();
  for (auto& [path, contents] : nonsense) contents = "\x1b[2J " + contents.substr(0, contents.size() / 2);
  DoctorJson(nonsense);
  CHECK(Doctor(nonsense, "text").find('\x1b') == std::string::npos);
}

TEST_CASE("doctor called wrongly exits 2") {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"doctor", "--root", "/nonexistent"},
        {"doctor", "--format", "csv"},
        {"doctor", "picture.jpg"}}) {
    const auto result = RunMobilenet(arguments);
    CHECK(result.status == 2);
    CHECK(result.out == "");
  }
}

TEST_CASE("pipes among the machine's files are waited for by nobody") {
  const test::TemporaryFolder root;
  const test::FileTree tree = test::RaspberryPi4();
  test::WriteTree(root, tree);
  for (const auto& [path, contents] : tree) {
    std::filesystem::remove(root.path() + path);
    REQUIRE(::mkfifo((root.path() + path).c_str(), 0600) == 0);
  }
  const auto result = test::RunCommand(
      {"/bin/bash", "-c", "timeout 60 " + test::MobilenetCommand() + " doctor --root " + root.path()});
  CHECK(result.status == 0);
  CHECK(result.out.find("unknown") != std::string::npos);
}

}  // namespace
}  // namespace mobilenet
