#include "kernels/avg_pool/avg_pool.h"

#include "test/kernels/pool_checks.h"

namespace mobilenet::test::avg_pool_test {
namespace {

template <typename T>
struct AvgOp {
  AvgOp(Random& random, TestClamp clamp) : layer(random, 1, 1, 1, clamp) {
    input_scale = random.Float(0.01f, 0.1f);
    output_scale = input_scale * random.Float(0.2f, 1.5f);
  }

  static auto Kernels() {
    if constexpr (kIsFloat<T>) {
      return Supported(kAvgPoolF32);
    } else if constexpr (std::is_same_v<T, uint8_t>) {
      return Supported(kAvgPoolQu8);
    } else {
      return Supported(kAvgPoolQs8);
    }
  }
  auto rule() const {
    if constexpr (kIsFloat<T>) {
      return layer.rule();
    } else {
      return AvgPoolQuantization<T>{layer.input_zero_point, input_scale, output_scale, layer.rule().output};
    }
  }
  void Run(const auto& kernel, const ConvGeometry& g, int begin, int end, const T* input, T* output) const {
    kernel.function(g, begin, end, input, output, rule());
  }

  Expected Output(const std::vector<T>& values) const {
    const auto pixels = static_cast<double>(values.size());
    double sum = 0;
    double magnitude = 0;
    for (T value : values) {
      sum += static_cast<double>(value) - static_cast<double>(layer.input_zero_point);
      magnitude += std::abs(static_cast<double>(value));
    }
    if constexpr (kIsFloat<T>) {
      // As many additions, a division that may be a product with a rounded reciprocal
      const double bound = (pixels + 2) * double{std::numeric_limits<float>::epsilon()} * magnitude / pixels;
      return {std::min(std::max(sum / pixels, double{layer.min}), double{layer.max}), bound};
    } else {
      const volatile float divisor = output_scale * static_cast<float>(values.size());
      const volatile float scale = input_scale / divisor;
      return {static_cast<double>(
          RoundAndClamp(static_cast<int64_t>(sum), scale, layer.output_zero_point, layer.min, layer.max))};
    }
  }

  TestLayer<T> layer;  // its clamp and zero points
  float input_scale;
  float output_scale;
};

TEMPLATE_TEST_CASE("avg_pool is the mean of any number of channels", "", float, uint8_t, int8_t) {
  RequirePoolOfAllChannels<AvgOp, TestType>();
}
TEMPLATE_TEST_CASE("avg_pool is the mean of that part of any window that lies in the input", "", float,
                   uint8_t, int8_t) {
  RequirePoolOfAnyWindow<AvgOp, TestType>();
}
TEMPLATE_TEST_CASE("avg_pool reads and writes ranges of channels of wider maps", "", float, uint8_t, int8_t) {
  RequirePoolOfRangesOfChannels<AvgOp, TestType>();
}
TEMPLATE_TEST_CASE("avg_pool takes windows as large as they can be", "", float, uint8_t, int8_t) {
  RequirePoolOfLargeWindows<AvgOp, TestType>();
}

template <typename T>
const auto& GlobalKernel(Isa isa) {
  if constexpr (kIsFloat<T>) {
    return Select(kGlobalAvgPoolF32, isa);
  } else if constexpr (std::is_same_v<T, uint8_t>) {
    return Select(kGlobalAvgPoolQu8, isa);
  } else {
    return Select(kGlobalAvgPoolQs8, isa);
  }
}

TEMPLATE_TEST_CASE("an avg_pool over the whole map is a global one to the bit", "", float, uint8_t, int8_t) {
  constexpr int kChannels = 21;
  uint32_t seed = kSeed;
  for (int size : {1, 2, 5, 7, 8, 14, 15}) {
    Random random(seed);
    const AvgOp<TestType> op(random, TestClamp::kNone);
    const ConvGeometry g = MakeGeometry(size, size, kChannels, kChannels, {size, size, 1}, {});
    const std::vector<TestType> input = RandomInput<TestType>(random, g);
    for (const auto& kernel : op.Kernels()) {
      INFO(kernel.name << ", " << Text(g) << ", seed " << seed);
      std::vector<TestType> output = MarkedOutput<TestType>(OutputSize(g));
      op.Run(kernel, g, 0, 1, input.data(), output.data());
      std::vector<TestType> global = MarkedOutput<TestType>(OutputSize(g));
      const auto rule = [&] {
        if constexpr (kIsFloat<TestType>) {
          return op.rule();
        } else {
          return PoolQuantization<TestType>{op.layer.input_zero_point,
                                            GlobalAvgPoolScale(op.input_scale, op.output_scale, size * size),
                                            op.layer.rule().output};
        }
      }();
      GlobalKernel<TestType>(kernel.isa)
          .function(size * size, kChannels, input.data(), kChannels, global.data(), rule);
      REQUIRE(output == global);
    }
    ++seed;
  }
}

}  // namespace
}  // namespace mobilenet::test::avg_pool_test
