#include "src/base/base64.h"

#include <string>
#include <utility>
#include <vector>

#include "src/base/random.h"
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
    CHECK(BytesOfBase64(text) == std::vector<uint8_t>(bytes.begin(), bytes.end()));
  }
}

TEST_CASE("any bytes come back from text of 64 characters, and other text is refused") {
  Random random;
  std::vector<uint8_t> bytes;
  for (int i = 0; i < 300; ++i) {
    CHECK(BytesOfBase64(Base64Text(bytes)) == bytes);
    bytes.push_back(static_cast<uint8_t>(random.Bits() & 255));
  }
  for (const std::string_view bad :
       {"Zg=", "Zg", "Z===", "====", "Zh==", "Zm9=", "Zm9v\n", "Zm-v", "=Zm9", "Zg==Zg=="}) {
    CAPTURE(bad);
    CHECK_FALSE(BytesOfBase64(bad).has_value());
  }
}

}  // namespace
}  // namespace mobilenet
