// Multinomial logistic regression with L2 regularisation: the linear head of a network. With W [classes,
// features] and b [classes] it makes least
//     mean over the examples of -log softmax(W z + b)[class]  +  |W|^2 / (2 cost n),
// where n is the number of photographs and z are the features, less their means and scaled so that |z|^2 is
// 1 on average. As `cost` is scikit-learn's C for z, it does not depend on how large a network's features
// are. By L-BFGS (Liu and Nocedal 1989).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "src/teach/examples.h"

namespace mobilenet {

// What turns features into z.
struct Centre {
  std::vector<double> means;  // [features]
  double scale = 1;
};
// For all photographs that have a class.
Centre CentreOf(const Examples& examples);

// For the features themselves: logits = weights x features + bias.
struct LinearHead {
  std::vector<float> weights;  // [classes, features]
  std::vector<float> bias;     // [classes]
};

class SoftmaxRegression {
 public:
  // Trains with all views of these photographs, which all have a class. All arguments must outlive it.
  SoftmaxRegression(const Examples& examples, const Centre& centre, std::vector<uint32_t> photographs,
                    int classes);
  ~SoftmaxRegression();
  SoftmaxRegression(SoftmaxRegression&&) noexcept;

  // Continues training. Returns early, with what it has, once `is_stopped` returns true.
  void Train(double cost, const std::function<bool()>& is_stopped);

  LinearHead Head() const;

 private:
  class Problem;

  std::unique_ptr<Problem> problem_;
};

// Bytes of memory, approximately: of the parameters, which stay; of everything else that a pass of Train
// takes; and, at most, of what is kept of the features.
int64_t ParameterBytes(const Examples& examples, int classes);
int64_t PassBytes(const Examples& examples, int classes);
int64_t KeptBytes(const Examples& examples);

// Hands out the logits [classes] of each of these photographs' first views, in their order.
void ForEachLogits(const Examples& examples, const LinearHead& head, std::span<const uint32_t> photographs,
                   const std::function<void(uint32_t photograph, std::span<const float> logits)>& take);

// Turns logits into probabilities.
void MakeProbabilities(std::span<const float> logits, std::vector<float>& probabilities);

}  // namespace mobilenet
