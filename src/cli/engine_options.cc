#include "src/cli/engine_options.h"

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include <CLI/CLI.hpp>

#include "kernels/common/isa.h"
#include "src/base/cpu_caches.h"
#include "src/base/cpu_part.h"
#include "src/base/error.h"
#include "src/base/free_cores.h"
#include "src/cli/options.h"

namespace mobilenet {

const Choices<BackendChoice> kBackendChoices = {
    {"auto", BackendChoice::kAuto},
    {"xnnpack", BackendChoice::kXnnpack},
    {"native", BackendChoice::kNative},
};

const Choices<std::optional<DataType>> kPrecisions = {
    {"auto", std::nullopt}, {"f32", DataType::kF32}, {"f16", DataType::kF16},
    {"u8", DataType::kU8},  {"s8", DataType::kS8},
};

const char kModelHelp[] =
    "The model to run. Default: $MOBILENET_MODEL,\nelse the one that quickstart chose, else\n"
    "mobilenet_v1_1.0_224_s8";
const char kBackendHelp[] =
    "Run XNNPACK's kernels, our own (native), or the\nfaster ones for each layer. Default: auto";
const char kPrecisionHelp[] =
    "The type to compute in. Default: auto, the\nfile's own; f32 for files of half floats";

namespace {

const Choices<bool> kSchedules = {
    {"auto", true},
    {"layers", false},
};

const Choices<std::optional<Isa>> kIsas = {
    {"auto", std::nullopt},     {"scalar", Isa::kScalar},         {"neon", Isa::kNeon},
    {"neondot", Isa::kNeonDot}, {"neonfp16", Isa::kNeonFp16},     {"avx2", Isa::kAvx2},
    {"avx512", Isa::kAvx512},   {"avx512vnni", Isa::kAvx512Vnni},
};

Isa ChooseIsa(std::optional<Isa> isa) {
  std::string source = "--isa";
  if (!isa) {
    const char* variable = std::getenv("MOBILENET_ISA");
    const std::string name = variable ? variable : "";
    if (name.empty() || name == "auto") return BestIsa();
    source = "MOBILENET_ISA";
    isa = ParseIsa(name);
    if (!isa)
      Fail(source, ": ", name,
           ": no such instruction set (auto, scalar, neon, neondot, neonfp16, avx2, avx512 or "
           "avx512vnni)");
  }
  if (!IsCompiled(*isa)) {
    Fail(source, ": ", IsaName(*isa), ": this program was built without it (", IsaName(BestIsa()),
         " or less)");
  }
  if (!CanRun(*isa)) {
    Fail(source, ": ", IsaName(*isa), ": this CPU does not have it (", IsaName(BestIsa()), " or less)");
  }
  return *isa;
}

}  // namespace

PlanOptions EngineOptions::PlanOptionsHere() const {
  std::optional<FreeCores> free_cores;
  if (threads == 0) free_cores.emplace();
  PlanOptions options{.backend = backend,
                      .precision = precision,
                      .threads = threads,
                      .isa = ChooseIsa(isa),
                      .cache_bytes = for_caches ? LastLevelCacheBytes() : 0,
                      .cpu_part = CpuPart()};
  if (free_cores) {
    free_cores->Look();
    options.threads = free_cores->Count();
  }
  return options;
}

std::string BackendName(BackendChoice backend) {
  return NameOf(kBackendChoices, backend);
}

void AddEngineOptions(CLI::App& command, EngineOptions& options) {
  const OptionGroup group(command, "Model and speed");
  command.add_option("-m,--model", options.model, kModelHelp)->type_name("NAME|FILE");
  AddChoice(command, "--backend", options.backend, kBackendChoices, kBackendHelp);
  AddChoice(command, "--precision", options.precision, kPrecisions, kPrecisionHelp);
  AddKernelOptions(command, options);
  AddThreadsOption(command, options.threads);
  AddCoresOption(command, options);
}

CLI::Option* AddModelList(CLI::App& command, std::vector<std::string>& models, const std::string& help) {
  const auto add = [&models](const std::vector<std::string>& texts) {
    for (const std::string& text : texts) {
      std::error_code error;
      if (std::filesystem::exists(text, error)) {  // a file's name may contain commas
        models.push_back(text);
        continue;
      }
      for (std::string& part : ListParts("--model", text)) models.push_back(std::move(part));
    }
  };
  return command.add_option_function<std::vector<std::string>>("-m,--model", add, help)
      ->type_name("NAME|FILE,...");
}

void AddThreadsOption(CLI::App& command, int& threads) {
  AddNumber(command, "--threads", threads, 1, 1024,
            "Compute on N threads. Default: as many as the\nfastest cluster has free cores");
}

void AddCoresOption(CLI::App& command, EngineOptions& options) {
  command
      .add_option("--cores", options.cores,
                  "Run only on these cores: big, little, all, or a\nlist such as 0-3,6")
      ->type_name("CORES");
}

void AddKernelOptions(CLI::App& command, EngineOptions& options) {
  AddChoice(command, "--schedule", options.for_caches, kSchedules,
            "Cut layers into pieces that fit the cache, or\nrun whole layers. Default: auto (cut them)");
  AddChoice(command, "--isa", options.isa, kIsas,
            "The instructions that our own kernels may use.\nDefault: auto, the best that this CPU has");
}

}  // namespace mobilenet
