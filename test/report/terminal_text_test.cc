#include "src/report/terminal_text.h"

#include "test/support/catch.h"

namespace mobilenet {
namespace {

TEST_CASE("text stays, what a terminal would act on does not") {
  CHECK(TerminalText("photos/caf\xc3\xa9 1.jpg") == "photos/caf\xc3\xa9 1.jpg");
  CHECK(TerminalText("a\\b") == "a\\b");
  CHECK(TerminalText("a\nb\rc\td") == "a\\nb\\rc\\td");
  CHECK(TerminalText("\x1b[2J\x07") == "\\x1b[2J\\x07");
  CHECK(TerminalText("\x7f") == "\\x7f");
  CHECK(TerminalText("\xc2\x9b"
                     "2J") ==
        "\\xc2\\x9b"
        "2J");  // C1: one-byte escape sequences
  CHECK(TerminalText("caf\xe9.jpg") == "caf\\xe9.jpg");
  CHECK(TerminalText(std::string_view("a\0b", 3)) == "a\\x00b");
}

TEST_CASE("text that would reverse or break a line is shown as bytes") {
  for (const char* control : {"\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaa", "\xe2\x80\xae", "\xe2\x81\xa6",
                              "\xe2\x81\xa9", "\xe2\x80\x8e", "\xe2\x80\x8f", "\xd8\x9c"}) {
    const std::string name = std::string("photo") + control + "gpj.exe";
    CAPTURE(name);
    CHECK(TerminalText(name).find(control) == std::string::npos);
    CHECK(TerminalText(name).find("photo\\x") == 0);
    CHECK(UnescapedText(EscapedText(name)) == name);
  }
  // Their neighbours are ordinary text.
  for (const char* text : {"\xe2\x80\xa7", "\xe2\x80\xaf", "\xe2\x81\xa5", "\xe2\x80\x8d", "\xd8\x9b"}) {
    CHECK(TerminalText(text) == text);
  }
}

TEST_CASE("escaped text gives its bytes back, whatever they are") {
  CHECK(EscapedText("a\\n b") == "a\\\\n b");
  CHECK(EscapedText("caf\xe9\n.jpg") == "caf\\xe9\\n.jpg");
  std::string all;
  for (int first = 0; first < 256; ++first) {
    all += static_cast<char>(first);
    const std::string pair = {static_cast<char>(first), '\\', 'x', static_cast<char>(255 - first)};
    CAPTURE(first);
    CHECK(UnescapedText(EscapedText(pair)) == pair);
  }
  CHECK(UnescapedText(EscapedText(all)) == all);
  CHECK(EscapedText(all).find('\n') == std::string::npos);
  for (const char* broken : {"a\\", "\\x4", "\\xg0", "\\q", "\n", "\\x41", "\xe9"}) {
    CAPTURE(broken);
    CHECK(!UnescapedText(broken));
  }
}

TEST_CASE("a line is broken at blanks to fit the terminal") {
  CHECK(WrappedText("  - a few words", 4, 0) == "  - a few words");
  CHECK(WrappedText("  - a few words", 4, 15) == "  - a few words");
  CHECK(WrappedText("  - a few words", 4, 10) == "  - a few\n    words");
  CHECK(WrappedText("  - one two three", 4, 8) == "  - one\n    two\n    three");
  CHECK(WrappedText("  - Donaudampfschiff 1", 4, 8) == "  - Donaudampfschiff 1");
}

}  // namespace
}  // namespace mobilenet
