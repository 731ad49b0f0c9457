#include "src/cli/version.h"

#include "kernels/common/isa.h"
#include "src/base/str_cat.h"
#include "src/engine/xnnpack_backend.h"

namespace mobilenet {
namespace {

#if defined(__clang__)
constexpr char kCompiler[] = "clang " __clang_version__;
#else
constexpr char kCompiler[] = "GCC " __VERSION__;
#endif

}  // namespace

std::string CompilerText() {
  return kCompiler;
}

std::string VersionText() {
  return StrCat("mobilenet ", MOBILENET_VERSION, "\ncompiler: ", kCompiler,
                "\nXNNPACK: ", XnnpackGeneration().empty() ? "not compiled in" : XnnpackGeneration(),
                "\nCPU features of the native kernels: compiled in ", IsaName(CompiledIsa()), ", detected ",
                IsaName(DetectIsa()), ", chosen ", IsaName(BestIsa()), "\n");
}

}  // namespace mobilenet
