#include "src/report/report_table.h"

#include "test/support/catch.h"

namespace mobilenet {
namespace {

ReportTable Table() {
  ReportTable table({{"name", "network"}, {"mult_adds", "M mult-adds", Align::kRight}});
  table.AddRow({ReportTable::Same("a,b|c"), {"0.57", "568740"}});
  table.AddRow({ReportTable::Same("=1+1"), {"-", ""}});
  return table;
}

TEST_CASE("a table is the same in all formats, but CSV has the figures as they are") {
  CHECK(Table().Format(TableFormat::kText) ==
        "network  M mult-adds\n"
        "a,b|c           0.57\n"
        "=1+1               -\n");
  CHECK(Table().Format(TableFormat::kCsv) ==
        "name,mult_adds\n"
        "\"a,b|c\",568740\n"
        "\"'=1+1\",\n");
  CHECK(Table().Format(TableFormat::kMarkdown) ==
        "| network | M mult-adds |\n"
        "|---|---:|\n"
        "| a,b\\|c | 0.57 |\n"
        "| =1+1 | - |\n");
}

TEST_CASE("a table's total is for people") {
  ReportTable table = Table();
  table.SetTotal({{"total", ""}, {"0.57", "568740"}});
  CHECK(table.Text() ==
        "network  M mult-adds\n"
        "a,b|c           0.57\n"
        "=1+1               -\n"
        "--------------------\n"
        "total           0.57\n");
  CHECK(table.Csv() == Table().Csv());
  CHECK(table.Markdown() == Table().Markdown() + "| **total** | **0.57** |\n");
}

TEST_CASE("no text breaks out of its cell of a Markdown table") {
  CHECK(MarkdownText("a|b\n<script>*`[x](y)\\") == "a\\|b\\\\n\\<script>\\*\\`\\[x](y)\\\\");
}

}  // namespace
}  // namespace mobilenet
