// What the kernel lists of all operators promise: best first, scalar last, names that contain the operator,
// the type and the ISA.
#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>

#include "kernels/add/add.h"
#include "kernels/avg_pool/avg_pool.h"
#include "kernels/conv/conv.h"
#include "kernels/convert/convert.h"
#include "kernels/copy/copy.h"
#include "kernels/dwconv/dwconv.h"
#include "kernels/fully_connected/fully_connected.h"
#include "kernels/global_avg_pool/global_avg_pool.h"
#include "kernels/lrn/lrn.h"
#include "kernels/max_pool/max_pool.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/sigmoid/sigmoid.h"
#include "kernels/softmax/softmax.h"
#include "kernels/tanh/tanh.h"
#include "src/base/str_cat.h"
#include "test/support/catch.h"

namespace mobilenet::test {
namespace {

// `prefix`: operator and type.
template <typename Function, size_t kEntries>
void RequireOrder(const KernelEntry<Function> (&list)[kEntries], std::string_view prefix) {
  INFO(prefix);
  REQUIRE(list[kEntries - 1].isa == Isa::kScalar);
  for (size_t i = 0; i < kEntries; ++i) {
    const std::string_view name = list[i].name;
    INFO(name);
    REQUIRE(name.starts_with(prefix));
    const std::string_view isa_name = IsaName(list[i].isa);
    REQUIRE(name.ends_with(isa_name));
    REQUIRE(name[name.size() - isa_name.size() - 1] == '_');
    REQUIRE(name.find("__") == name.npos);
    REQUIRE(list[i].isa <= CompiledIsa());
    if (i > 0) REQUIRE(list[i].isa <= list[i - 1].isa);
    REQUIRE((list[i].tile.nr == 0) == (list[kEntries - 1].tile.nr == 0));
    REQUIRE(list[i].tile.nr % 4 == 0);
    // Only a kernel for one window has a window in its name.
    const std::string window = std::to_string(list[i].window);
    const bool has_window = name.find(window + "x" + window + "_") != name.npos;
    REQUIRE(has_window == (list[i].window != 0));
  }
  REQUIRE(list[kEntries - 1].window == 0);
  REQUIRE(Supported(list).back().name == list[kEntries - 1].name);
  for (const KernelEntry<Function>& entry : Supported(list)) {
    const auto better = [&](const KernelEntry<Function>& other) {
      return other.isa <= entry.isa && (other.window == 0 || other.window == entry.window);
    };
    const auto& best = *std::find_if(std::begin(list), std::end(list), better);
    REQUIRE(Select(list, entry.isa, entry.window, entry.window).name == best.name);
  }
}

TEST_CASE("kernel lists are best first, scalar last, and named by the grammar") {
  RequireOrder(kAddF32, "add_f32_");
  RequireOrder(kAddQu8, "add_qu8_");
  RequireOrder(kAddQs8, "add_qs8_");
  RequireOrder(kCopyF32, "copy_f32_");
  RequireOrder(kCopyQu8, "copy_qu8_");
  RequireOrder(kCopyQs8, "copy_qs8_");
  RequireOrder(kConvertF16, "convert_f16_");
  RequireOrder(kConvertF32, "convert_f32_");
  RequireOrder(kConvF32, "conv_f32_");
  RequireOrder(kConvQu8, "conv_qu8_");
  RequireOrder(kConvQs8, "conv_qs8_");
  RequireOrder(kDwconvF32, "dwconv_f32_");
  RequireOrder(kDwconvQu8, "dwconv_qu8_");
  RequireOrder(kDwconvQs8, "dwconv_qs8_");
  RequireOrder(kPointwiseF32, "pointwise_f32_");
  RequireOrder(kPointwiseQu8, "pointwise_qu8_");
  RequireOrder(kPointwiseQs8, "pointwise_qs8_");
  RequireOrder(kFullyConnectedF32, "fully_connected_f32_");
  RequireOrder(kFullyConnectedQu8, "fully_connected_qu8_");
  RequireOrder(kFullyConnectedQs8, "fully_connected_qs8_");
  RequireOrder(kGlobalAvgPoolF32, "global_avg_pool_f32_");
  RequireOrder(kGlobalAvgPoolQu8, "global_avg_pool_qu8_");
  RequireOrder(kGlobalAvgPoolQs8, "global_avg_pool_qs8_");
  RequireOrder(kSigmoidF32, "sigmoid_f32_");
  RequireOrder(kSigmoidQu8, "sigmoid_qu8_");
  RequireOrder(kSigmoidQs8, "sigmoid_qs8_");
  RequireOrder(kSoftmaxF32, "softmax_f32_");
  RequireOrder(kSoftmaxQu8, "softmax_qu8_");
  RequireOrder(kSoftmaxQs8, "softmax_qs8_");
  RequireOrder(kMaxPoolF32, "max_pool_f32_");
  RequireOrder(kMaxPoolQu8, "max_pool_qu8_");
  RequireOrder(kMaxPoolQs8, "max_pool_qs8_");
  RequireOrder(kAvgPoolF32, "avg_pool_f32_");
  RequireOrder(kAvgPoolQu8, "avg_pool_qu8_");
  RequireOrder(kAvgPoolQs8, "avg_pool_qs8_");
  RequireOrder(kLrnF32, "lrn_f32_");
  RequireOrder(kTanhF32, "tanh_f32_");
}

#if MOBILENET_HAVE_NEONFP16
// What these do not compute runs in f32.
template <typename Function, size_t kEntries>
void RequireHalves(const KernelEntry<Function> (&list)[kEntries], std::string_view prefix) {
  for (const KernelEntry<Function>& entry : list) {
    CHECK(entry.isa == Isa::kNeonFp16);
    const std::string window = std::to_string(entry.window);
    CHECK(entry.name == StrCat(prefix, entry.window == 0 ? "" : window + "x" + window + "_", "neonfp16"));
    CHECK(entry.tile.nr % 8 == 0);
  }
}

TEST_CASE("kernels of half floats are for CPUs that compute in them") {
  RequireHalves(kConvF16, "conv_f16_");
  RequireHalves(kDwconvF16, "dwconv_f16_");
  RequireHalves(kFullyConnectedF16, "fully_connected_f16_");
  RequireHalves(kPointwiseF16, "pointwise_f16_");
}
#endif

void Nothing() {}

TEST_CASE("the first entry that an isa can run is selected") {
  constexpr KernelEntry<void()> kList[] = {
      {"dot", Isa::kNeonDot, Nothing},
      {"neon_large", Isa::kNeon, Nothing},
      {"neon_small", Isa::kNeon, Nothing},
      {"scalar", Isa::kScalar, Nothing},
  };
  REQUIRE(Select(kList, Isa::kNeonDot).name == std::string_view("dot"));
  REQUIRE(Select(kList, Isa::kNeon).name == std::string_view("neon_large"));
  REQUIRE(Select(kList, Isa::kScalar).name == std::string_view("scalar"));
}

TEST_CASE("the first entry that an isa can run and that takes the window is selected") {
  constexpr KernelEntry<void()> kList[] = {
      {"dot_3x3", Isa::kNeonDot, Nothing, {}, 3},
      {"neon_3x3", Isa::kNeon, Nothing, {}, 3},
      {"neon_5x5", Isa::kNeon, Nothing, {}, 5},
      {"scalar", Isa::kScalar, Nothing},
  };
  const auto name = [&](Isa isa, int height, int width) {
    return std::string_view(Select(kList, isa, height, width).name);
  };
  REQUIRE(name(Isa::kNeonDot, 3, 3) == "dot_3x3");
  REQUIRE(name(Isa::kNeon, 3, 3) == "neon_3x3");
  REQUIRE(name(Isa::kScalar, 3, 3) == "scalar");
  REQUIRE(name(Isa::kNeonDot, 5, 5) == "neon_5x5");
  REQUIRE(name(Isa::kNeonDot, 3, 5) == "scalar");
  REQUIRE(name(Isa::kNeonDot, 5, 3) == "scalar");
  REQUIRE(name(Isa::kNeonDot, 7, 7) == "scalar");
}

}  // namespace
}  // namespace mobilenet::test
