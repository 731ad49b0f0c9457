// mobilenet eval, from outside.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "test/support/catch.h"
#include "test/support/process.h"
#include "test/support/run_command.h"
#include "test/support/skip.h"
#include "test/support/small_model.h"

namespace mobilenet {
namespace {

using nlohmann::json;
using test::RunMobilenet;

// Pictures in one folder per class, for classes of the small model: its answers decide who is right.
class DataSet {
 public:
  DataSet() {
    for (int i = 0; i < 8; ++i) {
      const std::string folder = small / ("set/class_" + std::to_string(i % 4));
      std::filesystem::create_directories(folder);
      test::WriteFileBytes(folder + "/" + std::to_string(i) + ".ppm",
                           test::SmallModel::GradientPpm(30 + i, 30));
    }
  }

  std::string folder() const { return small / "set"; }
  test::CommandResult Eval(std::vector<std::string> arguments) const {
    const bool has_model = std::count(arguments.begin(), arguments.end(), "-m") > 0;
    arguments.insert(arguments.begin(), {"eval", "--threads", "1"});
    if (!has_model) arguments.insert(arguments.end(), {"-m", small.model()});
    return RunMobilenet(arguments);
  }
  json Report(std::vector<std::string> arguments, int status = 0) const {
    arguments.insert(arguments.end(), {"--format", "json"});
    const auto result = Eval(arguments);
    CAPTURE(result.err);
    REQUIRE(result.status == status);
    return json::parse(result.out);
  }

