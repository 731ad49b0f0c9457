#include "src/image/picture_limits.h"

#include <algorithm>
#include <ctime>

#include "src/base/error.h"
#include "src/base/limits.h"

namespace mobilenet {

void CheckPictureSize(int64_t width, int64_t height, const std::string& name, const DecodeOptions& options) {
  constexpr int64_t kMaxDimension = 1 << 20;  // 16 times JPEG's; every product fits 64 bits
  if (width < 1 || height < 1) {
    Fail(name, ": ", width, " x ", height, " pixels (at least 1 x 1 was expected)");
  }
  if (width > kMaxDimension || height > kMaxDimension) {
    Fail(name, ": ", width, " x ", height, " pixels (at most ", kMaxDimension, " on a side)");
  }
  // On 32-bit boards the address space is a limit that no option raises.
  const int64_t max_pixels = std::min<int64_t>(options.max_pixels, PTRDIFF_MAX / 4);
  if (width * height > max_pixels) {
    Fail(name, ": ", width, " x ", height, " pixels (at most ", max_pixels,
         max_pixels == options.max_pixels ? "; --max-pixels raises it)" : " on this machine)");
  }
}

void CheckMemory(int64_t bytes, const std::string& name, std::optional<int64_t> available_bytes) {
  // For small pictures this is not checked, as it takes 0.1 ms; if memory is short, the allocation fails.
  constexpr int64_t kLittleBytes = 4 << 20;
  if (bytes < kLittleBytes) return;
  // What the rest of the program takes meanwhile, such as another thread's buffers for the network.
  constexpr int64_t kReserveBytes = 4 << 20;
  if (!available_bytes) available_bytes = AvailableMemoryBytes();
  if (!available_bytes || bytes <= *available_bytes - kReserveBytes) return;
  Fail(name, ": needs ", (bytes + (1 << 20) - 1) >> 20, " MB of memory, and ",
       std::max<int64_t>(*available_bytes, 0) >> 20,
       " MB are available (a smaller picture, or --decode-threads 1 where others are decoded beside it)");
}

std::shared_ptr<MemoryBudget::Share> TakeMemory(int64_t bytes, const std::string& name,
                                                const DecodeOptions& options) {
  auto share = std::make_shared<MemoryBudget::Share>(options.memory, bytes);
  CheckMemory(bytes, name, options.available_bytes);
  return share;
}

DecodeClock::DecodeClock(double max_ms) : max_ms_(max_ms), end_ms_(max_ms > 0 ? NowMs() + max_ms : 0) {}

std::string DecodeClock::Reason() const {
  return StrCat("takes more than ", max_ms_, " ms (--max-decode-ms raises it)");
}

void DecodeClock::Check(const std::string& name, const char* format_name) const {
  if (IsOver()) Fail(name, ": cannot decode ", format_name, ": ", Reason());
}

double DecodeClock::NowMs() {
  timespec now = {};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

}  // namespace mobilenet
