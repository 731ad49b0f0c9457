// The shallow MobileNet of Table 5 of arXiv 1704.04861: MobileNet V1 without the five pairs of 14 x 14 x 512.
#include <iterator>
#include <vector>

#include "models/mobilenet_v1.h"
#include "models/registry.h"

namespace mobilenet {
namespace {

constexpr size_t kFirstLeftOut = 6;  // counted from 0
constexpr size_t kLeftOut = 5;

}  // namespace

Network MobileNetV1Shallow(const NetworkSize& size) {
  std::vector<DepthwiseSeparable> pairs(std::begin(kMobileNetV1Pairs), std::end(kMobileNetV1Pairs));
  const auto first = pairs.begin() + kFirstLeftOut;
  pairs.erase(first, first + kLeftOut);
  return MobileNetV1Of(size, pairs);
}

}  // namespace mobilenet
