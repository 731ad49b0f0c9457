// Programs that a test runs beside it: to kill them, signal them, or keep them waiting.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

namespace mobilenet::test {

class Process {
 public:
  // Runs a shell command, which must begin with exec for signals to reach the process. `output` is its
  // standard output; negative: nowhere.
  explicit Process(const std::string& command, int output = -1);
  // Kills it if it is still running.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void Signal(int signal) const;
  // The status as from waitpid.
  int Wait();
  // Whether it ended by itself within that time.
  bool EndsWithin(double seconds);

 private:
  pid_t child_ = -1;
  bool has_ended_ = false;
  int status_ = 0;
};

// The program under test with these arguments, as one command for Process.
std::string ExecMobilenet(const std::vector<std::string>& arguments);

// Checks again and again until it is true. Returns whether that was within the time.
bool WaitUntil(const std::function<bool()>& is_so, double seconds = 60);

}  // namespace mobilenet::test
