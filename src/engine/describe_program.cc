#include "src/engine/describe_program.h"

#include <gnu/libc-version.h>

#include <utility>

#include "src/base/error.h"
#include "src/base/str_cat.h"
#include "src/base/tensor.h"
#include "src/engine/kernel_choice.h"
#include "src/engine/xnnpack_backend.h"

namespace mobilenet {
namespace {

#if defined(__aarch64__)
constexpr char kArchitecture[] = "aarch64";
#elif defined(__arm__)
constexpr char kArchitecture[] = "armv7";
#elif defined(__x86_64__)
constexpr char kArchitecture[] = "x86-64";
#else
constexpr char kArchitecture[] = "another architecture";
#endif

}  // namespace

std::string ProgramArchitecture() {
  return kArchitecture;
}

ProgramRow DescribeProgram(Isa isa, long cpu_part, std::vector<std::string>& findings) {
  KernelChoices choices;
  try {
    choices = ChooseKernels(isa, cpu_part);
  } catch (const Error& error) {
    findings.push_back(error.what());
  }
  ProgramRow program;
  program.architecture = kArchitecture;
  program.glibc = gnu_get_libc_version();
  program.xnnpack_generation = XnnpackGeneration();
  program.xnnpack_error = choices.xnnpack_error;
  program.isa_compiled = IsaName(CompiledIsa());
  program.isa_detected = IsaName(DetectIsa());
  program.isa_chosen = IsaName(isa);
  for (KernelChoice& choice : choices.kernels) {
    program.kernels.push_back({std::move(choice.op), std::string(DataTypeName(choice.type)),
                               std::string(choice.backend), std::move(choice.kernel)});
  }
  if (!program.xnnpack_generation.empty() && !program.xnnpack_error.empty()) {
    findings.push_back(StrCat(program.xnnpack_error, ": the native kernels run instead"));
  }
  return program;
}

}  // namespace mobilenet
