#include "test/fuzz/target.h"

namespace mobilenet::test {

std::string ErrorFrom(const std::string& name, const std::function<void()>& action) {
  std::string message;
  try {
    action();
    return "";
  } catch (const Error& error) {
    message = error.what();
  }
  Require(message.starts_with(name + ": ") && message.size() > name.size() + 2, "a message without \"", name,
          ": \": ", message);
  Require(message.size() < name.size() + 1000, "a message of ", message.size(), " bytes");
  return message;
}

// FNV-1a.
uint32_t Fingerprint(std::span<const uint8_t> bytes) {
  uint32_t hash = 2166136261u;
  for (const uint8_t byte : bytes) hash = static_cast<uint32_t>((hash ^ byte) * uint64_t{16777619});
  return hash ^ hash >> 15;
}

}  // namespace mobilenet::test
