#include "test/fuzz/records_target.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "src/base/utf8.h"
#include "src/records/file_stamp.h"
#include "src/records/merge.h"
#include "src/records/metadata_file.h"
#include "src/records/record_file.h"
#include "src/records/resume.h"
#include "src/report/csv.h"
#include "src/report/json_lines.h"
#include "src/report/record_reader.h"
#include "src/report/run_metadata.h"
#include "test/fuzz/folder.h"
#include "test/fuzz/target.h"
#include "test/support/files.h"

namespace mobilenet::test {
namespace {

namespace fs = std::filesystem;

constexpr int kTopK = 1;
const RecordFields kFields = {.stamp = true};

std::string Text(std::span<const uint8_t> bytes) {
  return {bytes.begin(), bytes.end()};
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const Utf8Char character = DecodeUtf8(text);
    if (!character.is_valid) return false;
    text.remove_prefix(character.size_bytes);
  }
  return true;
}

std::string Written(RecordFormat format, const ClassifyRow& row, const RecordFields& fields) {
  return format == RecordFormat::kJson ? JsonLine(row, fields) : CsvLine(row, fields, kTopK);
}

std::optional<RecordKey> ReadBack(RecordFormat format, std::string_view line, std::string_view header) {
  return format == RecordFormat::kJson ? ReadJsonRecord(line) : ReadCsvRecord(line, header);
}

std::string HeaderOf(RecordFormat format) {
  return format == RecordFormat::kCsv ? CsvHeader(kFields, kTopK) : "";
}

// What a file of records holds, according to the rules.
struct Contents {
  std::string header;  // of CSV, with its newline
  struct Record {
    RecordKey key;
    std::string line;  // with a newline
  };
  std::vector<Record> records;
  bool lacks_newline = false;  // in the last record
  // There is something that is neither a record nor what a power cut leaves at the end of a file: the
  // beginning of a line, or zeros and nothing else.
  bool is_damaged = false;
};

Contents ContentsOf(RecordFormat format, std::string_view text) {
  while (text.ends_with('\0')) text.remove_suffix(1);
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    lines.push_back(text.substr(0, std::min(text.find('\n'), text.size() - 1) + 1));
    text.remove_prefix(lines.back().size());
  }
  const auto is_cut_from = [&](size_t first) {
    std::string_view line = lines[first];
    const size_t zeros = line.find('\0');
    if (zeros == line.npos) return !line.ends_with('\n');
    for (std::string_view rest = line.substr(zeros);; rest = lines[first]) {
      if (rest.find_first_not_of(std::string_view("\0\n", 2)) != rest.npos) return false;
      if (++first == lines.size()) return true;
    }
  };
  Contents contents;
  size_t at = 0;
  if (format == RecordFormat::kCsv && !lines.empty()) {
    if (lines[0].find('\0') != lines[0].npos || !lines[0].ends_with('\n')) {
      contents.is_damaged = !is_cut_from(0);
      return contents;
    }
    contents.header = lines[at++];
  }
  for (; at < lines.size(); ++at) {
    const bool has_newline = lines[at].ends_with('\n');
    const std::string_view line = lines[at].substr(0, lines[at].size() - (has_newline ? 1 : 0));
    const auto key = line.find('\0') != line.npos
                         ? std::nullopt
                         : ReadBack(format, line, contents.header.substr(0, contents.header.find('\n')));
    if (!key) {
      contents.is_damaged = !is_cut_from(at);
      return contents;
    }
    contents.records.push_back({*key, std::string(line) + "\n"});
    contents.lacks_newline = !has_newline;
  }
  return contents;
}

// `--retry-failed`, and whether the file has another stamp, decide what is done again.
bool IsToRedo(const RecordKey& key, bool retry_failed) {
  const auto now = StampOf(key.path);
  return now && ((retry_failed && key.has_error) || now != key.stamp);
}

