// How many threads read and decode images, how many infer, and whether these share an image.
#pragma once

namespace mobilenet {

enum class BatchKind { kOneImage, kManyImages, kStream };

struct BatchThreads {
  int decode = 1;
  int inference = 1;
  bool one_image_each = false;  // of the inference; otherwise they share the layers of one image
};

// For this machine's cores. What is asked for is taken; 0 leaves it open.
BatchThreads ChooseThreads(BatchKind kind, int decode, int inference);

}  // namespace mobilenet
