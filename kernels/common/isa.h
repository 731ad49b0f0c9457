// Instruction set levels of our kernels: which exist, which this build contains, which this CPU has.
#pragma once

#include <optional>
#include <string_view>

// 1 if this build contains kernels of that level.
#ifndef MOBILENET_HAVE_NEON
#define MOBILENET_HAVE_NEON 0
#endif
#ifndef MOBILENET_HAVE_NEONDOT
#define MOBILENET_HAVE_NEONDOT 0
#endif
#ifndef MOBILENET_HAVE_NEONFP16
#define MOBILENET_HAVE_NEONFP16 0
#endif

#ifndef MOBILENET_HAVE_AVX
#define MOBILENET_HAVE_AVX 0
#endif

namespace mobilenet {

// Each level includes those before it of the same architecture.
enum class Isa {
  kScalar,      // plain C++, for every CPU
  kNeon,        // ARMv7 with NEON, every ARMv8-A
  kNeonDot,     // and the dot product of 8-bit integers: SDOT, ARMv8.2-A with FEAT_DotProd
  kNeonFp16,    // and arithmetic of half floats, FEAT_FP16, on 64-bit ARM: Cortex-A55, A76
  kAvx2,        // x86-64 with AVX2, FMA and F16C, from 2013 on
  kAvx512,      // and AVX-512F
  kAvx512Vnni,  // and AVX-512BW, VL and VNNI, the dot product of 8-bit integers
};

inline constexpr Isa kAllIsas[] = {Isa::kScalar, Isa::kNeon,   Isa::kNeonDot,   Isa::kNeonFp16,
                                   Isa::kAvx2,   Isa::kAvx512, Isa::kAvx512Vnni};

// "scalar", "neon", "neondot", "neonfp16", "avx2", "avx512", "avx512vnni".
std::string_view IsaName(Isa isa);
// The inverse of IsaName; none for any other text.
std::optional<Isa> ParseIsa(std::string_view name);

// The highest level for which this build has kernels.
Isa CompiledIsa();
// The highest level that this CPU has, whatever this build contains; asks the operating system.
Isa DetectIsa();
// The highest level that can run: the lower of the two.
Isa BestIsa();
// Whether this build has kernels of that level and its architecture; and whether this CPU also runs them.
bool IsCompiled(Isa isa);
bool CanRun(Isa isa);

}  // namespace mobilenet
