#include "test/support/run_command.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include "test/support/under_test.h"

extern char** environ;  // NOLINT: POSIX's

namespace mobilenet::test {
namespace {

std::vector<std::string> LauncherWords() {
  std::vector<std::string> words;
  std::istringstream in(Launcher());
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

// Whether one of these "NAME=value" has the name of `variable`.
bool Sets(const std::vector<std::string>& environment, std::string_view variable) {
  const std::string_view name = variable.substr(0, variable.find('=') + 1);
  return std::any_of(environment.begin(), environment.end(),
                     [name](const std::string& other) { return other.starts_with(name); });
}

// Reads both pipes until both are closed, so that neither fills up while the other is waited for.
void Drain(int out, int err, CommandResult& result) {
  std::array<pollfd, 2> pipes = {pollfd{out, POLLIN, 0}, pollfd{err, POLLIN, 0}};
  std::array<std::string*, 2> texts = {&result.out, &result.err};
  for (int open = 2; open > 0;) {
    ::poll(pipes.data(), pipes.size(), -1);
    for (size_t i = 0; i < pipes.size(); ++i) {
      if (pipes[i].fd < 0 || pipes[i].revents == 0) continue;
      char buffer[65536];
      const ssize_t count = ::read(pipes[i].fd, buffer, sizeof(buffer));
      if (count > 0) {
        texts[i]->append(buffer, static_cast<size_t>(count));
      } else {
        ::close(pipes[i].fd);
        pipes[i].fd = -1;
        --open;
      }
    }
  }
}

}  // namespace

CommandResult RunCommand(const std::vector<std::string>& argv, const std::vector<std::string>& environment,
                         const std::string& standard_input) {
  std::vector<char*> arguments;
  for (const std::string& argument : argv) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  // Each name once: of two values, programs take the first, emulators the last.
  std::vector<char*> variables;
  for (const std::string& variable : environment) variables.push_back(const_cast<char*>(variable.c_str()));
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (!Sets(environment, *variable)) variables.push_back(*variable);
  }
  variables.push_back(nullptr);

  int out[2];
  int err[2];
  if (::pipe(out) != 0 || ::pipe(err) != 0) throw std::runtime_error("cannot make a pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, standard_input.c_str(), O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err[1], STDERR_FILENO);
  for (int end : {out[0], out[1], err[0], err[1]}) posix_spawn_file_actions_addclose(&actions, end);
  pid_t child = 0;
  const int spawned =
      ::posix_spawn(&child, argv[0].c_str(), &actions, nullptr, arguments.data(), variables.data());
  posix_spawn_file_actions_destroy(&actions);
  ::close(out[1]);
  ::close(err[1]);
  if (spawned != 0) throw std::runtime_error("cannot run " + argv[0]);

  CommandResult result;
  Drain(out[0], err[0], result);
  int wait_status = 0;
  ::waitpid(child, &wait_status, 0);
  result.status = WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
  return result;
}

CommandResult RunMobilenet(std::vector<std::string> arguments, const std::vector<std::string>& environment,
                           const std::string& standard_input) {
  std::vector<std::string> argv = LauncherWords();
  argv.push_back(Program());
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return RunCommand(argv, environment, standard_input);
}

MeasuredRun RunMeasured(const std::string& shell_command) {
  // Through Python, which is small: the count of a child starts with the memory of the process that forked
  // it.
  const CommandResult result =
      RunCommand({"/usr/bin/python3", "-c",
                  "import resource, subprocess, sys\n"
                  "status = subprocess.run(['/bin/bash', '-c', sys.argv[1]]).returncode\n"
                  "print(status, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)",
                  shell_command});
  MeasuredRun run;
  std::istringstream(result.out) >> run.status >> run.peak_memory_mb;
  run.peak_memory_mb /= 1024;
  return run;
}

bool IsEmulated() {
  return !Launcher().empty();
}

bool IsSlow() {
  return IsSanitized() || IsEmulated();
}

bool RunsLongTests() {
  const char* const wanted = std::getenv("MOBILENET_LONG_TESTS");
  return wanted && std::string_view(wanted) == "1";
}

bool TellsMemory() {
  return !IsSlow();
}

std::string MobilenetCommand() {
  const std::string launcher = Launcher();
  return (launcher.empty() ? "" : launcher + " ") + Program();
}

}  // namespace mobilenet::test
