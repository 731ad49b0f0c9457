#include "src/teach/cross_validation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <optional>

#include "src/base/random.h"
#include "src/engine/thread_pool.h"

namespace mobilenet {
namespace {

// The costs are tried with at most this many photographs, or three per class.
constexpr size_t kMostTriedPhotographs = 4000;
constexpr size_t kTriedOfAClass = 3;
constexpr int kLowestCost = -2;  // in half powers of ten
constexpr int kHighestCost = 12;
constexpr size_t kMostBest = 5;

double CostOf(int half_powers) {
  return std::pow(10.0, half_powers / 2.0);
}

void ForEachFold(int threads, const std::function<void(size_t fold)>& run) {
  const ThreadPool pool(std::min(threads, kFolds));
  pool.ForEach(kFolds, [&](int64_t fold) { run(static_cast<size_t>(fold)); });
}

// Photographs with which the costs are tried: every n-th of each class.
std::vector<bool> Tried(const Examples& examples, int classes) {
  std::vector<size_t> of_class(static_cast<size_t>(classes), 0);
  for (int64_t i = 0; i < examples.photographs(); ++i) {
    if (examples.class_of(i) != kNoClass) ++of_class[static_cast<size_t>(examples.class_of(i))];
  }
  const size_t all = std::accumulate(of_class.begin(), of_class.end(), size_t{0});
  std::vector<bool> tried(static_cast<size_t>(examples.photographs()), true);
  if (all <= kMostTriedPhotographs) return tried;
  std::vector<size_t> met(of_class.size(), 0);
  for (int64_t i = 0; i < examples.photographs(); ++i) {
    if (examples.class_of(i) == kNoClass) continue;
    const auto c = static_cast<size_t>(examples.class_of(i));
    const size_t n = of_class[c];
    const size_t wanted = std::min(n, std::max(kTriedOfAClass, n * kMostTriedPhotographs / all));
    const size_t k = met[c]++;
    tried[static_cast<size_t>(i)] = k * wanted / n != (k + 1) * wanted / n;
  }
  return tried;
}

// The photographs of one fold, and those of the others.
struct Split {
  std::vector<uint32_t> held_out;
  std::vector<uint32_t> others;
};

std::vector<Split> Splits(std::span<const int> folds, const std::vector<bool>& taken) {
  std::vector<Split> splits(kFolds);
  for (size_t i = 0; i < folds.size(); ++i) {
    if (!taken[i] || folds[i] == kFolds) continue;
    for (int fold = 0; fold < kFolds; ++fold) {
      Split& split = splits[static_cast<size_t>(fold)];
      (folds[i] == fold ? split.held_out : split.others).push_back(static_cast<uint32_t>(i));
    }
  }
  return splits;
}

std::vector<SoftmaxRegression> Regressions(const Examples& examples, const Centre& centre,
                                           const std::vector<Split>& splits, int classes) {
  std::vector<SoftmaxRegression> regressions;
  for (const Split& split : splits) regressions.emplace_back(examples, centre, split.others, classes);
  return regressions;
}

double LogLoss(const Examples& examples, const LinearHead& head, const Split& split) {
  double loss = 0;
  std::vector<float> probabilities;
  ForEachLogits(examples, head, split.held_out, [&](uint32_t photograph, std::span<const float> logits) {
    MakeProbabilities(logits, probabilities);
    const float own = probabilities[static_cast<size_t>(examples.class_of(photograph))];
    loss -= std::log(std::max(static_cast<double>(own), 1e-12));
  });
  return loss;
}

HeldOut HeldOutOf(const std::vector<float>& probabilities, int class_index) {
  HeldOut held_out;
  std::vector<int> order(probabilities.size());
  std::iota(order.begin(), order.end(), 0);
  const auto end = order.begin() + static_cast<std::ptrdiff_t>(std::min(kMostBest, order.size()));
  const auto score = [&](int c) { return probabilities[static_cast<size_t>(c)]; };
  std::partial_sort(order.begin(), end, order.end(),
                    [&](int a, int b) { return score(a) != score(b) ? score(a) > score(b) : a < b; });
  for (auto c = order.begin(); c != end; ++c) held_out.best.emplace_back(*c, score(*c));
  held_out.own_score = score(class_index);
  return held_out;
}

}  // namespace

std::vector<int> MakeFolds(const Examples& examples, std::span<const int> groups) {
  std::vector<int> folds(groups.size(), kFolds);
  std::map<int, std::vector<size_t>> members;  // of each group
  for (size_t i = 0; i < groups.size(); ++i) {
    if (examples.class_of(static_cast<int64_t>(i)) != kNoClass) members[groups[i]].push_back(i);
  }
  std::vector<int> order;
  for (const auto& [group, photographs] : members) order.push_back(group);
  Random random;
  for (size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[static_cast<size_t>(random.Bits() % i)]);
  // Large groups first, while there is room for them everywhere.
  std::stable_sort(order.begin(), order.end(),
                   [&](int a, int b) { return members[a].size() > members[b].size(); });
  std::map<int, std::array<size_t, kFolds>> of_class;
  std::array<size_t, kFolds> of_all = {};
  for (const int group : order) {
    auto& counts = of_class[examples.class_of(static_cast<int64_t>(members[group].front()))];
    size_t fold = 0;
    for (size_t i = 1; i < kFolds; ++i) {
      if (std::pair(counts[i], of_all[i]) < std::pair(counts[fold], of_all[fold])) fold = i;
    }
    for (const size_t photograph : members[group]) {
      folds[photograph] = static_cast<int>(fold);
      ++counts[fold];
      ++of_all[fold];
    }
  }
  return folds;
}

int64_t TrainingBytes(const Examples& examples, int classes, int threads) {
  return kFolds * ParameterBytes(examples, classes) +
         std::min(threads, kFolds) * (PassBytes(examples, classes) + KeptBytes(examples));
}

double ChooseCost(const Examples& examples, const Centre& centre, std::span<const int> folds, int classes,
                  int threads, const std::function<bool()>& is_stopped) {
  const std::vector<Split> splits = Splits(folds, Tried(examples, classes));
  std::vector<SoftmaxRegression> regressions = Regressions(examples, centre, splits, classes);
  double best_loss = std::numeric_limits<double>::infinity();
  int best = kLowestCost;
  for (int cost = kLowestCost; cost <= kHighestCost && cost <= best + 2 && !is_stopped(); ++cost) {
    std::array<double, kFolds> losses = {};
    ForEachFold(threads, [&](size_t fold) {
      regressions[fold].Train(CostOf(cost), is_stopped);
      losses[fold] = LogLoss(examples, regressions[fold].Head(), splits[fold]);
    });
    const double loss = std::accumulate(losses.begin(), losses.end(), 0.0);
    if (loss >= best_loss) continue;
    best_loss = loss;
    best = cost;
  }
  return CostOf(best);
}

CrossValidation CrossValidate(const Examples& examples, const Centre& centre, std::span<const int> folds,
                              int classes, double cost, int threads,
                              const std::function<bool()>& is_stopped) {
  CrossValidation validation;
  validation.cost = cost;
  validation.held_out.resize(folds.size());
  const std::vector<Split> splits = Splits(folds, std::vector<bool>(folds.size(), true));
  ForEachFold(threads, [&](size_t fold) {
    if (splits[fold].held_out.empty()) return;
    SoftmaxRegression regression(examples, centre, splits[fold].others, classes);
    regression.Train(cost, is_stopped);
    std::vector<float> probabilities;
    ForEachLogits(examples, regression.Head(), splits[fold].held_out,
                  [&](uint32_t photograph, std::span<const float> logits) {
                    MakeProbabilities(logits, probabilities);
                    validation.held_out[photograph] = HeldOutOf(probabilities, examples.class_of(photograph));
                  });
  });
  return validation;
}

}  // namespace mobilenet
