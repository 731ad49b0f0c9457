#include "src/teach/teach.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "src/base/folder_below.h"
#include "src/base/limits.h"
#include "src/base/number_text.h"
#include "src/base/str_cat.h"
#include "src/engine/model_parts.h"
#include "src/eval/scoring.h"
#include "src/records/file_stamp.h"
#include "src/teach/cross_validation.h"
#include "src/teach/findings.h"
#include "src/teach/rejection.h"
#include "src/teach/softmax_regression.h"

namespace mobilenet {
namespace {

constexpr int64_t kFewOfAClass = 10;

std::string CountText(int64_t count, std::string_view one, std::string_view many) {
  return StrCat(count, " ", count == 1 ? one : many);
}

int Classes(const Lesson& lesson) {
  return static_cast<int>(lesson.labels.size());
}

// As many as there is memory for.
int Threads(const Lesson& lesson, int threads) {
  const auto available = AvailableMemoryBytes();
  const auto bytes = [&](int n) { return TrainingBytes(lesson.examples, Classes(lesson), n); };
  while (threads > 1 && available && bytes(threads) > *available) --threads;
  CheckMemoryIsLeft(StrCat("teaching ", lesson.labels.size(), " classes"), bytes(threads));
  return threads;
}

std::vector<std::string> Warnings(const Lesson& lesson, const CrossValidation& validation,
                                  const Alike& alike) {
  std::vector<std::string> warnings;
  int64_t few = 0;
  std::string first;
  for (size_t i = 0; i < lesson.labels.size(); ++i) {
    if (lesson.photographs[i] >= kFewOfAClass) continue;
    if (few++ == 0) first = StrCat(lesson.labels[i], " with ", lesson.photographs[i]);
  }
  if (few > 0) {
    warnings.push_back(StrCat(CountText(few, "class has", "classes have"), " fewer than ", kFewOfAClass,
                              " photographs, such as ", first));
  }
  if (!alike.pairs.empty()) {
    warnings.push_back(
        StrCat(CountText(std::ssize(alike.pairs), "pair of photographs in different folders shows",
                         "pairs of photographs in different folders show"),
               " the same thing"));
  }
  if (!alike.was_searched) warnings.push_back("too many photographs to look for those that are alike");
  const int swallowing = FindSwallowing(lesson.examples, validation, Classes(lesson));
  if (swallowing >= 0) {
    warnings.push_back(StrCat(lesson.labels[static_cast<size_t>(swallowing)],
                              " swallows at least half of the other classes' photographs (add some of ",
                              "theirs, or take out some of its own)"));
  }
  return warnings;
}

TeachingReport ReportOf(const Lesson& lesson, const CrossValidation& validation, const Alike& alike) {
  const Examples& examples = lesson.examples;
  const auto label = [&](int c) {
    return c == kNoClass ? std::string(kOthersFolder) : lesson.labels[static_cast<size_t>(c)];
  };
  Scoring scoring(lesson.labels);
  for (int64_t i = 0; i < examples.photographs(); ++i) {
    const HeldOut& held_out = validation.held_out[static_cast<size_t>(i)];
    if (held_out.best.empty()) continue;
    std::vector<Prediction> predictions;
    for (const auto& [c, score] : held_out.best) predictions.push_back({c, label(c), score});
    scoring.Add(examples.path(i), examples.class_of(i), predictions);
  }
  TeachingReport report;
  report.held_out = scoring.Report();
  report.held_out.failed = lesson.failed;
  report.feature_count = examples.features();
  report.views = examples.views();
  report.cost = validation.cost;
  for (const Suspect& one : FindSuspects(examples, validation, Classes(lesson))) {
    report.suspects.push_back({.path = examples.path(one.photograph),
                               .label = label(examples.class_of(one.photograph)),
                               .looks_like = label(one.looks_like),
                               .score = static_cast<double>(one.score),
                               .own_score = static_cast<double>(one.own_score)});
  }
  for (const AlikePair& pair : alike.pairs) {
    report.alike.push_back({.path = examples.path(pair.first),
                            .label = label(examples.class_of(pair.first)),
                            .other_path = examples.path(pair.second),
                            .other_label = label(examples.class_of(pair.second)),
                            .similarity = static_cast<double>(pair.similarity)});
  }
  report.warnings = Warnings(lesson, validation, alike);
  return report;
}

// `others`: the highest score of each photograph that belongs to none of the classes.
RejectionRow Reject(const Lesson& lesson, const CrossValidation& validation, std::vector<float> others) {
  std::vector<float> right;
  std::vector<float> wrong;
  for (size_t i = 0; i < validation.held_out.size(); ++i) {
    const HeldOut& held_out = validation.held_out[i];
    if (held_out.best.empty()) continue;
    const bool is_right = held_out.best.front().first == lesson.examples.class_of(static_cast<int64_t>(i));
    (is_right ? right : wrong).push_back(held_out.best.front().second);
  }
  const auto count = static_cast<int64_t>(others.size());
  const Rejection rejection = ChooseRejection(std::move(right), wrong, std::move(others));
  return {.threshold = rejection.threshold,
          .accepted = rejection.accepted,
          .others = count,
          .others_rejected = rejection.others_rejected};
}

std::string Source(const ModelFile& file, const Lesson& lesson, const TeachingReport& report) {
  return SourceOf(file, "mobilenet teach", [&](JsonWriter& json) {
    json.String("taught", TimeNow());
    json.Integer("photographs", report.held_out.images);
    json.Integer("views", report.views);
    json.Key("class_counts");
    json.BeginArray();
    for (const int64_t count : lesson.photographs) json.Integer(count);
    json.EndArray();
    json.Significant("cost", report.cost, kScoreDigits);
    WriteRight(json, "cross_validated", report.held_out.top1);
  });
}

LinearHead Train(const Lesson& lesson, const Centre& centre, double cost,
                 const std::function<bool()>& is_stopped) {
  std::vector<uint32_t> photographs;
  for (int64_t i = 0; i < lesson.examples.photographs(); ++i) {
    if (lesson.examples.class_of(i) != kNoClass) photographs.push_back(static_cast<uint32_t>(i));
  }
  SoftmaxRegression regression(lesson.examples, centre, std::move(photographs), Classes(lesson));
  regression.Train(cost, is_stopped);
  return regression.Head();
}

}  // namespace

std::optional<Taught> Teach(const ModelFile& file, const Network& network, const Trunk& trunk,
                            const Lesson& lesson, const TeachSettings& settings) {
  const Examples& examples = lesson.examples;
  const int threads = Threads(lesson, settings.threads);
  settings.on_step(TeachStep::kComparing);
  const Centre centre = CentreOf(examples);
  const Alike alike = FindAlike(examples, centre);
  const std::vector<int> folds = MakeFolds(examples, alike.groups);
  settings.on_step(TeachStep::kChoosingCost);
  const double cost = ChooseCost(examples, centre, folds, Classes(lesson), threads, settings.is_stopped);
  if (settings.is_stopped()) return std::nullopt;
  settings.on_step(TeachStep::kCrossValidating);
  const CrossValidation validation =
      CrossValidate(examples, centre, folds, Classes(lesson), cost, threads, settings.is_stopped);
  if (settings.is_stopped()) return std::nullopt;
  settings.on_step(TeachStep::kTraining);
  LinearHead linear = Train(lesson, centre, cost, settings.is_stopped);
  if (settings.is_stopped()) return std::nullopt;

  NewHead head{.labels = lesson.labels,
               .weights = std::move(linear.weights),
               .bias = std::move(linear.bias),
               .lowest_logit = std::numeric_limits<float>::max(),
               .highest_logit = std::numeric_limits<float>::lowest(),
               .feature_means = centre.means,
               .metadata = {}};
  std::vector<uint32_t> all(static_cast<size_t>(examples.photographs()));
  std::iota(all.begin(), all.end(), 0u);
  std::vector<float> others;
  std::vector<float> probabilities;
  ForEachLogits(examples, {head.weights, head.bias}, all,
                [&](uint32_t photograph, std::span<const float> logits) {
                  const auto [low, high] = std::minmax_element(logits.begin(), logits.end());
                  head.lowest_logit = std::min(head.lowest_logit, *low);
                  head.highest_logit = std::max(head.highest_logit, *high);
                  if (examples.class_of(photograph) != kNoClass) return;
                  MakeProbabilities(logits, probabilities);
                  others.push_back(*std::max_element(probabilities.begin(), probabilities.end()));
                });
  TeachingReport report = ReportOf(lesson, validation, alike);
  if (settings.rejects) {
    report.unknown = Reject(lesson, validation, std::move(others));
    head.metadata["mobilenet.unknown_below"] = SignificantText(report.unknown->threshold, kScoreDigits);
  }
  head.metadata["mobilenet.source"] = Source(file, lesson, report);
  return Taught{WithHead(file, network, trunk, head, settings.output), std::move(report)};
}

}  // namespace mobilenet
