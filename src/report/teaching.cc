#include "src/report/teaching.h"

#include <algorithm>
#include <cstddef>

#include "src/base/number_text.h"
#include "src/base/str_cat.h"
#include "src/json/json_writer.h"
#include "src/report/rows.h"
#include "src/report/terminal_text.h"
#include "src/report/text_table.h"

namespace mobilenet {
namespace {

constexpr size_t kMostRows = 20;

std::string Percent(double part) {
  return FixedText(100 * part, 1);
}

// The share of photographs that one gets right by always answering the most frequent class.
double LargestClass(const EvaluationReport& report) {
  int64_t largest = 0;
  for (const EvaluatedClassRow& row : report.per_class) largest = std::max(largest, row.n);
  return report.images == 0 ? 0 : static_cast<double>(largest) / static_cast<double>(report.images);
}

std::string Title(std::string_view title, size_t rows) {
  return StrCat("\n", title, rows > kMostRows ? StrCat(" (", kMostRows, " of ", rows, ")") : "", "\n");
}

std::string SuspectsText(const std::vector<SuspectRow>& suspects) {
  if (suspects.empty()) return "";
  TextTable table({{"score, %", Align::kRight}, {"in"}, {"looks like"}, {"path"}});
  for (size_t i = 0; i < std::min(suspects.size(), kMostRows); ++i) {
    const SuspectRow& row = suspects[i];
    table.AddRow({Percent(row.score), row.label, row.looks_like, row.path});
  }
  return StrCat(Title("probably in the wrong folder", suspects.size()), table.Text(""));
}

std::string AlikeText(const std::vector<AlikeRow>& alike) {
  if (alike.empty()) return "";
  TextTable table({{"alike, %", Align::kRight}, {"path"}, {"and"}});
  for (size_t i = 0; i < std::min(alike.size(), kMostRows); ++i) {
    table.AddRow({Percent(alike[i].similarity), alike[i].path, alike[i].other_path});
  }
  return StrCat(Title("alike, but in different folders", alike.size()), table.Text(""));
}

}  // namespace

std::string TeachingText(const TeachingReport& report) {
  const EvaluationReport& held_out = report.held_out;
  std::string text = StrCat(TerminalText(report.output), ": ", held_out.per_class.size(), " classes, ",
                            FixedText(Millions(report.output_bytes), 1), " MB, of ",
                            TerminalText(report.model), "\n  taught with ", held_out.images, " photographs");
  if (report.views > 1) text += StrCat(", ", report.views, " views of each");
  if (held_out.failed > 0) text += StrCat(", ", held_out.failed, " could not be read");
  if (report.left_out > 0) text += StrCat(", ", report.left_out, " left out, in no class's folder");
  text += StrCat("\n  cross-validated: right ", RightText(held_out.top1, held_out.images),
                 "\n  always the largest class: right ", Percent(LargestClass(held_out)), " %\n");
  if (report.unknown) {
    const RejectionRow& unknown = *report.unknown;
    text += StrCat("  unknown below a score of ", Percent(unknown.threshold), " %: accepts ",
                   Percent(unknown.accepted), " % of the classes' photographs");
    if (unknown.others > 0) {
      text += StrCat(", rejects ", Percent(unknown.others_rejected), " % of ", unknown.others, " others");
    }
    text += "\n";
  }
  text += StrCat(AnswersText(held_out), SuspectsText(report.suspects), AlikeText(report.alike));
  if (!report.warnings.empty()) text += "\nwarnings\n";
  for (const std::string& warning : report.warnings) text += StrCat("  - ", TerminalText(warning), "\n");
  return text;
}

std::string TeachingJson(const TeachingReport& report) {
  constexpr int kRateDecimals = 6;
  JsonWriter json;
  json.BeginObject();
  json.String("model", report.model);
  json.String("output", report.output);
  json.Integer("output_bytes", report.output_bytes);
  json.OptionalString("features", report.features.empty() ? std::nullopt : std::optional(report.features));
  json.Integer("feature_count", report.feature_count);
  json.Integer("views", report.views);
  json.Integer("photographs", report.held_out.images);
  json.Integer("failed", report.held_out.failed);
  json.Integer("left_out", report.left_out);
  json.Significant("cost", report.cost, 6);
  json.Key("held_out");
  json.BeginObject();
  WriteRight(json, "top1", report.held_out.top1);
  json.Fixed("largest_class", LargestClass(report.held_out), kRateDecimals);
  WriteAnswers(json, report.held_out);
  json.EndObject();
  json.Key("unknown");
  if (report.unknown) {
    json.BeginObject();
    json.Significant("threshold", report.unknown->threshold, kScoreDigits);
    json.Fixed("accepted", report.unknown->accepted, kRateDecimals);
    json.Integer("others", report.unknown->others);
    json.Fixed("others_rejected", report.unknown->others_rejected, kRateDecimals);
    json.EndObject();
  } else {
    json.Null();
  }
  json.Key("suspects");
  json.BeginArray();
  for (const SuspectRow& row : report.suspects) {
    json.BeginObject();
    json.String("path", row.path);
    json.String("label", row.label);
    json.String("looks_like", row.looks_like);
    json.Significant("score", row.score, kScoreDigits);
    json.Significant("own_score", row.own_score, kScoreDigits);
    json.EndObject();
  }
  json.EndArray();
  json.Key("alike");
  json.BeginArray();
  for (const AlikeRow& row : report.alike) {
    json.BeginObject();
    json.String("path", row.path);
    json.String("label", row.label);
    json.String("other_path", row.other_path);
    json.String("other_label", row.other_label);
    json.Significant("similarity", row.similarity, kScoreDigits);
    json.EndObject();
  }
  json.EndArray();
  json.Key("warnings");
  json.BeginArray();
  for (const std::string& warning : report.warnings) json.String(warning);
  json.EndArray();
  json.EndObject();
  return json.text() + "\n";
}

}  // namespace mobilenet
