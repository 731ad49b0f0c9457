#include "src/cli/quantize.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "src/base/error.h"
#include "src/base/str_cat.h"
#include "src/batch/inputs.h"
#include "src/cli/cli.h"
#include "src/cli/engine_options.h"
#include "src/cli/error_output.h"
#include "src/cli/eval.h"
#include "src/cli/evaluation_run.h"
#include "src/cli/progress.h"
#include "src/cli/run_options.h"
#include "src/cli/stop_signals.h"
#include "src/engine/calibration.h"
#include "src/engine/calibration_file.h"
#include "src/engine/equalize.h"
#include "src/engine/model_network.h"
#include "src/engine/model_parts.h"
#include "src/engine/quantization_loss.h"
#include "src/engine/quantize.h"
#include "src/image/image.h"
#include "src/image/preprocess.h"
#include "src/json/json_writer.h"
#include "src/records/part_file.h"
#include "src/report/quantization.h"
#include "src/weights/loaded_file.h"
#include "src/weights/model_file.h"
#include "src/weights/model_lookup.h"

namespace mobilenet {

namespace {

const Choices<bool> kTargets = {{"s8", false}, {"f16", true}};

}  // namespace

void AddQuantizeCommand(CLI::App& app, const std::function<void(const QuantizeOptions&)>& run) {
  auto options = std::make_shared<QuantizeOptions>();
  CLI::App* command = app.add_subcommand("quantize", "Make a float model smaller and faster");
  OptionGroup group(*command, "Input");
  command->add_option("-m,--model", options->model, "The float model")->type_name("NAME|FILE")->required();
  command
      ->add_option("--calibrate", options->photographs,
                   "Calibrate with the photographs in FOLDER, 8 to\n100 of them")
      ->type_name("FOLDER");
  command
      ->add_option("--ranges", options->ranges,
                   "Write what the photographs gave to FILE;\nwithout --calibrate, read it from there")
      ->type_name("FILE");
  command->add_option("--eval", options->eval.dataset, "Count right answers on DATASET before and after")
      ->type_name("DATASET");
  AddTruthOptions(*command, options->eval);
  group.Begin("Output");
  command->add_option("-o,--output", options->output, "Write the new model to FILE")
      ->type_name("FILE")
      ->required();
  AddChoice(*command, "--to", options->to_half, kTargets,
            "Make 8-bit integers (s8), or half floats (f16).\nDefault: s8");
  AddChoice(*command, "--format", options->format, kOutputFormats, kFormatHelp);
  AddQuietOption(*command, options->is_quiet);
  group.Begin("Speed");
  AddThreadsOption(*command, options->threads);
  command->footer("Example: mobilenet quantize -m mine_f32 --calibrate photos -o s8.safetensors");
  command->callback([options, run] {
    const bool has_none = options->photographs.empty() && options->ranges.empty();
    if (!options->to_half && has_none) throw CLI::RequiredError("--calibrate");
    if (options->to_half && !has_none) {
      throw CLI::ValidationError("--to f16", "needs no photographs (no --calibrate, no --ranges)");
    }
    if (options->eval.dataset.empty() && (!options->eval.file.empty() || options->eval.ignores_unknown)) {
      throw CLI::ValidationError("--truth, --ignore-unknown", "need --eval");
    }
    run(*options);
  });
}

namespace {

constexpr size_t kFewPhotographs = 8;
constexpr size_t kMostPhotographs = 100;
// On which the quantised network is compared with the float one.
constexpr size_t kComparedPhotographs = 8;

// From a larger folder this many, spread evenly over the names.
std::vector<Input> ListPhotographs(const std::string& folder) {
  InputOptions options;
  options.arguments = {folder};
  options.is_recursive = true;
  InputSource source(options);
  std::vector<Input> all;
  while (auto input = source.Next()) all.push_back(std::move(*input));
  if (all.size() <= kMostPhotographs) return all;
  std::vector<Input> chosen;
  for (size_t i = 0; i < kMostPhotographs; ++i) {
    chosen.push_back(std::move(all[i * all.size() / kMostPhotographs]));
  }
  return chosen;
}

class QuantizeRun {
 public:
  QuantizeRun(const QuantizeOptions& options, StandardOutput& output)
      : options_(options),
        output_(output),
        file_(ModelFile::Open(FindModel(options.model))),
        network_(NetworkOf(file_)) {}

