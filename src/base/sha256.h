// SHA-256 (FIPS 180-4), by libmd: it says which file a result was made with, and gives names numbers that are
// the same on every machine and in every version.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace mobilenet {

// 64 hexadecimal digits, lower case.
std::string Sha256(std::span<const std::byte> bytes);

// The same for bytes that come piece by piece.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(const Sha256Stream&) = delete;
  Sha256Stream& operator=(const Sha256Stream&) = delete;

  void Append(std::string_view bytes);
  // Of everything appended. To be called once.
  std::string Finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

// The first 64 of the 256 bits, the highest first.
uint64_t ShortSha256(std::string_view text);

}  // namespace mobilenet
