#include "src/cli/doctor.h"

#include <memory>
#include <vector>

#include <CLI/CLI.hpp>

#include "kernels/common/isa.h"
#include "src/base/cpu_caches.h"
#include "src/base/cpu_part.h"
#include "src/base/error.h"
#include "src/base/machine.h"
#include "src/base/str_cat.h"
#include "src/cli/engine_options.h"
#include "src/cli/tune.h"
#include "src/engine/describe_program.h"
#include "src/report/doctor.h"
#include "src/report/machine_findings.h"
#include "src/weights/model_file.h"
#include "src/weights/model_lookup.h"

namespace mobilenet {
namespace {

Isa ChosenIsa(std::vector<std::string>& findings) {
  try {
    const Isa isa = EngineOptions().PlanOptionsHere().isa;
    if (isa < BestIsa()) {
      findings.push_back(StrCat("MOBILENET_ISA is ", IsaName(isa), ": native kernels could run with ",
                                IsaName(BestIsa()), "; unset it"));
    }
    return isa;
  } catch (const Error& error) {
    findings.push_back(error.what());
    return BestIsa();
  }
}

void DescribeDefaultModel(ProgramRow& program, std::vector<std::string>& findings) {
  try {
    const ModelFile file = ModelFile::Open(FindModel(""));
    program.model = file.path();
    const StoredTuning stored = TuningOf(file, EngineOptions());
    if (!stored.ignored.empty()) findings.push_back(stored.ignored);
    if (const auto& tuning = stored.tuning) {
      program.tuned = TunedRow{tuning->threads, tuning->cores, tuning->median_ms, tuning->tuned};
    }
  } catch (const Error& error) {
    findings.push_back(StrCat("no default model: ", error.what()));
  }
}

}  // namespace

void AddDoctorCommand(CLI::App& app, const std::function<void(const DoctorOptions&)>& run) {
  auto options = std::make_shared<DoctorOptions>();
  CLI::App* command = app.add_subcommand("doctor", "Show the machine, and what is wrong with it");
  AddRootOption(*command, options->root);
  AddChoice(*command, "--format", options->format, kOutputFormats, kFormatHelp);
  command->footer("Example: mobilenet doctor --format json");
  command->callback([options, run] { run(*options); });
}

void RunDoctor(const DoctorOptions& options, StandardOutput& output) {
  DoctorReport report;
  report.machine = ReadMachine(options.root);
  report.last_level_cache_bytes = LastLevelCacheBytes(options.root);
  report.findings = MachineFindings(report.machine);
  const Isa isa = ChosenIsa(report.findings);
  report.program = DescribeProgram(isa, CpuPart(options.root), report.findings);
  report.program.version = MOBILENET_VERSION;
  DescribeDefaultModel(report.program, report.findings);
  output.Write(options.format == OutputFormat::kJson ? DoctorJson(report)
                                                     : DoctorText(report, output.Style().columns));
}

}  // namespace mobilenet
