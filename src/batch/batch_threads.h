// How many threads read and decode images, how many infer, and whether the latter share an image.
#pragma once

namespace mobilenet {

enum class BatchKind { kOneImage, kManyImages, kStream };

enum class LoadCheck { kNever, kOnce, kAlways };

struct BatchThreads {
  int decode = 1;
  int inference = 1;
  // Each inferring thread has an image of its own; otherwise they share the layers of one image, as they
  // always do if the weights are so large that they are packed once for all (Classifier).
  bool one_image_each = false;
  // Threads that share an image are only as many as the cores that other processes leave free: at the start,
  // or throughout the run.
  LoadCheck load_check = LoadCheck::kNever;
  int kept_cores = 0;  // free cores that are kept for decoding
};

// For this machine's cores. Numbers that are asked for are taken; 0 leaves the choice open.
BatchThreads ChooseThreads(BatchKind kind, int decode, int inference);

}  // namespace mobilenet
