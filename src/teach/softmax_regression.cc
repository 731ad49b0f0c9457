#include "src/teach/softmax_regression.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <utility>

#include <Eigen/Core>

namespace mobilenet {
namespace {

using Rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Columns = Eigen::MatrixXf;
using Vector = Eigen::VectorXd;

constexpr int64_t kBlockRows = 256;
// For features as floats; if there are more, they are made again for each pass.
constexpr int64_t kMostKeptFloats = 8 << 20;
// For the last steps and gradients; fewer if there are many weights.
constexpr int64_t kMostPairs = 10;
constexpr int64_t kMostPairNumbers = 16 << 20;
constexpr int kMostIterations = 300;
constexpr double kSmallestGradient = 1e-5;
constexpr double kSmallestGain = 1e-7;

// How many of the last steps are remembered.
size_t PairsOf(int64_t parameters) {
  return static_cast<size_t>(std::clamp<int64_t>(kMostPairNumbers / parameters / 2, 3, kMostPairs));
}

}  // namespace

Centre CentreOf(const Examples& examples) {
  const auto features = static_cast<size_t>(examples.features());
  Centre centre;
  centre.means.assign(features, 0);
  std::vector<double> squares(features, 0);
  std::vector<float> row(features);
  double rows = 0;
  for (int64_t i = 0; i < examples.photographs(); ++i) {
    if (examples.class_of(i) == kNoClass) continue;
    for (int view = 0; view < examples.views(); ++view, ++rows) {
      examples.CopyTo(i, view, row.data());
      for (size_t j = 0; j < features; ++j) {
        const auto value = static_cast<double>(row[j]);
        centre.means[j] += value;
        squares[j] += value * value;
      }
    }
  }
  double variance = 0;
  for (size_t j = 0; j < features; ++j) {
    centre.means[j] /= std::max(rows, 1.0);
    variance += squares[j] / std::max(rows, 1.0) - centre.means[j] * centre.means[j];
  }
  centre.scale = variance > 1e-12 ? 1 / std::sqrt(variance) : 1;
  return centre;
}

// The parameters are W [features, classes] column by column, in z, then b [classes].
class SoftmaxRegression::Problem {
 public:
  Problem(const Examples& examples, const Centre& centre, std::vector<uint32_t> photographs, int classes)
      : examples_(examples),
        scale_(centre.scale),
        photographs_(std::move(photographs)),
        features_(examples.features()),
        classes_(classes),
        rows_(static_cast<int64_t>(photographs_.size()) * examples.views()),
        means_(Eigen::Map<const Vector>(centre.means.data(), features_)),
        theta_(Vector::Zero((features_ + 1) * classes)) {
    if (rows_ * features_ > kMostKeptFloats) return;
    kept_.resize(rows_, features_);
    for (int64_t row = 0; row < rows_; ++row) CopyRow(row, kept_.row(row).data());
  }