ClassifyRow SampleRow(const std::string& path, const std::optional<std::string>& error) {
  ClassifyRow row;
  row.path = path;
  row.width = 640;
  row.height = 480;
  row.predictions = {{7, "cock, \"male\"", 0.75f}};
  row.decode_ms = 1.5;
  row.error = error;
  row.stamp = FileStamp{1234, "2026-11-22T07:52:58.123456789Z"};
  return row;
}

std::string SampleRecords(RecordFormat format, const std::vector<std::string>& paths) {
  std::string text = HeaderOf(format);
  for (const std::string& path : paths) {
    text += Written(format,
                    SampleRow(path, text.size() % 2 == 0 ? std::nullopt : std::optional("bad \\ \"file\"")),
                    kFields);
  }
  return text;
}

RecordFormat FormatOf(uint8_t choice) {
  return choice % 2 == 0 ? RecordFormat::kJson : RecordFormat::kCsv;
}

}  // namespace

void FuzzRecord(std::span<const uint8_t> input) {
  if (input.size() < 3) return;
  const RecordFormat format = FormatOf(input[0]);
  const auto rest = input.subspan(3);
  const size_t path_bytes = std::min<size_t>(input[1], rest.size());
  const size_t error_bytes = std::min<size_t>(input[2], rest.size() - path_bytes);
  ClassifyRow row = SampleRow(Text(rest.first(path_bytes)), Text(rest.subspan(path_bytes, error_bytes)));
  std::replace(row.path.begin(), row.path.end(), '\0', '0');  // no path contains it
  row.predictions[0].label = Text(rest.subspan(path_bytes + error_bytes));
  if (row.error->empty()) row.error.reset();
  const RecordFields fields = {.frame = (input[0] & 2) != 0, .stamp = (input[0] & 4) != 0};
  if ((input[0] & 8) != 0) row.stamp.reset();

  const std::string line = Written(format, row, fields);
  Require(std::count(line.begin(), line.end(), '\n') == 1 && line.back() == '\n', "not one line: ", line);
  Require(line.find('\0') == line.npos && line.find('\r') == line.npos, "control characters: ", line);
  const std::string_view text = std::string_view(line).substr(0, line.size() - 1);
  const std::string header = CsvHeader(fields, kTopK);
  const auto key = ReadBack(format, text, std::string_view(header).substr(0, header.size() - 1));
  Require(key.has_value(), "written and not read back: ", line);
  Require(key->path == row.path, "path \"", row.path, "\" comes back as \"", key->path, "\"");
  Require(key->has_error == row.error.has_value(), "the error is lost: ", line);
  Require(key->stamp == (fields.stamp ? row.stamp : std::nullopt), "the stamp is lost: ", line);
  // Half a record, as a power cut leaves it, is not a record. In CSV, a short last cell looks like a whole
  // one.
  if (format == RecordFormat::kJson) {
    const size_t length = Fingerprint(input) % text.size();
    Require(!ReadBack(format, text.substr(0, length), ""),
            "half a record is taken for one: ", text.substr(0, length));
    // Other programs read the same, if the texts are valid.
    if (IsUtf8(row.path) && IsUtf8(row.error.value_or("")) && IsUtf8(row.predictions[0].label)) {
      const auto json = nlohmann::json::parse(text);
      Require(json.at("path") == row.path, "another reader finds another path: ", line);
      if (row.error) Require(json.at("error") == *row.error, "another reader finds another error: ", line);
      if (!row.error) {
        Require(json.at("predictions").at(0).at("label") == row.predictions[0].label,
                "another label: ", line);
      }
    }
  }
}

std::vector<Bytes> RecordSeeds() {
  std::vector<Bytes> seeds;
  for (const std::string& path : {std::string("photos/a b.jpg"), std::string("=cmd,\"x\"\n\t\\.png"),
                                  std::string("\xff\xfe\xc3\xa4\xe2\x80\xa8")}) {
    for (const uint8_t choice : Bytes{0, 1, 6, 7}) {
      const std::string error = choice > 1 ? "broken: \"yes\", it is\r\n" : "";
      seeds.push_back(Bytes{choice, static_cast<uint8_t>(path.size()), static_cast<uint8_t>(error.size())} +
                      FromText(path + error + "tench, Tinca tinca"));
    }
  }
  return seeds;
}

