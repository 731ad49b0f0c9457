#include "src/cli/tune.h"

#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include <CLI/CLI.hpp>

#include "src/base/error.h"
#include "src/base/machine.h"
#include "src/cli/cli.h"
#include "src/cli/error_output.h"
#include "src/records/file_stamp.h"
#include "src/report/terminal_text.h"
#include "src/weights/model_lookup.h"

namespace mobilenet {
namespace {

TuningSubject SubjectOf(const std::string& model, BackendChoice backend, std::optional<DataType> precision,
                        const std::string& root) {
  return {model, "", BackendName(backend), NameOf(kPrecisions, precision), MachineName(root)};
}

// The checksum, which was checked when the file was read; without one, the hash of the file, which takes
// longer.
std::string WeightsOf(const ModelFile& file) {
  const auto checksum = file.metadata().find("mobilenet.checksum");
  return checksum != file.metadata().end() ? checksum->second : file.Sha256();
}

int Forget(const std::string& path, const TuneOptions& options, StandardOutput& output) {
  std::string removed;
  for (const auto& backend : kBackendChoices) {
    for (const auto& precision : kPrecisions) {
      const TuningSubject subject =
          SubjectOf(path, backend.second, precision.second, options.bench.machine_root);
      if (RemoveTuning(subject)) removed += StrCat("forgotten: ", TerminalText(TuningPath(subject)), "\n");
    }
  }
  output.Write(removed.empty() ? StrCat("nothing was kept for ", TerminalText(path), " on this machine\n")
                               : removed);
  return kExitOk;
}

}  // namespace

StoredTuning TuningOf(const ModelFile& file, const EngineOptions& engine) {
  if (!HasTunings()) return {};
  TuningSubject subject = SubjectOf(file.path(), engine.backend, engine.precision, "");
  const std::string path = TuningPath(subject);
  std::error_code error;
  if (path.empty() || !std::filesystem::exists(path, error)) return {};
  subject.weights = WeightsOf(file);
  return ReadTuning(subject);
}

void AddTuneCommand(CLI::App& app, const std::function<void(const TuneOptions&)>& run) {
  auto options = std::make_shared<TuneOptions>();
  auto model = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("tune", "Find the best threads and cores, and keep them");
  BenchOptions& bench = options->bench;
  OptionGroup group(*command, "Model and speed");
  command->add_option("-m,--model", *model, kModelHelp)->type_name("NAME|FILE");
  AddChoice(*command, "--backend", bench.backends.front(), kBackendChoices, kBackendHelp);
  AddChoice(*command, "--precision", bench.precisions.front(), kPrecisions, kPrecisionHelp);
  group.Begin("Measurement");
  AddReal(*command, "--duration", bench.limits.duration_s, 0.001, 86400,
          "Measure each number of threads for S seconds")
      ->type_name("S")
      ->capture_default_str();
  AddRootOption(*command, bench.machine_root);
  group.Begin("Output");
  command->add_flag("--anyway", options->anyway, "Keep the result of a disturbed measurement, too");
  command->add_flag("--forget", options->forget, "Forget what is kept for this model here");
  AddChoice(*command, "--format", bench.format, kReportFormats, kFormatHelp);
  command->footer("Example: mobilenet tune --model mobilenet_v2_1.0_224_s8");
  command->callback([options, model, run] {
    options->bench.models = {*model};
    options->bench.sweep = true;
    run(*options);
  });
}

int RunTune(const TuneOptions& options, StandardOutput& output) {
  const BenchOptions& bench = options.bench;
  const std::string path = FindModel(bench.models.front());
  if (options.forget) return Forget(path, options, output);
  TuningSubject subject =
      SubjectOf(path, bench.backends.front(), bench.precisions.front(), bench.machine_root);
  MakeTuningFolder();  // before anything is measured
  subject.weights = WeightsOf(ModelFile::Open(path));
  BenchReport report = MeasureBench(bench);
  const bool is_kept = options.anyway || report.judgement.verdict == BenchVerdict::kValid;
  if (is_kept) {
    const BenchRecommendation& best = report.recommendations.front();
    report.kept_in = WriteTuning(subject, {best.way.threads, best.way.cores, best.median_ms, TimeNow()},
                                 MOBILENET_VERSION);
  }
  output.Write(FormattedBench(report, nullptr, output.Style().columns, bench));
  if (!is_kept) {
    PrintError("nothing is kept, since the measurement is not valid (try again, or use --anyway)");
    return kExitSomeFailed;
  }
  if (bench.format == ReportFormat::kText) {
    output.Write(StrCat("kept in ", TerminalText(report.kept_in),
                        "\nfor classify and eval with this model, unless --threads or --cores is given\n"));
  }
  return kExitOk;
}

}  // namespace mobilenet
