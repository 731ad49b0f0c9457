#include "src/cli/evaluation_run.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "models/catalogue.h"
#include "src/base/error.h"
#include "src/base/number_text.h"
#include "src/base/parse_number.h"
#include "src/batch/inputs.h"
#include "src/batch/label_file.h"
#include "src/cli/classify_choices.h"
#include "src/cli/cli.h"
#include "src/records/metadata_file.h"
#include "src/records/record_lines.h"
#include "src/report/record_reader.h"
#include "src/report/run_metadata.h"
#include "src/weights/model_file.h"
#include "src/weights/model_lookup.h"

namespace mobilenet {
namespace {

// In percent: as the file says or, if it does not, the catalogue for a model of its name.
std::optional<double> PublishedTop1Of(std::optional<double> percent_of_file, const std::string& path) {
  if (percent_of_file) return percent_of_file;
  const std::string name = std::filesystem::path(path).stem().string();
  for (const KnownModel& known : KnownModels()) {
    if (known.name == name) return known.published_top1;
  }
  return std::nullopt;
}

std::string InterpolationName(Interpolation interpolation) {
  return interpolation == Interpolation::kBicubic ? "bicubic" : "bilinear";
}

// Scores both rows and records, in both cases with the digits that records have.
std::vector<Prediction> Recorded(std::vector<Prediction> predictions) {
  for (Prediction& one : predictions) {
    const std::string digits = SignificantText(static_cast<double>(one.score), kScoreDigits);
    one.score = ParseNumber<float>(digits).value_or(one.score);
  }
  return predictions;
}

class EvaluationSink : public RowSink {
 public:
  EvaluationSink(const ClassifyOptions& run, const TruthOptions& truth) : run_(run), truth_options_(truth) {}

  void Begin(const Classifier& classifier) override {
    truth_.emplace(truth_options_, classifier.labels());
    scoring_.emplace(classifier.labels());
    InputOptions all = run_.inputs;
    all.shard = {};
    InputSource inputs(all);
    while (const auto input = inputs.Next()) {
      if (!input->error) truth_->Note(input->path);
    }
    truth_->Settle();
    report_.model = classifier.model_path();
    report_.model_sha256 = classifier.model_sha256();
    report_.precision = DataTypeName(classifier.plan().type());
    report_.resize = NameOf(kResizeModes, std::optional(classifier.resize()));
    report_.interpolation = InterpolationName(classifier.interpolation());
    report_.decode = NameOf(kDecodeModes, run_.classifier.exact_decode);
    report_.dataset = truth_options_.dataset;
    report_.published_top1 = PublishedTop1Of(classifier.published_top1(), classifier.model_path());
  }

  bool Takes(const Input& input) override {
    if (input.error || truth_->ClassOf(input.path)) return true;
    ++ignored_;
    return false;
  }

  void Add(const ClassifyRow& row) override {
    if (row.error || row.predictions.empty()) {
      scoring_->AddFailed();
    } else if (const auto truth = truth_->ClassOf(row.path)) {
      scoring_->Add(row.path, *truth, Recorded(row.predictions));
    }
  }

  int64_t ignored() const { return ignored_; }

  Evaluation Finish(int status) {
    EvaluationReport report = scoring_->Report(report_);
    report.ignored = ignored_;
    report.is_complete = status < kExitSignal;
    return {std::move(*scoring_), std::move(report), status};
  }