  void Train(double cost, const std::function<bool()>& is_stopped) {
    const double penalty = 1 / (cost * static_cast<double>(photographs_.size()));
    const size_t most_pairs = PairsOf(theta_.size());
    struct Pair {
      Vector step;
      Vector change;  // of the gradient
      double inverse = 0;
    };
    std::deque<Pair> pairs;
    Vector gradient(theta_.size());
    Vector next_gradient(theta_.size());
    double loss = Loss(theta_, penalty, gradient);
    for (int i = 0; i < kMostIterations && !is_stopped(); ++i) {
      if (gradient.cwiseAbs().maxCoeff() < kSmallestGradient) break;
      Vector direction = -gradient;
      std::vector<double> factors(pairs.size());
      for (size_t k = pairs.size(); k-- > 0;) {
        factors[k] = pairs[k].inverse * pairs[k].step.dot(direction);
        direction -= factors[k] * pairs[k].change;
      }
      if (pairs.empty()) {
        direction /= std::max(1.0, gradient.norm());
      } else {
        direction /= pairs.back().inverse * pairs.back().change.squaredNorm();
      }
      for (size_t k = 0; k < pairs.size(); ++k) {
        const double factor = pairs[k].inverse * pairs[k].change.dot(direction);
        direction += (factors[k] - factor) * pairs[k].step;
      }
      const double slope = gradient.dot(direction);
      if (!(slope < 0)) break;
      double length = 1;
      Vector next = theta_ + direction;
      double next_loss = Loss(next, penalty, next_gradient);
      // The sums are floats: a difference below their precision is not a gain.
      for (int tries = 0; next_loss > loss + 1e-4 * length * slope && tries < 20; ++tries) {
        length /= 2;
        next = theta_ + length * direction;
        next_loss = Loss(next, penalty, next_gradient);
      }
      if (!(next_loss < loss)) break;
      Pair pair{next - theta_, next_gradient - gradient, 0};
      const double curvature = pair.step.dot(pair.change);
      const double gain = loss - next_loss;
      theta_.swap(next);
      gradient.swap(next_gradient);
      loss = next_loss;
      if (gain < kSmallestGain * std::max(loss, 1e-3)) break;
      if (curvature <= 1e-12 * pair.change.squaredNorm()) continue;
      pair.inverse = 1 / curvature;
      if (pairs.size() == most_pairs) pairs.pop_front();
      pairs.push_back(std::move(pair));
    }
  }

  LinearHead Head() const {
    LinearHead head;
    const Eigen::Map<const Eigen::MatrixXd> weights(theta_.data(), features_, classes_);
    head.weights.resize(static_cast<size_t>(features_ * classes_));
    for (int64_t c = 0; c < classes_; ++c) {
      for (int64_t j = 0; j < features_; ++j) {
        head.weights[static_cast<size_t>(c * features_ + j)] = static_cast<float>(scale_ * weights(j, c));
      }
      head.bias.push_back(static_cast<float>(theta_[features_ * classes_ + c] -  //
                                             scale_ * means_.dot(weights.col(c))));
    }
    return head;
  }

 private:
  void CopyRow(int64_t row, float* to) const {
    const auto photograph = static_cast<size_t>(row / examples_.views());
    examples_.CopyTo(photographs_[photograph], static_cast<int>(row % examples_.views()), to);
  }

  double Loss(const Vector& theta, double penalty, Vector& gradient) {
    const Eigen::Map<const Eigen::MatrixXd> weights(theta.data(), features_, classes_);
    const Eigen::Map<const Vector> bias(theta.data() + features_ * classes_, classes_);
    const Columns scaled = (scale_ * weights).cast<float>();
    const Eigen::RowVectorXf offset =
        (bias - scale_ * weights.transpose() * means_).cast<float>().transpose();
    gradient.setZero();
    Eigen::Map<Eigen::MatrixXd> weights_gradient(gradient.data(), features_, classes_);
    Eigen::Map<Vector> bias_gradient(gradient.data() + features_ * classes_, classes_);
    double loss = 0;
    const auto share = static_cast<float>(1.0 / static_cast<double>(rows_));
    for (int64_t begin = 0; begin < rows_; begin += kBlockRows) {
      const int64_t count = std::min(kBlockRows, rows_ - begin);
      if (kept_.size() == 0) {
        block_.resize(count, features_);
        for (int64_t i = 0; i < count; ++i) CopyRow(begin + i, block_.row(i).data());
      }
      const Eigen::Map<const Rows> block(kept_.size() == 0 ? block_.data() : kept_.row(begin).data(), count,
                                         features_);
      Rows residuals = block * scaled;
      residuals.rowwise() += offset;
      for (int64_t i = 0; i < count; ++i) {
        auto row = residuals.row(i);
        const float highest = row.maxCoeff();
        row = (row.array() - highest).exp();
        const float sum = row.sum();
        const int right =
            examples_.class_of(photographs_[static_cast<size_t>((begin + i) / examples_.views())]);
        // The smallest float for anything too small for one.
        loss -= std::log(std::max(static_cast<double>(row[right]) / static_cast<double>(sum), 1e-38));
        row *= share / sum;
        row[right] -= share;
      }
      weights_gradient += (block.transpose() * residuals).cast<double>();
      bias_gradient += residuals.colwise().sum().transpose().cast<double>();
    }
    weights_gradient = scale_ * (weights_gradient - means_ * bias_gradient.transpose()) + penalty * weights;
    return loss / static_cast<double>(rows_) + penalty / 2 * weights.squaredNorm();
  }

