#include "src/base/system_files.h"

#include <sys/stat.h>

#include <string>
#include <vector>

#include "test/support/catch.h"
#include "test/support/files.h"

namespace mobilenet {
namespace {

using Cores = std::vector<int>;

TEST_CASE("a system file is read as text, line, number or list of cores") {
  const test::TemporaryFolder root;
  const SystemFiles files(root.path());
  test::WriteFileBytes(root / "number", " 42 \nmore\n");
  CHECK(files.Text("/number") == " 42 \nmore\n");
  CHECK(files.Line("/number") == "42");
  CHECK(files.Number("/number", 0, 100) == 42);
  CHECK(files.Number("/number", 0, 100, 16) == 0x42);
  CHECK(!files.Number("/number", 0, 41));
  CHECK(!files.Number("/number", 43, 100));
  test::WriteFileBytes(root / "cores", "6,0-3,2\n");
  CHECK(files.Cores("/cores") == Cores{0, 1, 2, 3, 6});
  CHECK(!files.Number("/cores", 0, 100));
  test::WriteFileBytes(root / "model", std::string("Raspberry Pi\0of mine", 20));
  CHECK(files.Line("/model") == "Raspberry Pi");
}

TEST_CASE("a missing file or an invalid value gives nothing") {
  const test::TemporaryFolder root;
  const SystemFiles files(root.path());
  REQUIRE(::mkfifo((root / "fifo").c_str(), 0600) == 0);
  for (const char* path : {"/", "/fifo", "/nowhere"}) {
    CAPTURE(path);
    CHECK(files.Text(path).empty());
    CHECK(files.Line(path).empty());
    CHECK(files.Cores(path).empty());
  }
  for (const char* text : {"", "-", "0--3", "0-99999999", "1024", "a", "0,"}) {
    CAPTURE(text);
    test::WriteFileBytes(root / "cores", text);
    CHECK(files.Cores("/cores").size() == (std::string(text) == "0," ? 1u : 0u));
  }
}

TEST_CASE("text is split at separators") {
  std::string_view rest = "a,,b";
  CHECK(NextPart(rest, ',') == "a");
  CHECK(NextPart(rest, ',').empty());
  CHECK(NextPart(rest, ',') == "b");
  CHECK(rest.empty());
  CHECK(TrimmedText(" \t a b\r\n") == "a b");
  CHECK(TrimmedText(" \n").empty());
}

}  // namespace
}  // namespace mobilenet
