#include "src/report/evaluation.h"

#include <algorithm>
#include <cstddef>

#include "src/base/number_text.h"
#include "src/base/str_cat.h"
#include "src/report/evaluation_tables.h"
#include "src/report/rows.h"

namespace mobilenet {
namespace {

// The first rows, and how many more there are.
template <typename Row, typename Table>
std::string Section(std::string_view title, const std::vector<Row>& rows, size_t most, const Table& table,
                    TableFormat format) {
  if (rows.empty()) return "";
  const std::vector<Row> first(rows.begin(),
                               rows.begin() + static_cast<ptrdiff_t>(std::min(rows.size(), most)));
  std::string text = StrCat("\n", format == TableFormat::kMarkdown ? "### " : "", title);
  if (first.size() < rows.size()) text += StrCat(" (", first.size(), " of ", rows.size(), ")");
  return StrCat(text, format == TableFormat::kMarkdown ? "\n\n" : "\n", table(first).Format(format));
}

std::string HeadText(const EvaluationReport& report, TableFormat format) {
  const std::string_view bullet = format == TableFormat::kMarkdown ? "- " : "  ";
  std::string text = StrCat(ShownText(report.model, format), ": ", report.images, " images");
  if (!report.dataset.empty()) text += StrCat(" of ", ShownText(report.dataset, format));
  if (!report.is_complete) text += ", interrupted";
  if (report.failed > 0) text += StrCat(", ", report.failed, " failed");
  if (report.ignored > 0) text += StrCat(", ", report.ignored, " of other classes left out");
  text += format == TableFormat::kMarkdown ? "\n\n" : "\n";
  std::vector<std::string> settings;
  for (const auto& [name, value] : {std::pair{"precision", report.precision},
                                    {"resize", report.resize},
                                    {"filter", report.interpolation},
                                    {"decode", report.decode}}) {
    if (!value.empty()) settings.push_back(StrCat(name, " ", value));
  }
  if (!settings.empty()) text += StrCat(bullet, StrJoin(settings), "\n");
  text += StrCat(bullet, "top-1  ", RightText(report.top1, report.images), "\n");
  if (report.top5) text += StrCat(bullet, "top-5  ", RightText(*report.top5, report.images), "\n");
  if (report.published_top1) {
    text +=
        StrCat(bullet,
               "published top-1 of ImageNet's validation images: ", ShortFixedText(*report.published_top1, 2),
               " %, ", report.HasPublishedWithin() ? "within" : "outside", " the interval\n");
  }
  text += StrCat(bullet, "calibration: scores and the shares of right answers differ by ",
                 FixedText(100 * report.ece, 1), " points on average (ECE)\n");
  if (report.compared) {
    const PairedRow& other = *report.compared;
    text += StrCat(bullet, ShownText(other.model, format), " on ", other.images, " of these images: top-1  ",
                   RightText(other.top1, other.images), "\n", bullet, "both right ", other.both_right,
                   ", only the first ", other.only_first, ", only the second ", other.only_second,
                   ", neither ", other.both_wrong, "; McNemar's exact test: p = ",
                   other.p_value == 0 ? "0" : SignificantText(other.p_value, 3), "\n");
  }
  return text;
}

void WriteOptionalRate(JsonWriter& json, std::string_view key, std::optional<double> rate) {
  json.Key(key);
  rate ? json.Fixed(*rate, kRateDecimals) : json.Null();
}

template <typename Row, typename Write>
void WriteArray(JsonWriter& json, std::string_view key, const std::vector<Row>& rows, const Write& write) {
  json.Key(key);
  json.BeginArray();
  for (const Row& row : rows) {
    json.BeginObject();
    write(row);
    json.EndObject();
  }
  json.EndArray();
}

void WriteCompared(JsonWriter& json, const PairedRow& other) {
  json.BeginObject();
  json.String("model", other.model);
  json.Integer("images", other.images);
  WriteRight(json, "top1", other.top1);
  json.Integer("both_right", other.both_right);
  json.Integer("only_first", other.only_first);
  json.Integer("only_second", other.only_second);
  json.Integer("both_wrong", other.both_wrong);
  json.Significant("p_value", other.p_value, kScoreDigits);
  json.EndObject();
}

}  // namespace

std::string RightText(const RightRow& row, int64_t images) {
  return StrCat(Percent(row.rate), " % (", row.right, " of ", images, "), with 95 % certainty ",
                Percent(row.low), " to ", Percent(row.high), " %");
}

void WriteRight(JsonWriter& json, std::string_view key, const RightRow& row) {
  json.Key(key);
  json.BeginObject();
  json.Integer("right", row.right);
  json.Fixed("rate", row.rate, kRateDecimals);
  json.Fixed("low", row.low, kRateDecimals);
  json.Fixed("high", row.high, kRateDecimals);
  json.EndObject();
}

void WriteAnswers(JsonWriter& json, const EvaluationReport& report) {
  WriteArray(json, "per_class", report.per_class, [&](const EvaluatedClassRow& row) {
    json.Integer("class_index", row.class_index);
    json.String("label", row.label);
    json.Integer("n", row.n);
    json.Integer("predicted", row.predicted);
    json.Integer("right", row.right);
    WriteOptionalRate(json, "precision", row.precision());
    WriteOptionalRate(json, "recall", row.recall());
  });
  WriteArray(json, "confusions", report.confusions, [&](const ConfusionRow& row) {
    json.Integer("class_index", row.class_index);
    json.String("label", row.label);
    json.Integer("predicted_index", row.predicted_index);
    json.String("predicted", row.predicted);
    json.Integer("n", row.n);
  });
}

std::string AnswersText(const EvaluationReport& report, TableFormat format) {
  constexpr size_t kMostConfusions = 10;
  return StrCat(Section("most confused", report.confusions, kMostConfusions, ConfusionsTable, format),
                Section("classes", report.per_class, report.per_class.size(), ClassesTable, format));
}

std::string EvaluationText(const EvaluationReport& report, TableFormat format) {
  if (format == TableFormat::kCsv) return ClassesTable(report.per_class).Csv();
  constexpr size_t kMostConfusions = 10;
  const size_t all = report.per_class.size() + report.mistakes.size() + report.reliability.size();
  return StrCat(HeadText(report, format),
                Section("by score", report.reliability, all, ReliabilityTable, format),
                Section("most confused", report.confusions, kMostConfusions, ConfusionsTable, format),
                Section("surest mistakes", report.mistakes, all, MistakesTable, format),
                Section("classes", report.per_class, all, ClassesTable, format));
}

std::string EvaluationJson(const EvaluationReport& report) {
  JsonWriter json;
  json.BeginObject();
  json.String("model", report.model);
  json.String("model_sha256", report.model_sha256);
  json.String("dataset", report.dataset);
  json.String("precision", report.precision);
  json.Key("preprocess");
  json.BeginObject();
  json.String("resize", report.resize);
  json.String("interpolation", report.interpolation);
  json.String("decode", report.decode);
  json.EndObject();
  json.Boolean("is_complete", report.is_complete);
  json.Integer("images", report.images);
  json.Integer("failed", report.failed);
  json.Integer("ignored", report.ignored);
  WriteRight(json, "top1", report.top1);
  if (report.top5) {
    WriteRight(json, "top5", *report.top5);
  } else {
    json.Key("top5");
    json.Null();
  }
  json.Key("published_top1");
  report.published_top1 ? json.Fixed(*report.published_top1, 2) : json.Null();
  json.Boolean("published_is_within",
               report.published_top1 ? std::optional(report.HasPublishedWithin()) : std::nullopt);
  json.Fixed("ece", report.ece, kRateDecimals);
  WriteArray(json, "reliability", report.reliability, [&](const ReliabilityRow& row) {
    json.Fixed("low", row.low, 1);
    json.Fixed("high", row.high, 1);
    json.Integer("n", row.n);
    json.Fixed("mean_score", row.mean_score, kRateDecimals);
    json.Fixed("rate", row.rate, kRateDecimals);
  });
  WriteAnswers(json, report);
  WriteArray(json, "mistakes", report.mistakes, [&](const MistakeRow& row) {
    json.String("path", row.path);
    json.String("label", row.label);
    json.String("predicted", row.predicted);
    json.Significant("score", row.score, kScoreDigits);
    json.Integer("rank", row.rank ? std::optional<int64_t>(*row.rank) : std::nullopt);
  });
  json.Key("compared");
  report.compared ? WriteCompared(json, *report.compared) : json.Null();
  json.EndObject();
  return json.text() + "\n";
}

}  // namespace mobilenet
