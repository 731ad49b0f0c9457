#include "test/support/process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "test/support/run_command.h"

namespace mobilenet::test {

Process::Process(const std::string& command, int output) : child_(::fork()) {
  if (child_ != 0) return;
  // What the tests' own caller ignores (nohup, a shell's background) is not ignored here.
  for (const int ended_by : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE}) ::signal(ended_by, SIG_DFL);
  const int null = ::open("/dev/null", O_RDWR);
  ::dup2(null, STDIN_FILENO);
  ::dup2(output < 0 ? null : output, STDOUT_FILENO);
  ::dup2(null, STDERR_FILENO);
  ::execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
  ::_exit(127);
}

Process::~Process() {
  if (has_ended_) return;
  Signal(SIGKILL);
  Wait();
}

void Process::Signal(int signal) const {
  ::kill(child_, signal);
}

int Process::Wait() {
  if (!has_ended_) ::waitpid(child_, &status_, 0);
  has_ended_ = true;
  return status_;
}

bool Process::EndsWithin(double seconds) {
  return WaitUntil(
      [this] {
        has_ended_ = has_ended_ || ::waitpid(child_, &status_, WNOHANG) == child_;
        return has_ended_;
      },
      seconds);
}

std::string ExecMobilenet(const std::vector<std::string>& arguments) {
  std::string command = "exec " + MobilenetCommand();
  for (const std::string& argument : arguments) command += " '" + argument + "'";
  return command;
}

bool WaitUntil(const std::function<bool()>& is_so, double seconds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (!is_so()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

}  // namespace mobilenet::test
