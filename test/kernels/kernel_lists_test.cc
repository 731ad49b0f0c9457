// What the kernel lists of all operators promise: best first, scalar last, names that say the operator, the
// type and the ISA.
#include <string_view>

#include "kernels/add/add.h"
#include "kernels/conv3x3/conv3x3.h"
#include "kernels/dwconv3x3/dwconv3x3.h"
#include "kernels/fully_connected/fully_connected.h"
#include "kernels/global_avg_pool/global_avg_pool.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/softmax/softmax.h"
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
  }
  REQUIRE(Supported(list).back().name == list[kEntries - 1].name);
  REQUIRE(Select(list, Isa::kScalar).isa == Isa::kScalar);
  REQUIRE(Select(list, BestIsa()).name == Supported(list).front().name);
}

TEST_CASE("kernel lists are best first, scalar last, and named by the grammar") {
  RequireOrder(kAddF32, "add_f32_");
  RequireOrder(kAddQu8, "add_qu8_");
  RequireOrder(kAddQs8, "add_qs8_");
  RequireOrder(kConv3x3F32, "conv3x3_f32_");
  RequireOrder(kConv3x3Qu8, "conv3x3_qu8_");
  RequireOrder(kConv3x3Qs8, "conv3x3_qs8_");
  RequireOrder(kDwconv3x3F32, "dwconv3x3_f32_");
  RequireOrder(kDwconv3x3Qu8, "dwconv3x3_qu8_");
  RequireOrder(kDwconv3x3Qs8, "dwconv3x3_qs8_");
  RequireOrder(kPointwiseF32, "pointwise_f32_");
  RequireOrder(kPointwiseQu8, "pointwise_qu8_");
  RequireOrder(kPointwiseQs8, "pointwise_qs8_");
  RequireOrder(kFullyConnectedF32, "fully_connected_f32_");
  RequireOrder(kFullyConnectedQu8, "fully_connected_qu8_");
  RequireOrder(kFullyConnectedQs8, "fully_connected_qs8_");
  RequireOrder(kGlobalAvgPoolF32, "global_avg_pool_f32_");
  RequireOrder(kGlobalAvgPoolQu8, "global_avg_pool_qu8_");
  RequireOrder(kGlobalAvgPoolQs8, "global_avg_pool_qs8_");
  RequireOrder(kSoftmaxF32, "softmax_f32_");
  RequireOrder(kSoftmaxQu8, "softmax_qu8_");
  RequireOrder(kSoftmaxQs8, "softmax_qs8_");
}

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

}  // namespace
}  // namespace mobilenet::test
