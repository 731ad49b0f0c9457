// Files of some hundred bytes that ask for gigabytes.
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <memory>
#include <new>
#include <thread>

#include "src/base/stopwatch.h"
#include "src/image/image.h"
#include "test/image/encoders.h"
#include "test/image/files.h"
#include "test/image/samples.h"
#include "test/support/catch.h"
#include "test/support/run_command.h"

#if defined(__SANITIZE_ADDRESS__)
#define MOBILENET_HAS_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MOBILENET_HAS_ADDRESS_SANITIZER 1
#endif
#endif

namespace mobilenet::test {
namespace {

// While it lives, the process gets only this much more address space, so that anything that allocates more
// fails. AddressSanitizer needs terabytes of it and is exempt.
class AddressSpaceLimit {
 public:
  explicit AddressSpaceLimit([[maybe_unused]] size_t further_bytes) {
#ifndef MOBILENET_HAS_ADDRESS_SANITIZER
    size_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    getrlimit(RLIMIT_AS, &old_);
    rlimit limit = old_;
    limit.rlim_cur = pages * 4096 + further_bytes;
    is_set_ = setrlimit(RLIMIT_AS, &limit) == 0;
#endif
  }
  ~AddressSpaceLimit() {
    if (is_set_) setrlimit(RLIMIT_AS, &old_);
  }
  AddressSpaceLimit(const AddressSpaceLimit&) = delete;
  AddressSpaceLimit& operator=(const AddressSpaceLimit&) = delete;