 private:
  const ClassifyOptions& run_;
  const TruthOptions& truth_options_;
  std::optional<Truth> truth_;
  std::optional<Scoring> scoring_;
  EvaluationReport report_;  // the parts that are not counted
  int64_t ignored_ = 0;      // counted by Takes, which may be called by a thread other than Add's
};

// JSON records begin with a brace, CSV files with a header.
RecordFormat FormatOf(const std::string& records) {
  std::ifstream in(records, std::ios::binary);
  return in.peek() == '{' ? RecordFormat::kJson : RecordFormat::kCsv;
}

}  // namespace

Evaluation EvaluateModel(ClassifyOptions run, const TruthOptions& truth, StandardOutput& output) {
  std::error_code error;
  if (!std::filesystem::is_directory(truth.dataset, error)) {
    Fail(truth.dataset, ": is not a folder (a folder with one folder of images per class is needed)");
  }
  run.inputs.arguments = {truth.dataset};
  run.inputs.is_recursive = true;
  run.records.format = RecordFormat::kJson;
  run.classifier.top_k = std::max(run.classifier.top_k, 5);
  run.classifier.is_hashed = true;
  run.engine.model = FindModel(run.engine.model);
  EvaluationSink sink(run, truth);
  const int status = RunClassify(run, output, &sink);
  const bool is_interrupted = status >= kExitSignal;
  // If a run was interrupted before its first image, there are none.
  if (!run.output.empty() && std::filesystem::is_regular_file(run.output, error) &&
      (!is_interrupted || std::filesystem::file_size(run.output, error) > 0)) {
    // Including those of the runs before this one.
    Evaluation all = EvaluateRecords(run.output, run.engine.model, run.classifier.labels, truth);
    all.report.ignored += sink.ignored();
    all.report.is_complete = !is_interrupted;
    if (is_interrupted) all.status = status;
    return all;
  }
  return sink.Finish(status);
}

Evaluation EvaluateRecords(const std::string& records, const std::string& model,
                           const std::string& labels_file, const TruthOptions& truth_options) {
  const RecordFormat format = FormatOf(records);
  const auto made_with = ReadRecordedModel(ReadMetadata(records));
  if (!made_with && model.empty()) {
    Fail(records, ": no metadata say which model it is from (give it with --model)");
  }
  const ModelFile file = ModelFile::Open(model.empty() ? made_with->model : FindModel(model));
  const std::string sha256 = file.Sha256();
  if (made_with && made_with->model_sha256 != sha256) {
    Fail(records, ": was made with a different model than ", file.path(), " is now");
  }
  std::vector<std::string> labels = file.labels();
  if (!labels_file.empty()) labels = ReadLabels(labels_file, file.classes()).labels;
  if (file.unknown_below()) labels.emplace_back(kUnknownLabel);
  if (made_with && made_with->labels_sha256 && labels_file.empty()) {
    Fail(records, ": was made with a file of labels (give it with --labels)");
  }

  Truth truth(truth_options, labels);
  {
    RecordLines lines(records, format);
    while (const auto line = lines.Next()) {
      if (!line->key.has_error) truth.Note(line->key.path);
    }
  }
  truth.Settle();
  Evaluation evaluation{Scoring(labels), {}, kExitOk};
  RecordLines lines(records, format);
  while (const auto line = lines.Next()) {
    if (line->key.has_error) {
      evaluation.scoring.AddFailed();
      evaluation.status = kExitSomeFailed;
      continue;
    }
    const auto class_index = truth.ClassOf(line->key.path);
    if (!class_index) {
      evaluation.scoring.AddIgnored();
      continue;
    }
    std::string_view text = line->text;
    text.remove_suffix(text.ends_with('\n') ? 1 : 0);
    const auto predictions =
        format == RecordFormat::kJson
            ? ReadJsonPredictions(text)
            : ReadCsvPredictions(text, std::string_view(lines.header()).substr(0, lines.header().size() - 1));
    if (!predictions || predictions->empty()) {
      Fail(records, ": the record of ", line->key.path,
           " has no predictions (was it classified with --threshold?)");
    }
    for (const Prediction& one : *predictions) {
      const auto i = static_cast<size_t>(one.class_index);
      if (i >= labels.size() || labels[i] != one.label) {
        Fail(records, ": has the label ", one.label, " for class ", one.class_index, ", the model ",
             i < labels.size() ? labels[i] : "does not have so many classes", " (--labels, --model?)");
      }
    }
    evaluation.scoring.Add(line->key.path, *class_index, *predictions);
  }
  EvaluationReport report;
  report.model = file.path();
  report.model_sha256 = sha256;
  report.interpolation = InterpolationName(file.preprocess().interpolation);
  if (made_with) {
    report.precision = made_with->precision;
    report.resize = made_with->resize;
    report.decode = made_with->decode;
  }
  report.dataset = truth_options.dataset;
  report.published_top1 = PublishedTop1Of(file.PublishedTop1(), file.path());
  evaluation.report = evaluation.scoring.Report(std::move(report));
  return evaluation;
}

}  // namespace mobilenet
