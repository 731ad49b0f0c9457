#include "src/report/csv.h"

#include <utility>

#include "src/report/record_reader.h"
#include "test/report/classify_row.h"
#include "test/support/catch.h"

namespace mobilenet {
namespace {

TEST_CASE("CSV has a header and one line per row, with as many columns") {
  CHECK(CsvHeader({}, 2) ==
        "path,width,height,decode_ms,preprocess_ms,inference_ms,error,damaged,class_index_1,label_1,score_1,"
        "class_index_2,label_2,score_2\n");
  CHECK(CsvLine(test::ParrotRow(), {}, 4) ==
        "photos/parrot.jpg,640,480,5.21,1,20.1235,,,89,macaw,0.913412,91,lorikeet,0.0312,0,"
        "\"caf\xc3\xa9 \"\"cup\"\"\",1.5e-06,,,\n");
  CHECK(CsvLine(test::ErrorRow(), {}, 1) ==
        "photos/parrot.jpg,640,480,5.21,1,20.1235,photos/parrot.jpg: cannot decode image: unknown format "
        "(PNG and JPEG are read),,,,\n");
}

TEST_CASE("CSV's text is never a formula for a spreadsheet, and its numbers are numbers") {
  for (const auto& [path, cell] : {std::pair{"=cmd|' /C calc'!A0.jpg", "\"'=cmd|' /C calc'!A0.jpg\""},
                                   {"+1.jpg", "\"'+1.jpg\""},
                                   {"-1.jpg", "\"'-1.jpg\""},
                                   {"@a.jpg", "\"'@a.jpg\""},
                                   {"'a.jpg", "\"''a.jpg\""},
                                   {"=\"a\"", "\"'=\"\"a\"\"\""},
                                   {"\ta.jpg", "\\ta.jpg"},
                                   {"\ra.jpg", "\\ra.jpg"},
                                   {"-", "-"},
                                   {"a=b.jpg", "a=b.jpg"}}) {
    ClassifyRow row = test::ErrorRow();
    row.path = path;
    row.error = std::string("@") + path;
    const std::string line = CsvLine(row, {}, 1);
    CAPTURE(line);
    CHECK(line.find(std::string(cell) + ",640,480,") == 0);
    CHECK(line.find(",\"'@") != std::string::npos);
    // Undone by those who read it.
    std::string header = CsvHeader({}, 1);
    header.pop_back();
    const auto key = ReadCsvRecord(std::string_view(line).substr(0, line.size() - 1), header);
    REQUIRE(key);
    CHECK(key->path == path);
  }
  ClassifyRow row = test::ParrotRow();
  row.predictions[0].label = "=1+1";
  CHECK(CsvLine(row, {}, 1).find(",89,\"'=1+1\",0.913412\n") != std::string::npos);
}

TEST_CASE("frames and stamps have columns of their own") {
  const RecordFields fields{.frame = true, .stamp = true};
  CHECK(CsvHeader(fields, 1) ==
        "path,frame,width,height,decode_ms,preprocess_ms,inference_ms,error,damaged,file_bytes,modified,"
        "class_index_1,label_1,score_1\n");
  ClassifyRow row = test::ParrotRow();
  row.frame = 7;
  row.damaged = "truncated, a bit";
  row.stamp = FileStamp{1234, "2026-11-22T07:52:58.123456789Z"};
  CHECK(CsvLine(row, fields, 1) ==
        "photos/parrot.jpg,7,640,480,5.21,1,20.1235,,\"truncated, a "
        "bit\",1234,2026-11-22T07:52:58.123456789Z,89,macaw,"
        "0.913412\n");
}

}  // namespace
}  // namespace mobilenet
