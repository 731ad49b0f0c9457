#include "src/report/text_table.h"

#include "test/support/catch.h"

namespace mobilenet {
namespace {

TEST_CASE("columns are as wide as their widest cell, in characters") {
  TextTable table({{"name"}, {"n", Align::kRight}, {"note"}});
  table.AddRow({"caf\xc3\xa9", "1", "x"});
  table.AddRow({"a\nb", "1000", ""});
  table.AddRule();
  table.AddRow({"", "7", "long note"});
  CHECK(table.Text("  ") ==
        "  name     n  note\n"
        "  caf\xc3\xa9     1  x\n"
        "  a\\nb  1000\n"
        "  ---------------------\n"
        "           7  long note\n");
}

TEST_CASE("a table without rows is its header") {
  CHECK(TextTable({{"a"}, {"b"}}).Text("") == "a  b\n");
}

}  // namespace
}  // namespace mobilenet
