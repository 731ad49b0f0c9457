#include "src/batch/batch_threads.h"

#include <algorithm>

#include "src/base/cpu_cores.h"

namespace mobilenet {

// An image alone gets all cores of the fastest cluster. A stream's latest frame, too, is wanted soon: all but
// one, which decodes the next. Of many images each is inferred by one thread, since threads that share a
// layer wait for each other; with a thread of either kind for each core none is idle, whichever takes longer.
BatchThreads ChooseThreads(BatchKind kind, int decode, int inference) {
  BatchThreads threads{decode, inference, kind == BatchKind::kManyImages};
  const int fastest = FastestClusterCores();
  if (threads.inference == 0)
    threads.inference = kind == BatchKind::kStream ? std::max(fastest - 1, 1) : fastest;
  if (threads.decode == 0) threads.decode = threads.one_image_each ? AvailableCores() : 1;
  return threads;
}

}  // namespace mobilenet