  const test::SmallModel small;
};

TEST_CASE("eval counts right answers in folders of classes") {
  const DataSet set;
  const json report = set.Report({set.folder()});
  CHECK(report["model"] == set.small.model());
  CHECK(report["dataset"] == set.folder());
  CHECK(report["images"] == 8);
  CHECK(report["failed"] == 0);
  CHECK(report["precision"] == "s8");
  CHECK(report["preprocess"] ==
        json({{"resize", "crop"}, {"interpolation", "bilinear"}, {"decode", "fast"}}));
  CHECK(report["published_top1"].is_null());
  CHECK(report["top1"]["rate"] == report["top1"]["right"].get<int>() / 8.0);
  CHECK(report["top5"]["right"] >= report["top1"]["right"]);
  // Compared with what classify says.
  const auto classified =
      RunMobilenet({"classify", "-m", set.small.model(), "-r", set.folder(), "--format", "json"});
  int right = 0;
  std::vector<std::pair<std::string, std::string>> wrong;
  for (size_t begin = 0; begin < classified.out.size();) {
    const size_t end = classified.out.find('\n', begin);
    const json row = json::parse(classified.out.substr(begin, end - begin));
    begin = end + 1;
    std::string truth = std::filesystem::path(row["path"].get<std::string>()).parent_path().filename();
    std::replace(truth.begin(), truth.end(), '_', ' ');
    const std::string label = row["predictions"][0]["label"];
    right += label == truth ? 1 : 0;
    if (label != truth) wrong.emplace_back(truth, label);
  }
  CHECK(report["top1"]["right"] == right);
  CHECK(report["mistakes"].size() == wrong.size());
  int confused = 0;
  for (const json& row : report["confusions"]) {
    confused += row["n"].get<int>();
    CHECK(std::count(wrong.begin(), wrong.end(),
                     std::pair<std::string, std::string>(row["label"], row["predicted"])) == row["n"]);
  }
  CHECK(confused == std::ssize(wrong));

  const auto text = set.Eval({set.folder()});
  CHECK(text.out.find("top-1  ") != std::string::npos);
  CHECK(text.out.find("surest mistakes") != std::string::npos);
  const auto csv = set.Eval({set.folder(), "--format", "csv"});
  CHECK(csv.out.starts_with("class_index,label,n,predicted,right,precision,recall\n"));
  CHECK(set.Eval({set.folder(), "--format", "markdown"}).out.find("### classes\n\n| class |") !=
        std::string::npos);
}

TEST_CASE("eval draws what it prints") {
  const DataSet set;
  const std::string file = set.small / "eval.svg";
  const json report = set.Report({set.folder(), "--plot", file});
  const std::string picture = test::ReadFileBytes(file);
  CHECK(picture.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg "));
  CHECK(picture.find("how often it is right") != std::string::npos);
  CHECK((picture.find("most confused classes") != std::string::npos) == !report["confusions"].empty());
  CHECK(picture.find("(" + report["top1"]["right"].dump() + " of 8)") != std::string::npos);
  for (const json& row : report["reliability"]) {
    CHECK(picture.find(">" + row["n"].dump() + " image") != std::string::npos);
  }
}

// What Python's parser finds in HTML: {tags, links, images, tables [{headers, rows [[text, or data-raw]]}]}.
json ParsedHtml(const std::string& path) {
  const auto result = test::RunCommand({"/usr/bin/python3", "-c", R"(
import html.parser, json, sys
class Parser(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = {"tags": [], "links": [], "images": [], "tables": []}
        self.cell = None
    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.found["tags"].append(tag)
        self.found["links"] += [value for name, value in attributes.items()
                                if name in ("href", "xlink:href", "action", "data", "srcset") or name.startswith("on")]
        if tag == "img": self.found["images"].append(attributes["src"])
        if tag == "table": self.found["tables"].append({"headers": [], "rows": []})
        if tag == "tr": self.row = []
        if tag in ("td", "th"): self.cell, self.raw = "", attributes.get("data-raw")
    def handle_data(self, data):
        if self.cell is not None: self.cell += data
    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.row.append(self.cell if self.raw is None else self.raw)
            self.cell = None
        if tag == "tr":
            table = self.found["tables"][-1]
            if table["headers"]: table["rows"].append(self.row)
            else: table["headers"] = self.row
parser = Parser()
parser.feed(open(sys.argv[1], encoding="utf-8").read())
print(json.dumps(parser.found))
)",
                                        path});
  CAPTURE(result.err);
  REQUIRE(result.status == 0);
  return json::parse(result.out);
}

// As in a table: a number as JSON prints it, and nothing for null.
std::string CellOf(const json& value) {
  if (value.is_null()) return "";
  return value.is_string() ? value.get<std::string>() : value.dump();
}

TEST_CASE("eval's HTML has every number of its JSON, thumbnails of the mistakes, and needs nothing besides") {
  const DataSet set;
  // Names that have a meaning in HTML.
  const std::string odd = set.folder() + "/class_1/<img src=x onerror=alert(1)>&quot;.ppm";
  std::filesystem::rename(set.folder() + "/class_1/1.ppm", odd);
  const test::SmallModel other(WeightQuantization::kNone);
  const std::string file = set.small / "report.html";
  const json report = set.Report({set.folder(), "--report", file, "--compare", other.model()});
  const json html = ParsedHtml(file);
  for (const char* tag : {"script", "link", "iframe", "object", "embed", "base", "form"}) {
    CHECK(std::count(html["tags"].begin(), html["tags"].end(), tag) == 0);
  }
  CHECK(html["links"].empty());
  CHECK(std::count(html["tags"].begin(), html["tags"].end(), "svg") >= 1);
  CHECK(html["images"].size() == report["mistakes"].size());
  for (const std::string image : html["images"]) {
    CHECK(image.starts_with("data:image/jpeg;base64,/9j/"));
    CHECK(image.size() < 20'000);
  }

  const auto table = [&](const std::vector<std::string>& headers) {
    for (const json& one : html["tables"]) {
      if (one["headers"] == headers) return one["rows"];
    }
    FAIL("no table of " + headers[0] + " " + headers[1]);
    return json();
  };
  const json rates = html["tables"][0]["rows"];
  for (size_t i = 0; i < 2; ++i) {
    const json& rate = report[i == 0 ? "top1" : "top5"];
    CHECK(rates[i] == json({i == 0 ? "top-1" : "top-5", CellOf(rate["right"]), CellOf(report["images"]),
                            CellOf(rate["rate"]), CellOf(rate["low"]), CellOf(rate["high"])}));
  }
  std::map<std::string, std::string> facts;
  for (size_t i : {1, 3}) {
    for (const json& row : html["tables"][i]["rows"]) facts[row[0]] = row[1];
  }
  const json& compared = report["compared"];
  for (const auto& [name, value] :
       std::map<std::string, json>{{"model", report["model"]},
                                   {"SHA-256", report["model_sha256"]},
                                   {"images", report["images"]},
                                   {"failed", report["failed"]},
                                   {"precision", report["precision"]},
                                   {"expected calibration error, points", report["ece"]},
                                   {"both right", compared["both_right"]},
                                   {"only the first model", compared["only_first"]},
                                   {"only the second model", compared["only_second"]},
                                   {"neither", compared["both_wrong"]},
                                   {"p of McNemar's exact test", compared["p_value"]}}) {
    CAPTURE(name);
    CHECK(facts[name] == CellOf(value));
  }
  CHECK(html["tables"][2]["rows"][0][3] == CellOf(compared["top1"]["rate"]));

  const auto check_rows = [&](const json& rows, const char* of, const std::vector<std::string>& keys,
                              size_t first_cell) {
    REQUIRE(rows.size() == report[of].size());
    for (size_t row = 0; row < rows.size(); ++row) {
      for (size_t i = 0; i < keys.size(); ++i) {
        CAPTURE(of, row, keys[i]);
        CHECK(rows[row][first_cell + i] == CellOf(report[of][row][keys[i]]));
      }
    }
  };
  check_rows(table({"class", "label", "images", "taken for it", "right", "precision, %", "recall, %"}),
             "per_class", {"class_index", "label", "n", "predicted", "right", "precision", "recall"}, 0);
  check_rows(table({"images", "of", "taken for"}), "confusions", {"n", "label", "predicted"}, 0);
  check_rows(table({"score", "images", "mean score, %", "right, %"}), "reliability",
             {"n", "mean_score", "rate"}, 1);
  json mistakes = table({"", "score, %", "of", "taken for", "right at", "path"});
  for (json& row : mistakes) {
    if (row[4] == "-") row[4] = "";
  }
  check_rows(mistakes, "mistakes", {"score", "label", "predicted", "rank", "path"}, 1);

  // An earlier report is replaced, and nothing else is.
  set.Report({set.folder(), "--report", file});
  const std::string photo = set.small / "photo.html";
  test::WriteFileBytes(photo, "<!DOCTYPE html>a page of somebody's");
  for (const auto& [path, message] :
       {std::pair{photo, std::string("exists, and is not a report of mobilenet eval")},
        {set.small / "report.txt", "reports are HTML (a name like FILE.html is needed)"},
        {set.small / "none/report.html", "cannot write: No such file"},
        {"/dev/full", "/dev/full: cannot write: No space left on device"},
        {"", "--report: an empty name (FILE.html is needed)"}}) {
    const auto refused = set.Eval({set.folder(), "--report", path});
    CAPTURE(message, refused.err);
    CHECK(refused.status == 2);
    CHECK(refused.out == "");
    CHECK(refused.err.find(message) != std::string::npos);
  }
  CHECK(test::ReadFileBytes(photo) == "<!DOCTYPE html>a page of somebody's");
}

TEST_CASE("a photograph that is gone has no thumbnail") {
  const DataSet set;
  const std::string records = set.small / "records.json";
  const json report = set.Report({set.folder(), "-o", records});
  REQUIRE(report["mistakes"].size() > 0);
  std::filesystem::remove(report["mistakes"][0]["path"].get<std::string>());
  const std::string file = set.small / "report.html";
  set.Report({"--from-records", records, "--report", file});
  CHECK(ParsedHtml(file)["images"].size() == report["mistakes"].size() - 1);
}

TEST_CASE("eval that is stopped reports what it has done") {
  const DataSet set;
  // So many that it is not done when the signal comes.
  const std::string large = set.small / "large.ppm";
  test::WriteFileBytes(large, test::SmallModel::GradientPpm(900, 700));
  for (int i = 0; i < 400; ++i) {
    std::filesystem::create_symlink(large, set.folder() + "/class_3/more" + std::to_string(i) + ".ppm");
  }
  const std::string records = set.small / "records.json";
  const std::string out = set.small / "out.json";
  {
    const int output = ::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    test::Process process(
        test::ExecMobilenet({"eval", "-m", set.small.model(), set.folder(), "-o", records, "--threads", "1",
                             "--decode-threads", "1", "--format", "json"}),
        output);
    ::close(output);
    REQUIRE(test::WaitUntil(
        [&] { return std::filesystem::exists(records) && std::filesystem::file_size(records) > 0; }));
    process.Signal(SIGTERM);
    const int status = process.Wait();
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 143);
  }
  const json stopped = json::parse(test::ReadFileBytes(out));
  CHECK(stopped["is_complete"] == false);
  CHECK(stopped["images"] >= 1);
  CHECK(stopped["images"] < 408);
  const json scored = set.Report({"--from-records", records});
  CHECK(scored["top1"] == stopped["top1"]);
}

TEST_CASE("one bad file is counted, and unknown classes are an error unless they are ignored") {
  const DataSet set;
  test::WriteFileBytes(set.folder() + "/class_1/bad.jpg", "no picture");
  const json report = set.Report({set.folder()}, 1);
  CHECK(report["images"] == 8);
  CHECK(report["failed"] == 1);
  std::filesystem::create_directory(set.folder() + "/owl");
  test::WriteFileBytes(set.folder() + "/owl/a.ppm", test::SmallModel::GradientPpm(30, 30));
  const auto refused = set.Eval({set.folder()});
  CHECK(refused.status == 2);
  CHECK(refused.out == "");
  CHECK(refused.err ==
        "mobilenet: " + set.folder() +
            ": names that match no label of the model: owl (1 image) (--ignore-unknown leaves these "
            "images out)\n");
  const json rest = set.Report({set.folder(), "--ignore-unknown"}, 1);
  CHECK(rest["images"] == 8);
  CHECK(rest["ignored"] == 1);
}

TEST_CASE("records, resumed, sharded and merged, give the same report") {
  const DataSet set;
  const json whole = set.Report({set.folder()});
  const auto same = [&](json report) {
    report["dataset"] = set.folder();
    CHECK(report == whole);
  };
  const std::string all = set.small / "all.json";
  same(set.Report({set.folder(), "-o", all}));
  same(set.Report({"--from-records", all}));
  same(set.Report({set.folder(), "--from-records", all}));
  // As a run that was stopped leaves it.
  const std::string text = test::ReadFileBytes(all);
  test::WriteFileBytes(all, text.substr(0, text.find('\n', text.size() / 2) + 1));
  same(set.Report({set.folder(), "-o", all, "--resume"}));
  CHECK(test::ReadFileBytes(all).size() > text.size() / 2);

  std::vector<std::string> merge = {"merge", "-o", set.small / "merged.json"};
  int images = 0;
  for (const char* part : {"1", "2"}) {
    const std::string file = set.small / ("part" + std::string(part) + ".json");
    // A part may be empty, but it is not for these paths.
    images +=
        set.Report({set.folder(), "--shard", part + std::string("/2"), "-o", file})["images"].get<int>();
    merge.push_back(file);
  }
  CHECK(images == 8);
  REQUIRE(RunMobilenet(merge).status == 0);
  same(set.Report({"--from-records", set.small / "merged.json"}));

  const std::string csv = set.small / "all.csv";
  REQUIRE(
      RunMobilenet({"classify", "-m", set.small.model(), "-r", set.folder(), "--format", "csv", "-o", csv})
          .status == 0);
  same(set.Report({"--from-records", csv}));
}

TEST_CASE("two models on the same images") {
  const DataSet set;
  const test::SmallModel other(WeightQuantization::kNone);
  const json report = set.Report({set.folder(), "--compare", other.model()});
  const json& compared = report["compared"];
  CHECK(compared["model"] == other.model());
  CHECK(compared["images"] == 8);
  CHECK(compared["both_right"].get<int>() + compared["only_first"].get<int>() == report["top1"]["right"]);
  CHECK(compared["both_right"].get<int>() + compared["only_second"].get<int>() == compared["top1"]["right"]);
  CHECK(set.Report({set.folder(), "--compare", set.small.model()})["compared"]["p_value"] == 1);
}

TEST_CASE("what eval cannot score is refused") {
  const DataSet set;
  const test::SmallModel other(WeightQuantization::kNone);
  const std::string all = set.small / "all.json";
  REQUIRE(set.Eval({set.folder(), "-o", all}).status == 0);
  struct Case {
    std::vector<std::string> arguments;
    std::string message;
  };
  const Case cases[] = {
      {{}, "DATASET is required"},
      {{set.folder(), set.folder()}, "one folder"},
      {{set.small.picture()}, "is not a folder"},
      {{set.folder(), "--truth", set.small / "none.csv"}, "none.csv: "},
      {{set.folder(), "--resume"}, "needs --output"},
      {{"--from-records", all, "-o", "x.json"}, "classifies nothing"},
      {{"--from-records", set.small / "none.json"}, "none.json: "},
      {{"--from-records", all, "-m", other.model()}, "was made with a different model"},
      {{set.folder(), "--first-number", "2"}, "2 is not a whole number in 0...1"},
  };
  for (const auto& [arguments, message] : cases) {
    CAPTURE(message);
    const auto result = set.Eval(arguments);
    CAPTURE(result.err);
    CHECK(result.status == 2);
    CHECK(result.out == "");
    CHECK(result.err.find(message) != std::string::npos);
  }
}

// The report on the reference's photographs.
json ReferenceReport(const std::string& file, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"eval", "-m", file, "--format", "json"});
  const auto result = RunMobilenet(arguments);
  CAPTURE(result.err);
  REQUIRE(result.status == 0);
  return json::parse(result.out);
}

// Figures as in the golden tests and the README. With $MOBILENET_LONG_TESTS=1, those of all models, and also
// sharded, merged and from records.
TEST_CASE("eval of the reference's photographs gives the reference's figures") {
  const std::string shared = test::SharedFolder();
  if (shared.empty()) return;
  const bool is_long = test::RunsLongTests();
  struct Case {
    const char* model;
    int right;
    std::optional<double> published;
  };
  std::vector<Case> cases = {{"mobilenet_v1_0.25_128_s8", 49, 39.9}};
  if (!test::IsSlow()) {
    cases.insert(cases.end(), {{"mobilenet_v1_1.0_224_s8", 88, 69.7}, {"mobilenet_v1_0.5_160_s8", 72, 57.7}});
  }
  if (is_long) {
    cases.insert(cases.end(), {{"mobilenet_v1_0.75_192_s8", 80, 66.2},
                               {"mobilenet_v1_0.25_224_s8", 59, 48.2},
                               {"mobilenet_v1_1.0_224_u8", 89, 69.7},
                               {"mobilenet_v1_0.75_192_u8", 80, 66.2},
                               {"mobilenet_v1_0.5_160_u8", 75, 57.7},
                               {"mobilenet_v1_0.25_224_u8", 60, 48.2},
                               {"mobilenet_v1_0.25_128_u8", 49, 39.9},
                               {"mobilenet_v1_0.25_224_f32", 61, 49.8},
                               {"mobilenet_v1_0.25_224_keras_f32", 62, {}},
                               {"mobilenet_v2_1.0_224_u8", 89, {}},
                               {"mobilenet_v2_1.0_224_s8", 89, {}},
                               {"mobilenet_v2_1.0_224_ptq_s8", 90, {}}});
  }
  const std::string photographs = shared + "images/imagenet-100";
  for (const auto& [model, right, published] : cases) {
    CAPTURE(model);
    const std::string file = test::WeightsFolder() + "/" + model + ".safetensors";
    const json report = ReferenceReport(file, {photographs});
    CHECK(report["images"] == 100);
    CHECK(report["top1"]["right"] == right);
    CHECK(report["published_top1"] == (published ? json(*published) : json()));
    // Synset ids in the files' names, and the file of classes without background.
    CHECK(ReferenceReport(file, {photographs, "--truth", photographs + "/ground_truth.csv"}) == report);
    if (!is_long) continue;
    const test::TemporaryFolder folder;
    std::vector<std::string> merge = {"merge", "-o", folder / "merged.json"};
    for (const char* part : {"1", "2"}) {
      merge.push_back(folder / ("part" + std::string(part) + ".json"));
      ReferenceReport(file, {photographs, "--shard", part + std::string("/2"), "-o", merge.back()});
    }
    REQUIRE(RunMobilenet(merge).status == 0);
    json merged = ReferenceReport(file, {"--from-records", folder / "merged.json"});
    merged["dataset"] = photographs;
    CHECK(merged == report);
    // As a run that was stopped leaves it.
    const std::string records = test::ReadFileBytes(merge.back());
    test::WriteFileBytes(merge.back(), records.substr(0, records.find('\n', records.size() / 2) + 1));
    const json resumed =
        ReferenceReport(file, {photographs, "--shard", "2/2", "-o", merge.back(), "--resume"});
    CHECK(resumed["top1"] == ReferenceReport(file, {photographs, "--shard", "2/2"})["top1"]);
  }
}

}  // namespace
}  // namespace mobilenet