  int Go() {
    options_.to_half ? CheckIsFloat(file_) : CheckCanBeQuantized(file_, network_);
    CheckOutputIsAnother();
    CheckRangesMayBeReplaced();
    // First, since this is the most likely to find what is wrong with the data set.
    std::optional<Evaluation> before;
    if (!options_.eval.dataset.empty()) before.emplace(Evaluate(file_.path()));
    if (before && before->is_interrupted()) return before->status;
    // It turns out now, and not only after the work, whether the file can be written.
    PartFile part(options_.output);
    const StopSignals signals;
    if (options_.to_half) return Halve(before, part);
    const std::vector<ValueStatistics> statistics = options_.photographs.empty() ? ReadRanges() : Calibrate();
    if (StopSignals::Received() != 0) return kExitSignal + StopSignals::Received();
    const ModelFile quantized = QuantizeModel(file_, network_, statistics, options_.output, Source());
    // The file no longer depends on it: with the kernels that are fast here.
    const PlanOptions fast = {.threads = Threads(), .isa = BestIsa()};
    Plan plan(file_, fast);
    Plan quantized_plan(quantized, fast);
    QuantizationLoss loss(plan, quantized_plan, Equalize(network_, statistics));
    Compare(plan, quantized_plan, loss);
    if (StopSignals::Received() != 0) return kExitSignal + StopSignals::Received();

    Write(quantized, part);
    if (!options_.photographs.empty() && !options_.ranges.empty()) WriteRanges(statistics);
    QuantizationReport report = Report(quantized, loss);
    return Finish(before, std::move(report));
  }

