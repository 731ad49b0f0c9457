#include "kernels/common/isa.h"

#include "test/support/catch.h"

namespace mobilenet::test {
namespace {

TEST_CASE("isa names can be read back") {
  for (Isa isa : kAllIsas) REQUIRE(ParseIsa(IsaName(isa)) == isa);
  REQUIRE(IsaName(Isa::kScalar) == "scalar");
  REQUIRE(IsaName(Isa::kNeon) == "neon");
  REQUIRE(IsaName(Isa::kNeonDot) == "neondot");
  REQUIRE(IsaName(Isa::kNeonFp16) == "neonfp16");
  REQUIRE(IsaName(Isa::kAvx2) == "avx2");
  REQUIRE(IsaName(Isa::kAvx512) == "avx512");
  REQUIRE(IsaName(Isa::kAvx512Vnni) == "avx512vnni");
  for (const char* name : {"", "auto", "Scalar", "neon ", "neondotx", "sse2"})
    REQUIRE(ParseIsa(name) == std::nullopt);
}

TEST_CASE("the best isa is compiled in and detected") {
  REQUIRE(BestIsa() <= CompiledIsa());
  REQUIRE(BestIsa() <= DetectIsa());
  REQUIRE((BestIsa() == CompiledIsa() || BestIsa() == DetectIsa()));
  REQUIRE(CanRun(Isa::kScalar));
  REQUIRE(CanRun(BestIsa()));
#if defined(__x86_64__)
  REQUIRE(DetectIsa() != Isa::kNeon);
  REQUIRE_FALSE(CanRun(Isa::kNeon));
  REQUIRE_FALSE(IsCompiled(Isa::kNeonDot));
  REQUIRE(IsCompiled(Isa::kAvx512Vnni));
#elif defined(__aarch64__)
  REQUIRE(DetectIsa() >= Isa::kNeon);
  REQUIRE(IsCompiled(Isa::kNeonFp16));
  REQUIRE_FALSE(IsCompiled(Isa::kAvx2));
#endif
}

}  // namespace
}  // namespace mobilenet::test
