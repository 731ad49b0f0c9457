// What a picture may take, checked by every decoder between header and pixels: size, memory, time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "src/base/memory_budget.h"
#include "src/image/image.h"

namespace mobilenet {

// Throws Error if the header's numbers do not describe a picture, or one with more pixels than the options
// allow. Afterwards, width and height fit an int, and 4 * width * height fits a ptrdiff_t.
void CheckPictureSize(int64_t width, int64_t height, const std::string& name, const DecodeOptions& options);

// Throws Error if the machine, or what this process may use of it, has less memory left.
void CheckMemory(int64_t bytes, const std::string& name, std::optional<int64_t> available_bytes = {});

// The picture's share of the memory, `bytes` being all that its decoder and the pixels take at once: waits
// until the other threads leave that much. Throws Error if the machine does not have it.
std::shared_ptr<MemoryBudget::Share> TakeMemory(int64_t bytes, const std::string& name,
                                                const DecodeOptions& options);

// The limit on the processor time for a picture, in the thread that decodes it.
class DecodeClock {
 public:
  explicit DecodeClock(double max_ms);

  bool IsOver() const { return end_ms_ > 0 && NowMs() > end_ms_; }
  // "takes more than 5 ms (--max-decode-ms raises it)"
  std::string Reason() const;
  // Throws Error once the time is over; `format_name` is "PNG".
  void Check(const std::string& name, const char* format_name) const;

 private:
  static double NowMs();

  double max_ms_;
  double end_ms_;  // 0: no limit
};

}  // namespace mobilenet