 private:
  static void Write(const ModelFile& made, PartFile& part) {
    const std::span<const std::byte> bytes = made.bytes();
    part.Write({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    part.Commit();
  }

  int Halve(const std::optional<Evaluation>& before, PartFile& part) {
    const ModelFile halved = HalveModel(file_, network_, options_.output, Source());
    if (StopSignals::Received() != 0) return kExitSignal + StopSignals::Received();
    Write(halved, part);
    QuantizationReport report;
    report.model = file_.path();
    report.output = options_.output;
    report.output_bytes = static_cast<int64_t>(halved.size_bytes());
    report.type = "f16";
    return Finish(before, std::move(report));
  }

  int Finish(const std::optional<Evaluation>& before, QuantizationReport report) {
    if (before) {
      const Evaluation after = Evaluate(options_.output);
      if (after.is_interrupted()) return after.status;
      report.before = before->report;
      report.before->compared = before->scoring.CompareWith(after.scoring);
    }
    output_.Write(options_.format == OutputFormat::kJson ? QuantizationJson(report)
                                                         : QuantizationText(report));
    return failed_ == 0 ? kExitOk : kExitSomeFailed;
  }

  int Threads() const {
    EngineOptions engine;
    engine.threads = options_.threads;
    return engine.PlanOptionsHere().threads;
  }

  std::string Source() const {
    return SourceOf(file_, "mobilenet quantize", [this](JsonWriter& json) {
      json.Integer("photographs", static_cast<int64_t>(photographs_));
    });
  }

  void CheckOutputIsAnother() const {
    std::error_code error;
    if (std::filesystem::equivalent(file_.path(), options_.output, error)) {
      Fail(options_.output, ": is the float model itself (another file)");
    }
  }

  // Replaces no file that is not a file of ranges.
  void CheckRangesMayBeReplaced() const {
    if (options_.photographs.empty() || options_.ranges.empty()) return;
    std::error_code error;
    if (!std::filesystem::exists(options_.ranges, error)) return;
    if (!std::filesystem::is_regular_file(options_.ranges, error) ||
        !IsCalibration(FileText(options_.ranges))) {
      Fail(options_.ranges, ": exists, and is not a file of ranges (use another name, or remove it)");
    }
  }

  std::vector<ValueStatistics> ReadRanges() {
    CalibrationFile ranges = ReadCalibration(FileText(options_.ranges), options_.ranges, network_);
    if (ranges.weights_checksum != file_.Checksum()) {
      Fail(options_.ranges, ": are the ranges of another model than ", file_.path(), " is now");
    }
    photographs_ = static_cast<size_t>(ranges.photographs);
    return std::move(ranges.statistics);
  }

  void WriteRanges(const std::vector<ValueStatistics>& statistics) const {
    PartFile part(options_.ranges);
    part.Write(CalibrationJson({file_.Checksum(), static_cast<int64_t>(photographs_), statistics}, network_));
    part.Commit();
  }

  Evaluation Evaluate(const std::string& model) const {
    ClassifyOptions run;
    run.engine.model = model;
    run.engine.threads = options_.threads;
    run.is_quiet = options_.is_quiet;
    return EvaluateModel(run, options_.eval, output_);
  }

  std::vector<ValueStatistics> Calibrate() {
    Plan plan(file_, CalibrationPlanOptions(Threads()));
    Calibration calibration(network_);
    const std::vector<Input> inputs = ListPhotographs(options_.photographs);
    Progress progress(!options_.is_quiet && CanShowProgress(), nullptr);
    for (const Input& input : inputs) {
      if (StopSignals::Received() != 0) return {};
      std::optional<Image> picture;
      try {
        picture = Read(input);
      } catch (const Error& error) {
        progress.Clear();
        PrintError(error.what());
        ++failed_;
        continue;
      }
      FillInput(*picture, plan);
      plan.RunObserved([&](Value value, const Operand& map) { calibration.Add(value, map); });
      ++photographs_;
      if (compared_.size() < kComparedPhotographs) compared_.push_back(std::move(*picture));
      progress.Update(static_cast<int64_t>(photographs_ + failed_), 0, static_cast<int64_t>(failed_));
    }
    progress.Clear();
    if (photographs_ == 0) Fail(options_.photographs, ": no photograph to calibrate with (8 to 100 of them)");
    if (photographs_ < kFewPhotographs) {
      PrintNote(
          StrCat("calibrated with ", photographs_, " of the 8 to 100 photographs that make a good model\n"));
    }
    return calibration.Statistics(file_.path());
  }

  // As the network sees it: cropped and resized.
  Image Read(const Input& input) const {
    if (input.error) throw Error(*input.error);
    const PreprocessSpec& spec = file_.preprocess();
    DecodeOptions options;
    options.target = {spec.resize, spec.crop_fraction, network_.resolution, spec.interpolation};
    return ResizeImage(DecodeImageFile(input.path, options), spec, network_.resolution);
  }

  void FillInput(const Image& picture, Plan& plan) const {
    PreprocessSpec spec = file_.preprocess();
    spec.resize = ResizeMode::kSquash;  // it already has the size
    PreprocessImage(picture, spec, network_.resolution, plan.type(), plan.input_quantization(), plan.input());
  }

  void Compare(Plan& plan, Plan& quantized, QuantizationLoss& loss) const {
    for (const Image& picture : compared_) {
      if (StopSignals::Received() != 0) return;
      FillInput(picture, plan);
      FillInput(picture, quantized);
      loss.AddPhotograph();
    }
  }

  QuantizationReport Report(const ModelFile& quantized, const QuantizationLoss& loss) const {
    QuantizationReport report;
    report.model = file_.path();
    report.output = options_.output;
    report.output_bytes = static_cast<int64_t>(quantized.size_bytes());
    report.photographs = static_cast<int64_t>(photographs_);
    report.failed = static_cast<int64_t>(failed_);
    report.compared = loss.photographs();
    report.same_top1 = loss.same_top1();
    const std::vector<Quantization> quantizations = ValueQuantizations(quantized, network_);
    for (Value value = 0; value < network_.layers.size(); ++value) {
      const Layer* layer = value == 0 ? nullptr : &network_.layers[value - 1];
      report.layers.push_back({.name = layer ? layer->name : "input",
                               .op = layer ? OperatorName(*layer) : "",
                               .scale = quantizations[value].scale,
                               .zero_point = quantizations[value].zero_point,
                               .sqnr_db = loss.SqnrDb(value)});
    }
    return report;
  }

  const QuantizeOptions& options_;
  StandardOutput& output_;
  const ModelFile file_;
  const Network network_;
  std::vector<Image> compared_;  // as the network sees them
  size_t photographs_ = 0;
  size_t failed_ = 0;
};

}  // namespace

int RunQuantize(const QuantizeOptions& options, StandardOutput& output) {
  return QuantizeRun(options, output).Go();
}

}  // namespace mobilenet
