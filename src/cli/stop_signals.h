// SIGINT, SIGTERM and SIGHUP while many images are classified: noted, so that the record in hand is finished.
// A second signal, of whatever kind, ends the program as usual.
#pragma once

#include <array>
#include <csignal>

namespace mobilenet {

class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  // The signal that arrived; 0 if none has.
  static int Received();

 private:
  static constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP};

  std::array<struct sigaction, kSignals.size()> old_ = {};
};

}  // namespace mobilenet
