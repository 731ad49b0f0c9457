// Pictures and files of every format for the tests that go through all of them.
#pragma once

#include <string>
#include <vector>

#include "test/image/encoders.h"

namespace mobilenet::test {

// Every pixel different: a gradient with some noise, from the seed.
Image NoisyGradient(int width, int height, unsigned seed = 1);
// Few colours, in fields of at least 8 x 8 pixels that differ in every corner; at most 64 colours.
Image ColouredFields(int width, int height);

struct SampleFile {
  std::string name;
  Bytes bytes;
  Image picture = {};  // what the file shows
  // 0 for the lossless ones
  int tolerance = 0;
};
// One small file, or several, of each format.
std::vector<SampleFile> SampleFiles();

// The largest difference of two pictures' samples, 256 if their sizes differ.
int LargestDifference(const Image& a, const Image& b);

}  // namespace mobilenet::test
