// How many threads read and decode images, how many infer, and whether these share an image.
#pragma once

namespace mobilenet {

enum class BatchKind { kOneImage, kManyImages, kStream };

enum class LoadCheck { kNever, kOnce, kAlways };

struct BatchThreads {
  int decode = 1;
  int inference = 1;
  // Of the inference; otherwise they share the layers of one image, as they do in any case where the weights
  // are so large that they are packed once for all (Classifier).
  bool one_image_each = false;
  // Of those that share an image only as many run as other processes leave cores free: so at the start, or
  // always.
  LoadCheck load_check = LoadCheck::kNever;
  int kept_cores = 0;  // of the free ones, for decoding
};

// For this machine's cores. What is asked for is taken; 0 leaves it open.
BatchThreads ChooseThreads(BatchKind kind, int decode, int inference);

}  // namespace mobilenet
