// SIGINT and SIGTERM while many images are classified: noted, so that the record in hand is finished. A
// second one ends the program as usual.
#pragma once

#include <csignal>

namespace mobilenet {

class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  // The signal that came; 0 if none did.
  static int Received();

 private:
  struct sigaction old_int_ = {};
  struct sigaction old_term_ = {};
};

}  // namespace mobilenet
