#include "src/image/image.h"
#include "test/image/files.h"
#include "test/image/samples.h"
#include "test/support/catch.h"

namespace mobilenet::test {
namespace {

Bytes Pixels(const std::string& file) {
  return DecodeImage(FromText(file), "picture", {}).pixels;
}
std::string Error(const std::string& file) {
  return DecodeError(FromText(file));
}

TEST_CASE("each kind of PNM gives its pixels") {
  const Bytes greys = {0, 0, 0, 255, 255, 255, 255, 255, 255, 0, 0, 0};
  CHECK(Pixels("P1\n2 2\n10 0 1\n") == greys);  // bits need no space between them
  CHECK(Pixels("P4 2 2\n\x80\x40") == greys);
  CHECK(Pixels("P2 # a comment\n2 2 255\n0 255\n255 0\n") == greys);
  CHECK(Pixels(std::string("P5\n2 2\n255\n\x00\xff\xff\x00", 15)) == greys);
  CHECK(Pixels("P3 1 2 255 1 2 3 4 5 6") == Bytes{1, 2, 3, 4, 5, 6});
  CHECK(Pixels("P6 1 2 255 abcdef") == Bytes{'a', 'b', 'c', 'd', 'e', 'f'});
}

TEST_CASE("PNM samples are scaled by the largest value, of 16 bits too") {
  CHECK(Pixels("P2 3 1 2 0 1 2") == Bytes{0, 0, 0, 128, 128, 128, 255, 255, 255});
  CHECK(Pixels(std::string("P5 2 1 65535 \x80\x00\x00\xff", 17)) == Bytes{128, 128, 128, 1, 1, 1});
  CHECK(Pixels(std::string("P5 1 1 1000 \x01\xf4", 14)) == Bytes{128, 128, 128});
  CHECK(Pixels("P2 1 1 10 11") == Bytes{255, 255, 255});  // more than its largest
}

TEST_CASE("a PNM that makes no sense is an error") {
  CHECK(Error("P6 2 2 255 abc") == "picture: truncated PNM: it ends before its last pixel");
  CHECK(Error("P3 2 1 255 1 2 3 4 5") == "picture: truncated PNM: it ends before its last pixel");
  CHECK(Error("P5 processors are old").find("picture: damaged PNM: a number was expected") == 0);
  CHECK(Error("P6 0 2 255 abc") == "picture: 0 x 2 pixels (at least 1 x 1 was expected)");
  CHECK(Error("P6 2 2 0 abc") == "picture: damaged PNM: largest value 0 (1 to 65535 was expected)");
  CHECK(Error("P6 2 2 65536 abc") == "picture: damaged PNM: a number above 65535");
  CHECK(Error("P6 99999999999999999999 2 255 abc") == "picture: damaged PNM: a number above 2147483647");
  CHECK(Error("P1 2 1 12") == "picture: damaged PNM: 0 or 1 was expected at byte 8");
  CHECK(Error("P6 60000 60000 255 a") ==
        "picture: 60000 x 60000 pixels (at most 100000000; --max-pixels raises it)");
}

}  // namespace
}  // namespace mobilenet::test
