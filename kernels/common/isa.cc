#include "kernels/common/isa.h"

#include <algorithm>

#if defined(__aarch64__) || defined(__arm__)
#include <sys/auxv.h>
#elif defined(__x86_64__)
#include <cpuid.h>
#endif

namespace mobilenet {

std::string_view IsaName(Isa isa) {
  switch (isa) {
    case Isa::kScalar:
      return "scalar";
    case Isa::kNeon:
      return "neon";
    case Isa::kNeonDot:
      return "neondot";
    case Isa::kNeonFp16:
      return "neonfp16";
    case Isa::kAvx2:
      return "avx2";
    case Isa::kAvx512:
      return "avx512";
    case Isa::kAvx512Vnni:
      return "avx512vnni";
  }
  return "?";
}

std::optional<Isa> ParseIsa(std::string_view name) {
  for (Isa isa : kAllIsas) {
    if (IsaName(isa) == name) return isa;
  }
  return std::nullopt;
}

Isa CompiledIsa() {
  if (MOBILENET_HAVE_AVX) return Isa::kAvx512Vnni;
  if (MOBILENET_HAVE_NEONFP16) return Isa::kNeonFp16;
  if (MOBILENET_HAVE_NEONDOT) return Isa::kNeonDot;
  return MOBILENET_HAVE_NEON ? Isa::kNeon : Isa::kScalar;
}

Isa DetectIsa() {
#if defined(__aarch64__) || defined(__arm__)
  // The bits of Linux' asm/hwcap.h, by number: the C library of an older sysroot does not name all of them.
#if defined(__aarch64__)
  constexpr unsigned long kNeonBit = 1UL << 1;       // HWCAP_ASIMD
  constexpr unsigned long kNeonDotBit = 1UL << 20;   // HWCAP_ASIMDDP
  constexpr unsigned long kNeonFp16Bit = 1UL << 10;  // HWCAP_ASIMDHP
#else
  constexpr unsigned long kNeonBit = 1UL << 12;     // HWCAP_NEON
  constexpr unsigned long kNeonDotBit = 1UL << 24;  // HWCAP_ASIMDDP, reported since Linux 6.2
  constexpr unsigned long kNeonFp16Bit = 0;         // no kernels
#endif
  const unsigned long bits = getauxval(AT_HWCAP);
  if ((bits & kNeonBit) == 0) return Isa::kScalar;
  if ((bits & kNeonDotBit) == 0) return Isa::kNeon;
  return (bits & kNeonFp16Bit) == 0 ? Isa::kNeonDot : Isa::kNeonFp16;
#elif defined(__x86_64__)
  // They also ask the operating system whether it saves the registers.
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return Isa::kScalar;
  // Clang 14 does not know the name "f16c". It uses the registers of AVX.
  unsigned int eax = 0, ebx = 0, ecx = 0, edx = 0;
  if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) == 0 || (ecx & bit_F16C) == 0) return Isa::kScalar;
  if (!__builtin_cpu_supports("avx512f")) return Isa::kAvx2;
  const bool has_vnni = __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
                        __builtin_cpu_supports("avx512vnni");
  return has_vnni ? Isa::kAvx512Vnni : Isa::kAvx512;
#else
  return Isa::kScalar;
#endif
}

Isa BestIsa() {
  return std::min(CompiledIsa(), DetectIsa());
}

bool IsCompiled(Isa isa) {
  const bool is_of_x86 = isa >= Isa::kAvx2;
  return isa == Isa::kScalar || (isa <= CompiledIsa() && is_of_x86 == (CompiledIsa() >= Isa::kAvx2));
}

bool CanRun(Isa isa) {
  return IsCompiled(isa) && isa <= DetectIsa();
}

}  // namespace mobilenet
