// How often a model is right on labelled photographs: for people, as CSV, Markdown and JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/json/json_writer.h"
#include "src/report/report_table.h"

namespace mobilenet {

// A share of the images, with Wilson's interval at 95 %.
struct RightRow {
  int64_t right = 0;
  double rate = 0;
  double low = 0;
  double high = 1;
};

// A class that some image belongs to, or is taken for.
struct EvaluatedClassRow {
  int class_index = 0;
  std::string label;
  int64_t n = 0;          // its images
  int64_t predicted = 0;  // images taken for it
  int64_t right = 0;      // its images that are taken for it
  // right / predicted and right / n; none if the divisor is 0.
  std::optional<double> precision() const { return Share(predicted); }
  std::optional<double> recall() const { return Share(n); }

 private:
  std::optional<double> Share(int64_t whole) const {
    if (whole == 0) return std::nullopt;
    return static_cast<double>(right) / static_cast<double>(whole);
  }
};

struct ConfusionRow {
  int class_index = 0;  // what it is
  std::string label;
  int predicted_index = 0;
  std::string predicted;
  int64_t n = 0;
};

// Images whose first score is in low...high.
struct ReliabilityRow {
  double low = 0;
  double high = 0;
  int64_t n = 0;
  double mean_score = 0;
  double rate = 0;  // the share that is right
};

struct MistakeRow {
  std::string path;
  std::string label;  // what it is
  std::string predicted;
  double score = 0;         // the prediction's
  std::optional<int> rank;  // place of the right class, from 2; none if it is not among the predictions
};

// Another model on the same images.
struct PairedRow {
  std::string model;
  int64_t images = 0;  // those for which both have an answer
  RightRow top1;       // the other model's, on these
  int64_t both_right = 0;
  int64_t only_first = 0;  // only the report's model is right
  int64_t only_second = 0;
  int64_t both_wrong = 0;
  double p_value = 1;  // McNemar's exact test
};

struct EvaluationReport {
  std::string model;         // path
  std::string dataset;       // folder; "" if it comes from records
  std::string model_sha256;  // "" if unknown
  // What else the result depends on; "" if unknown.
  std::string precision;      // "f32", "u8", "s8"
  std::string resize;         // "crop", "squash", "fit"
  std::string interpolation;  // "bilinear", "bicubic"
  std::string decode;         // "fast", "exact"
  bool is_complete = true;    // false: a signal came before the last image
  int64_t images = 0;         // with an answer
  int64_t failed = 0;         // that cannot be read
  int64_t ignored = 0;        // whose class is not a label
  RightRow top1;
  std::optional<RightRow> top5;              // none if fewer predictions were recorded
  std::optional<double> published_top1;      // percent
  std::vector<EvaluatedClassRow> per_class;  // by class_index
  std::vector<ConfusionRow> confusions;      // the most frequent first
  double ece = 0;                           // expected calibration error: of mean_score - rate, weighted by n
  std::vector<ReliabilityRow> reliability;  // from score 0 to 1, those with images
  std::vector<MistakeRow> mistakes;         // the surest first
  std::optional<PairedRow> compared;

  // Whether the published top-1 lies within our interval.
  bool HasPublishedWithin() const {
    return published_top1 && *published_top1 / 100 >= top1.low && *published_top1 / 100 <= top1.high;
  }
};

// As CSV, one line per class: class_index, label, n, predicted, right, precision, recall.
std::string EvaluationText(const EvaluationReport& report, TableFormat format = TableFormat::kText);

// Only the parts "most confused" and "classes" of the text.
std::string AnswersText(const EvaluationReport& report, TableFormat format = TableFormat::kText);

// One object on one line, and a newline at the end: model, model_sha256, dataset, precision, preprocess
// {resize, interpolation, decode}, is_complete, images, failed, ignored, top1 and top5 {right, rate, low,
// high} (top5 null where fewer predictions were recorded), published_top1 (percent, as the catalogue has it,
// or null), published_is_within, ece, reliability [{low, high, n, mean_score, rate}], per_class
// [{class_index, label, n, predicted, right, precision, recall}], confusions [{class_index, label,
// predicted_index, predicted, n}], mistakes [{path, label, predicted, score, rank}], compared (null or
// {model, images, top1, both_right, only_first, only_second, both_wrong, p_value}). Rates are 0...1.
std::string EvaluationJson(const EvaluationReport& report);

// A share as the text shows it, and as a member of a JSON object.
std::string RightText(const RightRow& row, int64_t images);
void WriteRight(JsonWriter& json, std::string_view key, const RightRow& row);
// The members per_class and confusions of an object.
void WriteAnswers(JsonWriter& json, const EvaluationReport& report);

}  // namespace mobilenet