 private:
  rlimit old_ = {};
  bool is_set_ = false;
};

constexpr size_t kFewBytes = 16 << 20;

void Set(Bytes& bytes, size_t at, const Bytes& values) {
  std::copy(values.begin(), values.end(), bytes.begin() + static_cast<ptrdiff_t>(at));
}

// Each has 60000 x 60000 pixels, and nothing but a header or little more.
std::vector<SampleFile> HugeHeaders() {
  const Image tiny = NoisyGradient(8, 8);
  const Bytes big_endian = {0xea, 0x60}, little_endian = {0x60, 0xea};
  Bytes jpeg = EncodeJpeg(tiny, {.colour = JpegOptions::Colour::kGrey});
  for (size_t at = 0; at + 9 < jpeg.size(); ++at) {
    if (jpeg[at] == 0xff && jpeg[at + 1] == 0xc0) Set(jpeg, at + 5, big_endian + big_endian);
  }
  Bytes progressive = EncodeJpeg(tiny, {.is_progressive = true});
  for (size_t at = 0; at + 9 < progressive.size(); ++at) {
    if (progressive[at] == 0xff && progressive[at + 1] == 0xc2)
      Set(progressive, at + 5, big_endian + big_endian);
  }
  const Bytes png = PngSignature() + PngChunk("IHDR", {0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60, 16, 6, 0, 0, 0}) +
                    PngChunk("IDAT", {0x78, 1, 1, 0, 0, 0xff, 0xff, 0, 0, 0, 1}) + PngChunk("IEND", {});
  Bytes bmp = EncodeBmp(tiny, {});
  Set(bmp, 18, little_endian + Bytes{0, 0} + little_endian);
  Bytes top_down = EncodeBmp(tiny, {});
  Set(top_down, 18, little_endian + Bytes{0, 0, 0xa0, 0x15, 0xff, 0xff});
  Bytes gif = EncodeGif(ColouredFields(8, 8));
  Set(gif, 6, little_endian + little_endian);
  Bytes tga = WriteTga(tiny, true);
  Set(tga, 12, little_endian + little_endian);
  Bytes psd = EncodePsd(tiny, true);
  Set(psd, 16, big_endian + Bytes{0, 0} + big_endian);
  Bytes pic = EncodePic(tiny);
  Set(pic, 92, big_endian + big_endian);
  const std::string hdr = "#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 60000 +X 60000\n....";
  const std::string ppm = "P6 60000 60000 65535 ....";
  return {{"jpeg", jpeg, {}},
          {"progressive", progressive, {}},
          {"png", png, {}},
          {"bmp", bmp, {}},
          {"top-down bmp", top_down, {}},
          {"gif", gif, {}},
          {"tga", tga, {}},
          {"psd", psd, {}},
          {"hdr", FromText(hdr), {}},
          {"ppm", FromText(ppm), {}},
          {"pic", pic, {}}};
}

TEST_CASE("a header of 60000 x 60000 pixels is refused before memory is taken") {
  for (const SampleFile& file : HugeHeaders()) {
    CAPTURE(file.name);
    std::string error;
    const Stopwatch stopwatch;
    {
      const AddressSpaceLimit limit(kFewBytes);
      error = DecodeError(file.bytes);
    }
    CHECK(error == "picture: 60000 x 60000 pixels (at most 100000000; --max-pixels raises it)");
    CHECK(stopwatch.ElapsedMs() < 200);
  }
}

TEST_CASE("the option --max-pixels allows pictures up to its number") {
  for (const SampleFile& file : SampleFiles()) {
    CAPTURE(file.name);
    DecodeOptions options;
    options.max_pixels = file.picture.width * file.picture.height;
    CHECK(DecodeImage(file.bytes, "picture", options).width == file.picture.width);
    --options.max_pixels;
    const std::string error = ErrorOf([&] { DecodeImage(file.bytes, "picture", options); });
    CHECK(error.find("--max-pixels raises it") != std::string::npos);
  }
}

TEST_CASE("where the memory for an allowed picture is missing, it is an error of that picture") {
#ifndef MOBILENET_HAS_ADDRESS_SANITIZER
  if (IsEmulated()) return;  // the emulator does not keep address space limits
  DecodeOptions options;
  options.max_pixels = int64_t{60000} * 60000;
  for (const SampleFile& file : HugeHeaders()) {
    CAPTURE(file.name);
    std::string error;
    {
      const AddressSpaceLimit limit(kFewBytes);
      error = ErrorOf([&] { DecodeImage(file.bytes, "picture", options); });
    }
    CHECK(error.find("picture: ") == 0);
  }
#endif
}

TEST_CASE("a picture waits for its share of the memory, and keeps it") {
  const Image picture = NoisyGradient(40, 30);
  for (const Bytes& file : {EncodeJpeg(picture, {}), EncodeJpeg(picture, {.is_progressive = true}),
                            WritePng(picture), EncodePpm(picture)}) {
    MemoryBudget budget(1000);
    DecodeOptions options;
    options.memory = &budget;
    auto others = std::make_unique<MemoryBudget::Share>(&budget, 1);
    std::atomic<bool> is_decoded = false;
    std::atomic<bool> is_kept = true;
    std::thread decoding([&] {
      const Image image = DecodeImage(file, "picture", options);
      is_decoded = true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      is_kept = false;
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    CHECK(!is_decoded);
    others.reset();
    while (!is_decoded) std::this_thread::yield();
    const MemoryBudget::Share after(&budget, 1);
    CHECK(!is_kept);
    decoding.join();
  }
}

int64_t PeakBytes() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return int64_t{usage.ru_maxrss} * 1024;
}

TEST_CASE("a PNG's chunk that says it is larger than the file takes no memory") {
  const Bytes png = WritePng(ColouredFields(20, 10));
  const size_t after_header = PngSignature().size() + 25;
  for (const std::string type : {"sPLT", "tEXt", "eXIf", "tRNS", "IDAT"}) {
    CAPTURE(type);
    const Bytes large = Bytes(png.begin(), png.begin() + static_cast<ptrdiff_t>(after_header)) +
                        Bytes{0x70, 0, 0, 0} + FromText(type) + Bytes(1000, 'x');
    [[maybe_unused]] const int64_t before = PeakBytes();
    CHECK(DecodeError(large).starts_with("picture: "));
#ifndef MOBILENET_HAS_ADDRESS_SANITIZER
    CHECK(PeakBytes() - before < 16 << 20);
#endif
  }
}

TEST_CASE("a PNG that inflates without end takes no memory, and no more time than it may") {
  constexpr size_t kInflatedBytes = size_t{1} << 30;
  const Bytes bomb = PngSignature() + PngChunk("IHDR", {0, 0, 0, 4, 0, 0, 0, 4, 8, 2, 0, 0, 0}) +
                     PngChunk("IDAT", ZlibOfZeros(kInflatedBytes)) + PngChunk("IEND", {});
  REQUIRE(bomb.size() < 8 << 20);
  [[maybe_unused]] const int64_t peak_before_bytes = PeakBytes();
  const Stopwatch stopwatch;
  DecodeOptions options;
  options.max_decode_ms = 50;
  CHECK(DecodeError(bomb, options) ==
        "picture: cannot decode PNG: takes more than 50 ms (--max-decode-ms raises it)");
#ifndef MOBILENET_HAS_ADDRESS_SANITIZER
  CHECK(PeakBytes() - peak_before_bytes < 64 << 20);
#endif
  CHECK(stopwatch.ElapsedMs() < 5000);
}

// 1500 x 1200 pixels, 5.4 MB as RGB.
std::vector<SampleFile> LargePictures() {
  const Image large = ColouredFields(1500, 1200);
  const std::vector<int> samples(large.pixels.begin(), large.pixels.end());
  const Bytes rgba = WithAlpha(large.pixels, 255);
  std::vector<SampleFile> files = {
      {"jpeg", EncodeJpeg(large, {})},
      {"progressive", EncodeJpeg(large, {.is_progressive = true})},
      {"png", WritePng(large)},
      {"interlaced png", EncodePng(1500, 1200, samples, {.is_interlaced = true})},
      {"tga", WriteTga(large, true)},
      {"hdr", WriteHdr(large)},
      {"ppm", EncodePpm(large)},
      {"webp", EncodeWebp(1500, 1200, rgba, true)},
      {"tiff", EncodeTiff({.width = 1500, .height = 1200, .compression = 5}, large.pixels)},
      {"tiff in one strip",
       EncodeTiff({.width = 1500, .height = 1200, .rows_per_strip = 1200}, large.pixels)},
  };
  return files;
}

TEST_CASE("a picture that needs more memory than there is says so before it is decoded") {
  DecodeOptions options;
  options.available_bytes = 6 << 20;
  for (const SampleFile& file : LargePictures()) {
    CAPTURE(file.name);
    const std::string error = DecodeError(file.bytes, options);
    CHECK(error.find("picture: needs ") == 0);
    CHECK(error.find(" MB of memory, and 6 MB are available (") != std::string::npos);
  }
  options.available_bytes = 100 << 20;
  for (const SampleFile& file : LargePictures()) {
    CAPTURE(file.name);
    CHECK(DecodeError(file.bytes, options) == "");
  }
}

#ifndef MOBILENET_HAS_ADDRESS_SANITIZER
// Takes what has been freed and not returned to the machine, down to small pieces.
std::vector<std::unique_ptr<char[]>> FillHeap() {
  std::vector<std::unique_ptr<char[]>> blocks;
  blocks.reserve(100'000);
  const AddressSpaceLimit limit(0);
  for (size_t bytes = 64 << 20; bytes >= 32 << 10; bytes /= 2) {
    while (blocks.size() < blocks.capacity()) {
      blocks.emplace_back(new (std::nothrow) char[bytes]);
      if (blocks.back() == nullptr) break;
    }
  }
  return blocks;
}

TEST_CASE("a failed allocation is not enough memory, in every decoder") {
  if (IsEmulated()) return;  // the emulator does not keep address space limits
  // The machine is said to have much, and the process gets little.
  DecodeOptions options;
  options.available_bytes = int64_t{1} << 40;
  for (const SampleFile& file : LargePictures()) {
    CAPTURE(file.name);
    DecodeImage(file.bytes, "loads what is loaded at first", {});
    // From far too little up to enough.
    size_t failures = 0;
    for (size_t further_mb = 1;; ++further_mb) {
      std::string error;
      {
        const auto fillers = FillHeap();
        const AddressSpaceLimit limit(further_mb << 20);
        error = DecodeError(file.bytes, options);
      }
      if (error.empty()) break;
      REQUIRE(error.find("picture: not enough memory to decode it") == 0);
      ++failures;
    }
    CHECK(failures >= 3);
  }
}
#endif

}  // namespace
}  // namespace mobilenet::test
