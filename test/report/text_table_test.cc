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

TEST_CASE("a table that is too wide for a terminal comes in blocks, each with the first column") {
  TextTable table({{"name"}, {"n", Align::kRight}, {"note"}, {"x"}});
  table.AddRow({"cat", "1", "a note", "2"});
  table.AddRule();
  table.AddRow({"all", "10", "", ""});
  CHECK(table.Blocks("", {.columns = 19}) == table.Text(""));
  CHECK(table.Blocks("", {.columns = 16}) ==
        "name   n  note\n"
        "cat    1  a note\n"
        "----------------\n"
        "all   10\n"
        "\n"
        "name  x\n"
        "cat   2\n"
        "-------\n"
        "all\n");
  // A column that is wider than the terminal has a block of its own.
  CHECK(table.Blocks("  ", {.columns = 1}).find("  name  note\n") != std::string::npos);
  CHECK(table.Blocks("", {}) == table.Text(""));
}

TEST_CASE("a table without rows is its header") {
  CHECK(TextTable({{"a"}, {"b"}}).Text("") == "a  b\n");
}

}  // namespace
}  // namespace mobilenet
