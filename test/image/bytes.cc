#include "test/image/bytes.h"

namespace mobilenet::test {

Bytes FromText(std::string_view text) {
  return Bytes(text.begin(), text.end());
}

Bytes operator+(Bytes first, const Bytes& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

}  // namespace mobilenet::test
