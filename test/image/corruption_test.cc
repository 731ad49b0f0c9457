// Seeded damage to small files of every format: whatever comes out, an error or a picture, nothing crashes or
// hangs.
#include <iostream>
#include <random>

#include "src/base/error.h"
#include "src/base/stopwatch.h"
#include "src/image/image.h"
#include "test/image/samples.h"
#include "test/support/catch.h"

namespace mobilenet::test {
namespace {

Bytes Mutated(Bytes bytes, std::minstd_rand& random) {
  const auto below = [&](size_t limit) { return static_cast<size_t>(random()) % limit; };
  constexpr uint8_t kInteresting[] = {0, 1, 2, 0x7f, 0x80, 0xff};
  for (size_t changes = 1 + below(4); changes > 0; --changes) {
    // Headers decide most, so half of the changes are there.
    const bool is_in_header = below(2) == 0;
    const size_t at = below(is_in_header ? std::min<size_t>(bytes.size(), 60) : bytes.size());
    switch (below(5)) {
      case 0:
        bytes[at] = static_cast<uint8_t>(bytes[at] ^ 1u << below(8));
        break;
      case 1:
        bytes[at] = static_cast<uint8_t>(random());
        break;
      case 2:
        bytes[at] = kInteresting[below(sizeof kInteresting)];
        break;
      case 3:
        bytes.insert(bytes.begin() + static_cast<ptrdiff_t>(at), 1 + below(4),
                     static_cast<uint8_t>(random()));
        break;
      case 4:
        bytes.resize(bytes.size() - below(bytes.size()));
        break;
    }
  }
  return bytes;
}

// stb_image is reached past the check sums only when they are right.
Bytes WithRightCheckSums(const Bytes& png) {
  Bytes out(png.begin(), png.begin() + std::min<ptrdiff_t>(8, static_cast<ptrdiff_t>(png.size())));
  for (size_t at = 8; at + 12 <= png.size();) {
    size_t count = 0;
    for (size_t i = 0; i < 4; ++i) count = count << 8 | png[at + i];
    count = std::min(count, png.size() - at - 12);
    const auto data = png.begin() + static_cast<ptrdiff_t>(at + 8);
    out = out + PngChunk(std::string(data - 4, data), Bytes(data, data + static_cast<ptrdiff_t>(count)));
    at += 12 + count;
  }
  return out;
}

TEST_CASE("damaged files of every format neither crash nor hang") {
  constexpr int kMutations = 150;  // of each file: over 2,000 in all
  constexpr unsigned kSeed = 4711;
  constexpr double kMaxMs = 20'000;  // under a sanitizer, on a busy machine
  DecodeOptions options;
  options.max_pixels = 1'000'000;
  int pictures = 0, errors = 0;
  for (const SampleFile& file : SampleFiles()) {
    std::minstd_rand random(kSeed);
    for (int i = 0; i < kMutations; ++i) {
      CAPTURE(kSeed, file.name, i);
      Bytes bytes = Mutated(file.bytes, random);
      if (file.name.find(".png") != std::string::npos && i % 4 != 0) bytes = WithRightCheckSums(bytes);
      if (bytes.empty()) continue;
      const Stopwatch stopwatch;
      try {
        const Image image = DecodeImage(bytes, "picture", options);
        REQUIRE(image.pixels.size() ==
                size_t{3} * static_cast<size_t>(image.width) * static_cast<size_t>(image.height));
        ++pictures;
      } catch (const Error& error) {
        REQUIRE(std::string(error.what()).find("picture: ") == 0);
        ++errors;
      }
      REQUIRE(stopwatch.ElapsedMs() < kMaxMs);
    }
  }
  std::cout << "seed " << kSeed << ": " << errors << " errors, " << pictures << " pictures" << std::endl;
  CHECK(pictures > 100);
  CHECK(errors > 500);
}

}  // namespace
}  // namespace mobilenet::test
