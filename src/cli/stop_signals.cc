#include "src/cli/stop_signals.h"

#include <atomic>

namespace mobilenet {
namespace {

// What a handler may write to is global.
std::atomic<int> received = 0;
static_assert(std::atomic<int>::is_always_lock_free);

void Note(int signal) {
  received = signal;
}

}  // namespace

StopSignals::StopSignals() {
  received = 0;
  struct sigaction action = {};
  action.sa_handler = Note;
  action.sa_flags = static_cast<int>(SA_RESTART | SA_RESETHAND);
  sigemptyset(&action.sa_mask);
  ::sigaction(SIGINT, &action, &old_int_);
  ::sigaction(SIGTERM, &action, &old_term_);
  // nohup and shells' background jobs have SIGINT ignored: it stays so.
  if (old_int_.sa_handler == SIG_IGN) ::sigaction(SIGINT, &old_int_, nullptr);
}

StopSignals::~StopSignals() {
  ::sigaction(SIGINT, &old_int_, nullptr);
  ::sigaction(SIGTERM, &old_term_, nullptr);
}

int StopSignals::Received() {
  return received;
}

}  // namespace mobilenet