void FuzzResume(std::span<const uint8_t> input) {
  if (input.empty()) return;
  const RecordFormat format = FormatOf(input[0]);
  const bool retry_failed = (input[0] & 2) != 0;
  const std::string before = Text(input.subspan(1));
  const std::string path = FuzzFolder() / "out";
  WriteFileBytes(path, before);
  const auto resume = [&](RecordedInputs& recorded) {
    return ErrorFrom(path, [&] {
      RecordFile file(path);
      recorded = RecordedInputs(file, format, HeaderOf(format), retry_failed);
    });
  };
  RecordedInputs recorded;
  const std::string error = resume(recorded);
  const Contents contents = ContentsOf(format, before);
  const std::string after = ReadFileBytes(path);
  for (const auto& entry : fs::directory_iterator(FuzzFolder().path())) {
    const std::string name = entry.path().filename().string();
    Require(name == "out" || !name.starts_with("out"), "a file is left: ", name);
  }
  if (!error.empty()) {
    Require(after == before, "changed although: ", error);
    Require(contents.is_damaged || contents.header != HeaderOf(format), "refused, and whole: ", error);
    return;
  }

  Require(!contents.is_damaged, "accepted, and damaged before its end");
  std::string expected = contents.header;
  std::map<std::string, int> kept;
  for (const auto& [key, line] : contents.records) {
    // Without its newline, the last number of CSV may have been cut short: if the file still exists, it is
    // done again.
    const bool is_cut = contents.lacks_newline && &key == &contents.records.back().key;
    if (IsToRedo(key, retry_failed) || (is_cut && format == RecordFormat::kCsv && StampOf(key.path)))
      continue;
    expected += line;
    ++kept[key.path];
  }
  Require(after == expected, "records are lost or changed: \"", before, "\" became \"", after, "\"");

  int64_t records = 0;
  for (const auto& [name, count] : kept) {
    records += count;
    for (int i = 0; i < count; ++i) Require(recorded.Take(name), "a record is not known: ", name);
    Require(!recorded.Take(name), "a record too many: ", name);
  }
  Require(recorded.records() == records, recorded.records(), " records of ", records);
  // And the second time there is nothing to do.
  Require(resume(recorded).empty() && ReadFileBytes(path) == after, "not the same when resumed again");
}

std::vector<Bytes> ResumeSeeds() {
  std::vector<Bytes> seeds;
  for (uint8_t choice = 0; choice < 4; ++choice) {
    const std::string text =
        SampleRecords(FormatOf(choice), {"a.jpg", "photos/b c.png", "a.jpg", "/proc/self/comm"});
    const Bytes start = {choice};
    seeds.push_back(start + FromText(text));
    seeds.push_back(start + FromText(text.substr(0, text.size() - 10)));
    seeds.push_back(start + FromText(text.substr(0, text.size() - 1)));
    seeds.push_back(start + FromText(text + std::string(20, '\0')));
    seeds.push_back(start + FromText(text + std::string(5, '\0') + "\n" + text));
  }
  return seeds;
}

