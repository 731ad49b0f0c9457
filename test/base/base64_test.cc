#include "src/base/base64.h"

#include <string>
#include <utility>
#include <vector>

#include "test/support/catch.h"

namespace mobilenet {
namespace {

TEST_CASE("bytes as text of 64 characters are those of RFC 4648, section 10") {
  for (const auto& [bytes, text] : {std::pair<std::string, std::string>{"", ""},
                                    {"f", "Zg=="},
                                    {"fo", "Zm8="},
                                    {"foo", "Zm9v"},
                                    {"foob", "Zm9vYg=="},
                                    {"fooba", "Zm9vYmE="},
                                    {"foobar", "Zm9vYmFy"},
                                    {"\xff\xfe\xfd", "//79"}}) {
    CHECK(Base64Text(std::vector<uint8_t>(bytes.begin(), bytes.end())) == text);
  }
}

}  // namespace
}  // namespace mobilenet
