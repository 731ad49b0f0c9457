// Fuzz targets: functions that take any bytes, do with them what the program does with a stranger's file, and
// check what must be true for any bytes. Sanitizers see the rest.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/error.h"
#include "test/image/bytes.h"

namespace mobilenet::test {

struct FuzzTarget {
  std::string_view name;
  std::string_view dictionary;  // for libFuzzer, in the folder dictionaries
  // Throws OracleFailure.
  void (*run)(std::span<const uint8_t> input);
  // Small whole inputs, from which others are bred.
  std::vector<Bytes> (*seeds)();
  // Mends what a blind change nearly always breaks, such as a checksum, so that the code after it is reached.
  // Null if there is nothing of the kind.
  void (*repair)(Bytes& input) = nullptr;
};

// All of them, each name once.
std::span<const FuzzTarget> FuzzTargets();

// Something came out wrong. Not an Error, which is a message to the user and not a failure.
class OracleFailure : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

template <typename... Parts>
void Require(bool holds, const Parts&... parts) {
  if (!holds) throw OracleFailure(StrCat(parts...));
}

// The message of the Error that `action` throws, "" if it throws none. It has to begin with `name` and be
// short, whatever the file holds.
std::string ErrorFrom(const std::string& name, const std::function<void()>& action);

// A number determined by the bytes: for choices of a target that uses no bytes for them.
uint32_t Fingerprint(std::span<const uint8_t> bytes);

}  // namespace mobilenet::test
