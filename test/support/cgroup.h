// A cgroup of this machine, version 1 or 2, with a limit: for commands that are to run under it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace mobilenet::test {

class Cgroup {
 public:
  // Null, and a line "SKIPPED: ..." if this user may make none here (it takes root, and no container that
  // forbids it), also in CI.
  static std::unique_ptr<Cgroup> WithCpuQuota(double processors);
  static std::unique_ptr<Cgroup> WithMemoryLimit(int64_t bytes);

  ~Cgroup();
  Cgroup(const Cgroup&) = delete;
  Cgroup& operator=(const Cgroup&) = delete;

  const std::string& folder() const { return folder_; }
  // Begins a shell command: what follows runs in the cgroup.
  std::string Enter() const { return "echo $$ > " + folder_ + "/cgroup.procs && "; }

 private:
  explicit Cgroup(std::string folder) : folder_(std::move(folder)) {}
  static std::unique_ptr<Cgroup> Make(const std::string& controller, const std::string& file_v1,
                                      const std::string& file_v2, const std::string& value_v1,
                                      const std::string& value_v2);

  std::string folder_;
};

}  // namespace mobilenet::test
