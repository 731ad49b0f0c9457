#include "src/teach/findings.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numeric>

#include <Eigen/Core>

#include "src/base/random.h"

namespace mobilenet {
namespace {

using Rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr int kWords = 2;
// On which side of random planes a photograph lies: two at an angle of a lie on different sides of a/pi of
// them (SimHash: Charikar 2002).
using Sides = std::array<uint64_t, kWords>;

// For V1 1.0 224 and 100 photographs of ImageNet: two different ones at most 0.49, one and its mirror image
// 0.92 to 0.97 in eight of ten cases.
constexpr float kAlike = 0.9f;  // 26 degrees, 18 of the 128 planes
constexpr int kMostDifferentSides = 32;
constexpr int64_t kMostSearched = 50'000;  // pairs of them: some seconds

class Directions {
 public:
  Directions(const Examples& examples, const Centre& centre)
      : examples_(examples), means_(examples.features()), row_(examples.features()) {
    for (int64_t j = 0; j < means_.size(); ++j) {
      means_[j] = static_cast<float>(centre.means[static_cast<size_t>(j)]);
    }
  }

  // Normalised to length 1; zero if the features equal the means.
  const Eigen::RowVectorXf& Of(int64_t photograph) {
    examples_.CopyTo(photograph, 0, row_.data());
    row_ -= means_;
    const float length = row_.norm();
    if (length > 0) row_ /= length;
    return row_;
  }

 private:
  const Examples& examples_;
  Eigen::RowVectorXf means_;
  Eigen::RowVectorXf row_;
};

std::vector<Sides> SidesOf(const Examples& examples, Directions& directions) {
  Eigen::MatrixXf planes(examples.features(), 64 * kWords);
  Random random;
  for (int64_t i = 0; i < planes.size(); ++i) planes.data()[i] = random.Bits() >> 63 ? 1.0f : -1.0f;
  std::vector<Sides> sides;
  Eigen::RowVectorXf projected;
  for (int64_t i = 0; i < examples.photographs(); ++i) {
    projected.noalias() = directions.Of(i) * planes;
    Sides of_one = {};
    for (int bit = 0; bit < 64 * kWords; ++bit) {
      if (projected[bit] > 0) of_one[static_cast<size_t>(bit / 64)] |= uint64_t{1} << bit % 64;
    }
    sides.push_back(of_one);
  }
  return sides;
}

bool AreNear(const Sides& a, const Sides& b) {
  const int first = std::popcount(a[0] ^ b[0]);
  return first <= kMostDifferentSides && first + std::popcount(a[1] ^ b[1]) <= kMostDifferentSides;
}

}  // namespace

Alike FindAlike(const Examples& examples, const Centre& centre) {
  Alike alike;
  alike.groups.resize(static_cast<size_t>(examples.photographs()));
  std::iota(alike.groups.begin(), alike.groups.end(), 0);
  alike.was_searched = examples.photographs() <= kMostSearched;
  if (!alike.was_searched) return alike;
  Directions directions(examples, centre);
  const std::vector<Sides> sides = SidesOf(examples, directions);
  std::vector<int>& groups = alike.groups;
  const auto root = [&](size_t i) {
    auto at = static_cast<int>(i);
    while (groups[static_cast<size_t>(at)] != at) at = groups[static_cast<size_t>(at)];
    return at;
  };
  Directions others(examples, centre);
  for (size_t i = 0; i < sides.size(); ++i) {
    const Eigen::RowVectorXf* one = nullptr;
    for (size_t j = i + 1; j < sides.size(); ++j) {
      if (!AreNear(sides[i], sides[j])) continue;
      if (one == nullptr) one = &directions.Of(static_cast<int64_t>(i));
      const Eigen::RowVectorXf& other = others.Of(static_cast<int64_t>(j));
      const bool are_means = one->isZero(0) && other.isZero(0);
      const float similarity = are_means ? 1 : one->dot(other);
      if (similarity < kAlike) continue;
      if (examples.class_of(static_cast<int64_t>(i)) != examples.class_of(static_cast<int64_t>(j))) {
        alike.pairs.push_back(
            {static_cast<uint32_t>(i), static_cast<uint32_t>(j), std::min(similarity, 1.0f)});
      } else if (const int a = root(i), b = root(j); a != b) {
        groups[static_cast<size_t>(std::max(a, b))] = std::min(a, b);
      }
    }
  }
  for (size_t i = 0; i < groups.size(); ++i) groups[i] = root(i);
  std::stable_sort(alike.pairs.begin(), alike.pairs.end(),
                   [](const AlikePair& a, const AlikePair& b) { return a.similarity > b.similarity; });
  return alike;
}

std::vector<Suspect> FindSuspects(const Examples& examples, const CrossValidation& validation, int classes) {
  std::vector<double> sums(static_cast<size_t>(classes), 0);
  std::vector<double> counts(static_cast<size_t>(classes), 0);
  const auto for_each = [&](const auto& take) {
    for (size_t i = 0; i < validation.held_out.size(); ++i) {
      const int own = examples.class_of(static_cast<int64_t>(i));
      if (own != kNoClass && !validation.held_out[i].best.empty()) take(i, own, validation.held_out[i]);
    }
  };
  for_each([&](size_t, int own, const HeldOut& held_out) {
    sums[static_cast<size_t>(own)] += static_cast<double>(held_out.own_score);
    ++counts[static_cast<size_t>(own)];
  });
  std::vector<Suspect> suspects;
  for_each([&](size_t i, int own, const HeldOut& held_out) {
    const auto [best, score] = held_out.best.front();
    const auto c = static_cast<size_t>(best);
    if (best == own || static_cast<double>(score) * counts[c] < sums[c]) return;
    suspects.push_back({static_cast<uint32_t>(i), best, score, held_out.own_score});
  });
  std::stable_sort(suspects.begin(), suspects.end(), [](const Suspect& a, const Suspect& b) {
    return a.score - a.own_score > b.score - b.own_score;
  });
  return suspects;
}

int FindSwallowing(const Examples& examples, const CrossValidation& validation, int classes) {
  constexpr int64_t kLeast = 5;
  std::vector<int64_t> taken(static_cast<size_t>(classes), 0);  // of others
  std::vector<int64_t> own(static_cast<size_t>(classes), 0);
  int64_t all = 0;
  for (size_t i = 0; i < validation.held_out.size(); ++i) {
    const int class_index = examples.class_of(static_cast<int64_t>(i));
    if (class_index == kNoClass || validation.held_out[i].best.empty()) continue;
    ++all;
    ++own[static_cast<size_t>(class_index)];
    const int best = validation.held_out[i].best.front().first;
    if (best != class_index) ++taken[static_cast<size_t>(best)];
  }
  for (int c = 0; c < classes; ++c) {
    const auto i = static_cast<size_t>(c);
    if (taken[i] >= kLeast && 2 * taken[i] >= all - own[i]) return c;
  }
  return -1;
}

}  // namespace mobilenet
