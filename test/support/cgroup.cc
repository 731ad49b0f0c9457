#include "test/support/cgroup.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <utility>

namespace mobilenet::test {
namespace {

bool Write(const std::string& path, const std::string& value) {
  std::ofstream out(path);
  out << value << std::flush;
  return out.good();
}

// In version 1 below the cgroup of this process, whose limits also apply to the new one.
std::string ParentV1(const std::string& controller) {
  const std::string mount = "/sys/fs/cgroup/" + controller;
  std::ifstream in("/proc/self/cgroup");
  for (std::string line; std::getline(in, line);) {
    const size_t path = line.find(":" + controller + ":");
    if (path == line.npos) continue;
    const std::string folder = mount + line.substr(path + controller.size() + 2);
    if (std::filesystem::exists(folder + "/cgroup.procs")) return folder;
  }
  return mount;
}

}  // namespace

std::unique_ptr<Cgroup> Cgroup::Make(const std::string& controller, const std::string& file_v1,
                                     const std::string& file_v2, const std::string& value_v1,
                                     const std::string& value_v2) {
  static int made = 0;
  const std::string name = "/mobilenet-test-" + std::to_string(::getpid()) + "-" + std::to_string(made++);
  const std::pair<std::string, std::pair<std::string, std::string>> places[] = {
      {ParentV1(controller), {file_v1, value_v1}},
      {"/sys/fs/cgroup", {file_v2, value_v2}},
  };
  for (const auto& [parent, setting] : places) {
    const std::string folder = parent + name;
    std::error_code error;
    if (!std::filesystem::create_directory(folder, error)) continue;
    auto cgroup = std::unique_ptr<Cgroup>(new Cgroup(folder));
    if (Write(folder + "/" + setting.first, setting.second)) return cgroup;
  }
  std::cout << "SKIPPED: no cgroup with a limit of " << controller << " can be made here" << std::endl;
  return nullptr;
}

std::unique_ptr<Cgroup> Cgroup::WithCpuQuota(double processors) {
  const std::string quota_us = std::to_string(static_cast<int>(processors * 100000));
  return Make("cpu", "cpu.cfs_quota_us", "cpu.max", quota_us, quota_us + " 100000");
}

std::unique_ptr<Cgroup> Cgroup::WithMemoryLimit(int64_t bytes) {
  return Make("memory", "memory.limit_in_bytes", "memory.max", std::to_string(bytes), std::to_string(bytes));
}

Cgroup::~Cgroup() {
  // Its last process may have ended a moment ago.
  for (int i = 0; ::rmdir(folder_.c_str()) != 0 && i < 100; ++i) ::usleep(10000);
}

}  // namespace mobilenet::test