  const Examples& examples_;
  const double scale_;
  const std::vector<uint32_t> photographs_;
  const int64_t features_;
  const int64_t classes_;
  const int64_t rows_;  // of examples: each view of each photograph
  const Vector means_;
  Vector theta_;
  Rows kept_;
  Rows block_;
};

SoftmaxRegression::SoftmaxRegression(const Examples& examples, const Centre& centre,
                                     std::vector<uint32_t> photographs, int classes)
    : problem_(std::make_unique<Problem>(examples, centre, std::move(photographs), classes)) {}
SoftmaxRegression::~SoftmaxRegression() = default;
SoftmaxRegression::SoftmaxRegression(SoftmaxRegression&&) noexcept = default;

void SoftmaxRegression::Train(double cost, const std::function<bool()>& is_stopped) {
  problem_->Train(cost, is_stopped);
}

LinearHead SoftmaxRegression::Head() const {
  return problem_->Head();
}

int64_t ParameterBytes(const Examples& examples, int classes) {
  return (examples.features() + 1) * classes * static_cast<int64_t>(sizeof(double));
}

int64_t PassBytes(const Examples& examples, int classes) {
  const int64_t parameters = (examples.features() + 1) * classes;
  // Both gradients, the direction, the next parameters; W and its gradient as floats; residuals and a block.
  const auto vectors = static_cast<int64_t>(2 * PairsOf(parameters) + 4 + 2);
  return vectors * parameters * static_cast<int64_t>(sizeof(double)) +
         kBlockRows * (examples.features() + classes) * static_cast<int64_t>(sizeof(float));
}

int64_t KeptBytes(const Examples& examples) {
  const int64_t floats = examples.photographs() * examples.views() * examples.features();
  return std::min(floats, kMostKeptFloats) * static_cast<int64_t>(sizeof(float));
}

void ForEachLogits(const Examples& examples, const LinearHead& head, std::span<const uint32_t> photographs,
                   const std::function<void(uint32_t photograph, std::span<const float> logits)>& take) {
  const int64_t features = examples.features();
  const auto classes = static_cast<int64_t>(head.bias.size());
  const Eigen::Map<const Rows> weights(head.weights.data(), classes, features);
  const Eigen::Map<const Eigen::RowVectorXf> bias(head.bias.data(), classes);
  Rows block;
  for (size_t begin = 0; begin < photographs.size(); begin += size_t{kBlockRows}) {
    const auto part = photographs.subspan(begin, std::min(size_t{kBlockRows}, photographs.size() - begin));
    block.resize(std::ssize(part), features);
    for (int64_t i = 0; i < std::ssize(part); ++i) {
      examples.CopyTo(part[static_cast<size_t>(i)], 0, block.row(i).data());
    }
    Rows logits = block * weights.transpose();
    logits.rowwise() += bias;
    for (int64_t i = 0; i < std::ssize(part); ++i) {
      take(part[static_cast<size_t>(i)], {logits.row(i).data(), static_cast<size_t>(classes)});
    }
  }
}

void MakeProbabilities(std::span<const float> logits, std::vector<float>& probabilities) {
  probabilities.assign(logits.begin(), logits.end());
  const float highest = *std::max_element(logits.begin(), logits.end());
  float sum = 0;
  for (float& value : probabilities) {
    value = std::exp(value - highest);
    sum += value;
  }
  for (float& value : probabilities) value /= sum;
}

}  // namespace mobilenet
