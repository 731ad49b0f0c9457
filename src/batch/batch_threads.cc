#include "src/batch/batch_threads.h"

#include <algorithm>

#include "src/base/cpu_cores.h"

namespace mobilenet {

// A single image gets all cores of the fastest cluster. A stream's latest frame is wanted soon, too: it gets
// all but one, which decodes the next frame. Of many images, each is inferred by one thread, since threads
// that share a layer wait for each other. With a decoding and an inferring thread for each core none is idle,
// whichever step takes longer, and a core that other processes take does not make the others wait.
BatchThreads ChooseThreads(BatchKind kind, int decode, int inference) {
  BatchThreads threads{decode, inference, kind == BatchKind::kManyImages};
  const int fastest = FastestClusterCores();
  if (threads.inference == 0) {
    threads.kept_cores = kind == BatchKind::kStream ? 1 : 0;
    threads.inference = std::max(fastest - threads.kept_cores, 1);
    if (kind == BatchKind::kOneImage) threads.load_check = LoadCheck::kOnce;
    if (kind == BatchKind::kStream) threads.load_check = LoadCheck::kAlways;
  }
  if (threads.decode == 0) threads.decode = threads.one_image_each ? AvailableCores() : 1;
  return threads;
}

}  // namespace mobilenet
