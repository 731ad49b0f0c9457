#include "src/report/record_reader.h"

#include "src/report/csv.h"
#include "src/report/json_lines.h"
#include "test/report/classify_row.h"
#include "test/support/catch.h"

namespace mobilenet {
namespace {

std::string WithoutNewline(std::string line) {
  REQUIRE(line.ends_with('\n'));
  line.pop_back();
  return line;
}

TEST_CASE("records are read back as they were written, and no part of one is a record") {
  std::string all;
  for (int byte = 1; byte < 256; ++byte) all += static_cast<char>(byte);
  const RecordFields fields{.stamp = true};
  const std::string header = WithoutNewline(CsvHeader(fields, 2));
  for (const std::string& path : {std::string("a.jpg"), all, std::string("a,\"b\"\\\xc3\xa9\n")}) {
    for (bool has_error : {false, true}) {
      ClassifyRow row = has_error ? test::ErrorRow() : test::ParrotRow();
      row.path = path;
      row.stamp = FileStamp{5'000'000'000, "2026-11-22T07:52:58.123456789Z"};
      const std::string json = WithoutNewline(JsonLine(row, {.stamp = true, .layers = true}));
      const std::string csv = WithoutNewline(CsvLine(row, fields, 2));
      for (const auto& key : {ReadJsonRecord(json), ReadCsvRecord(csv, header)}) {
        REQUIRE(key);
        CHECK(key->path == path);
        CHECK(key->stamp == row.stamp);
        CHECK(key->has_error == has_error);
      }
      bool any_prefix = false;
      for (size_t size = 0; size < json.size(); ++size) {
        any_prefix = any_prefix || ReadJsonRecord(json.substr(0, size)).has_value();
      }
      CHECK(!any_prefix);
    }
  }
}

TEST_CASE("a record of a file that was not there has no stamp") {
  ClassifyRow row = test::ErrorRow();
  const RecordFields fields{.stamp = true};
  const auto json = ReadJsonRecord(WithoutNewline(JsonLine(row, fields)));
  const auto csv =
      ReadCsvRecord(WithoutNewline(CsvLine(row, fields, 1)), WithoutNewline(CsvHeader(fields, 1)));
  REQUIRE(json);
  REQUIRE(csv);
  CHECK(!json->stamp);
  CHECK(!csv->stamp);
}

TEST_CASE("other lines are not records") {
  for (const char* line :
       {"", "{}", "{\"path\": \"a\"}", "{\"path\": 1, \"error\": null}", "null", "[1]",
        "{\"path\": \"a\", \"error\": nul}", "{\"path\": \"a\", \"error\": null}}", "{\"path\": \"a\\q\"}",
        "{\"path\": \"a\", \"error\": null, \"predictions\": [[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]}"}) {
    CAPTURE(line);
    CHECK(!ReadJsonRecord(line));
  }
  CHECK(!ReadJsonRecord(std::string(100, '\0')));
  for (const char* line : {"", "a.jpg", "a.jpg,\"open", "a,b,c", "a\\q,"}) {
    CAPTURE(line);
    CHECK(!ReadCsvRecord(line, "path,error"));
  }
  CHECK(ReadCsvRecord("a.jpg,", "path,error"));
}

}  // namespace
}  // namespace mobilenet
