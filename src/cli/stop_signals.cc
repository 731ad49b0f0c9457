#include "src/cli/stop_signals.h"

#include <atomic>

namespace mobilenet {
namespace {

// Variables that a handler may write to are global.
std::atomic<int> received = 0;
static_assert(std::atomic<int>::is_always_lock_free);

void Note(int signal) {
  if (received.exchange(signal) == 0) return;
  struct sigaction action = {};
  action.sa_handler = SIG_DFL;
  ::sigaction(signal, &action, nullptr);
  ::raise(signal);  // it arrives when this handler returns
}

}  // namespace

StopSignals::StopSignals() {
  received = 0;
  struct sigaction action = {};
  action.sa_handler = Note;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < kSignals.size(); ++i) {
    ::sigaction(kSignals[i], &action, &old_[i]);
    // nohup and the background jobs of shells ignore theirs: it stays that way.
    if (old_[i].sa_handler == SIG_IGN) ::sigaction(kSignals[i], &old_[i], nullptr);
  }
}

StopSignals::~StopSignals() {
  for (size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &old_[i], nullptr);
}

int StopSignals::Received() {
  return received;
}

}  // namespace mobilenet
