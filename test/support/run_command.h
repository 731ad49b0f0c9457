// Runs a program as a user would, and keeps what it printed.
#pragma once

#include <string>
#include <vector>

namespace mobilenet::test {

struct CommandResult {
  int status = 0;  // the exit status; 128 + the signal's number if a signal ended it
  std::string out;
  std::string err;
};

// Runs argv[0] (a path) to its end. `environment` ("NAME=value") is added to this process's; standard input
// is the file with that path, by default empty.
CommandResult RunCommand(const std::vector<std::string>& argv,
                         const std::vector<std::string>& environment = {},
                         const std::string& standard_input = "/dev/null");

// Runs the mobilenet program under test with these arguments (through the emulator if it is for another
// architecture).
CommandResult RunMobilenet(std::vector<std::string> arguments,
                           const std::vector<std::string>& environment = {},
                           const std::string& standard_input = "/dev/null");

// Whether the programs built here, tests included, are run by an emulator, which is slow.
bool IsEmulated();

// Whether an inference takes a second: under emulation, or with sanitizers.
bool IsSlow();
// Whether what takes minutes is wanted: $MOBILENET_LONG_TESTS is 1.
bool RunsLongTests();

// Whether the program's memory is its own: sanitizers keep freed memory, emulators need some themselves.
bool TellsMemory();

// The command line of the program under test, for shell commands: "emulator path" or "path".
std::string MobilenetCommand();

struct MeasuredRun {
  int status = 0;
  double peak_memory_mb = 0;
};

// Runs a shell command, and asks the kernel for the peak memory of its largest process.
MeasuredRun RunMeasured(const std::string& shell_command);

}  // namespace mobilenet::test