void FuzzMerge(std::span<const uint8_t> input) {
  if (input.size() < 2) return;
  const RecordFormat format = FormatOf(input[0]);
  const auto bytes = input.subspan(2);
  const size_t split = std::min<size_t>(size_t{input[1]} * 8, bytes.size());
  const std::string texts[] = {Text(bytes.first(split)), Text(bytes.subspan(split))};
  std::vector<std::string> parts;
  std::multimap<std::string, std::string> records;  // by path
  std::vector<std::string> headers;
  bool is_damaged = false;
  bool is_whole = true;
  for (size_t i = 0; i < 2; ++i) {
    parts.push_back(FuzzFolder() / ("part" + std::to_string(i)));
    WriteFileBytes(parts[i], texts[i]);
    RunMetadata metadata;
    metadata.records.format = format == RecordFormat::kCsv ? "csv" : "json";
    metadata.records.shard = std::to_string(i + 1) + "/2";
    metadata.is_complete = (input[0] & (2u << i)) != 0;
    const Contents contents = ContentsOf(format, texts[i]);
    for (const auto& [key, line] : contents.records) {
      // In a part that was cut short, the last number of CSV may lack digits: it is left out.
      const bool is_cut = contents.lacks_newline && &key == &contents.records.back().key;
      if (is_cut && format == RecordFormat::kCsv && !metadata.is_complete) continue;
      records.emplace(key.path, line);
    }
    headers.push_back(contents.header);
    is_damaged = is_damaged || contents.is_damaged;
    const auto count = std::ssize(contents.records);
    metadata.images = count + ((input[0] & 8) != 0 ? 1 : 0);
    is_whole = is_whole && metadata.is_complete && metadata.images == count;
    WriteFileBytes(MetadataPath(parts[i]), RunMetadataJson(metadata));
  }
  const std::string output = FuzzFolder() / "joined";
  fs::remove(output);
  fs::remove(MetadataPath(output));
  std::optional<bool> is_complete;
  try {
    const MergedRecords merged(parts);
    merged.WriteFile(output);
    is_complete = merged.missing().empty();
  } catch (const Error&) {
    Require(!fs::exists(output), "an output although the parts were refused");
    return;
  }
  std::string expected;
  for (const auto& [path, line] : records) expected += line;
  Require(!is_damaged, "joined, and damaged");
  std::string found = ReadFileBytes(output);
  const std::string& header = headers[headers[0].empty() ? 1 : 0];
  Require(found.starts_with(header), "joined without the header: ", found);
  found = found.substr(header.size());
  Require(found == expected, "joined \"", found, "\", expected \"", expected, "\"");
  Require(!*is_complete || is_whole, "complete, and the parts are not");
  const auto joined = ReadPartMetadata(ReadMetadata(output));
  Require(joined && joined->is_complete == *is_complete, "the metadata do not say whether it is complete");
}

std::vector<Bytes> MergeSeeds() {
  std::vector<Bytes> seeds;
  for (const uint8_t choice : Bytes{0, 6, 7, 1}) {
    const std::string first = SampleRecords(FormatOf(choice), {"a", "d", "a"});
    const std::string second = SampleRecords(FormatOf(choice), {"b", "c"});
    // The parts are cut at a multiple of 8 bytes.
    const size_t split = (first.size() + 7) / 8;
    const std::string filler(split * 8 - first.size(), '\0');
    seeds.push_back(Bytes{choice, static_cast<uint8_t>(split)} + FromText(first + filler + second));
  }
  return seeds;
}

void FuzzMetadata(std::span<const uint8_t> input) {
  const std::string text = Text(input);
  const auto part = ReadPartMetadata(text);
  const auto difference = SettingsDifference(text, text, "shard");
  if (!part) return;
  Require(!difference, "differs from itself in ", *difference);
  const std::string joined = JoinedMetadataJson(text, true, 17, 3);
  const auto again = ReadPartMetadata(joined);
  Require(again.has_value(), "written and not read back: ", joined);
  Require(again->is_complete && again->images == 17, "joined: ", joined);
  Require(again->format == part->format, "another format: ", joined);
}

std::vector<Bytes> MetadataSeeds() {
  RunMetadata metadata;
  metadata.version = "0.1.0";
  metadata.started = "2026-11-22T07:52:58Z";
  metadata.board = "a \"board\"";
  metadata.model = "m";
  metadata.records.format = "json";
  metadata.records.model_sha256 = "00ff";
  metadata.records.labels_sha256 = "ab";
  metadata.records.top_k = 5;
  metadata.records.shard = "2/5";
  std::vector<Bytes> seeds = {FromText(RunMetadataJson(metadata))};
  metadata.records.format = "csv";
  metadata.is_complete = true;
  metadata.images = 12;
  seeds.push_back(FromText(RunMetadataJson(metadata)));
  return seeds;
}

}  // namespace mobilenet::test
