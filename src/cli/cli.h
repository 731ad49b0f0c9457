// The command line: parses it, runs the subcommand, and turns what was thrown into one line on stderr and the
// exit status.
#pragma once

namespace mobilenet {

// 0 all good; 1 some inputs failed, the rest were done; 2 usage, model or set-up error, nothing was done.
// 128 + N: signal N ended the work; what was done is recorded.
enum ExitStatus { kExitOk = 0, kExitSomeFailed = 1, kExitError = 2, kExitSignal = 128 };

// Returns the exit status. Does not throw.
int RunCommandLine(int argc, char** argv);

// To be called in a catch clause: prints on stderr what was thrown. Returns the exit status.
int ReportException();

}  // namespace mobilenet
