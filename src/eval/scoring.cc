#include "src/eval/scoring.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "src/base/sha256.h"
#include "src/base/statistics.h"

namespace mobilenet {
namespace {

constexpr size_t kMostMistakes = 20;

RightRow MakeRight(int64_t right, int64_t n) {
  const RateInterval interval = WilsonInterval(right, n);
  return {right, n == 0 ? 0 : static_cast<double>(right) / static_cast<double>(n), interval.low,
          interval.high};
}

bool IsWorse(const MistakeRow& a, const MistakeRow& b) {
  return a.score != b.score ? a.score > b.score : a.path < b.path;
}

}  // namespace

void Scoring::Add(const std::string& path, int truth, std::span<const Prediction> predictions) {
  assert(!predictions.empty());
  const auto label = [&](int class_index) { return labels_[static_cast<size_t>(class_index)]; };
  const Prediction& first = predictions.front();
  const bool is_right = first.class_index == truth;
  counted_.push_back({ShortSha256(path), is_right});
  most_predictions_ = std::max(most_predictions_, predictions.size());
  const auto found = std::find_if(predictions.begin(), predictions.end(),
                                  [&](const Prediction& one) { return one.class_index == truth; });
  const auto rank = found - predictions.begin() + 1;
  top1_ += is_right ? 1 : 0;
  top5_ += found != predictions.end() && rank <= 5 ? 1 : 0;

  ++classes_[truth].n;
  ++classes_[first.class_index].predicted;
  classes_[truth].right += is_right ? 1 : 0;

  const auto score = static_cast<double>(first.score);
  // In float, so that 0.9 x 10 is 9.
  Bin& bin = bins_[std::min(bins_.size() - 1, static_cast<size_t>(std::clamp(first.score, 0.0f, 1.0f) * 10))];
  ++bin.n;
  bin.right += is_right ? 1 : 0;
  bin.scores += score;

  if (is_right) return;
  ++confusions_[{truth, first.class_index}];
  MistakeRow mistake{path, label(truth), label(first.class_index), score, std::nullopt};
  if (found != predictions.end()) mistake.rank = static_cast<int>(rank);
  const auto place = std::upper_bound(mistakes_.begin(), mistakes_.end(), mistake, IsWorse);
  mistakes_.insert(place, std::move(mistake));
  if (mistakes_.size() > kMostMistakes) mistakes_.pop_back();
}

EvaluationReport Scoring::Report(EvaluationReport report) const {
  report.images = std::ssize(counted_);
  report.failed = failed_;
  report.ignored = ignored_;
  report.top1 = MakeRight(top1_, report.images);
  if (most_predictions_ >= std::min<size_t>(5, labels_.size())) report.top5 = MakeRight(top5_, report.images);
  for (const auto& [class_index, counts] : classes_) {
    report.per_class.push_back({.class_index = class_index,
                                .label = labels_[static_cast<size_t>(class_index)],
                                .n = counts.n,
                                .predicted = counts.predicted,
                                .right = counts.right});
  }
  for (const auto& [pair, n] : confusions_) {
    report.confusions.push_back({pair.first, labels_[static_cast<size_t>(pair.first)], pair.second,
                                 labels_[static_cast<size_t>(pair.second)], n});
  }
  std::stable_sort(report.confusions.begin(), report.confusions.end(),
                   [](const ConfusionRow& a, const ConfusionRow& b) { return a.n > b.n; });
  for (size_t i = 0; i < bins_.size(); ++i) {
    const Bin& bin = bins_[i];
    if (bin.n == 0) continue;
    const auto n = static_cast<double>(bin.n);
    const auto low = static_cast<double>(i) / 10;
    report.reliability.push_back({.low = low,
                                  .high = low + 0.1,
                                  .n = bin.n,
                                  .mean_score = bin.scores / n,
                                  .rate = static_cast<double>(bin.right) / n});
    report.ece += std::abs(bin.scores - static_cast<double>(bin.right)) / static_cast<double>(report.images);
  }
  report.mistakes = mistakes_;
  return report;
}

PairedRow Scoring::CompareWith(const Scoring& other) const {
  const auto sorted = [](std::vector<Counted> counted) {
    std::sort(counted.begin(), counted.end(),
              [](const Counted& a, const Counted& b) { return a.path_hash < b.path_hash; });
    return counted;
  };
  const std::vector<Counted> mine = sorted(counted_);
  const std::vector<Counted> others = sorted(other.counted_);
  PairedRow row;
  for (size_t i = 0, j = 0; i < mine.size() && j < others.size();) {
    if (mine[i].path_hash != others[j].path_hash) {
      mine[i].path_hash < others[j].path_hash ? ++i : ++j;
      continue;
    }
    const bool first = mine[i++].is_right;
    const bool second = others[j++].is_right;
    ++row.images;
    ++(first && second ? row.both_right : first ? row.only_first : second ? row.only_second : row.both_wrong);
  }
  row.top1 = MakeRight(row.both_right + row.only_second, row.images);
  row.p_value = McNemarProbability(row.only_first, row.only_second);
  return row;
}

}  // namespace mobilenet
