#include "src/cli/classify.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "src/base/cpu_cores.h"
#include "src/base/machine.h"
#include "src/base/str_cat.h"
#include "src/batch/annotation.h"
#include "src/batch/batch.h"
#include "src/batch/batch_threads.h"
#include "src/cli/classify_choices.h"
#include "src/cli/cli.h"
#include "src/cli/error_output.h"
#include "src/cli/progress.h"
#include "src/cli/stop_signals.h"
#include "src/cli/tune.h"
#include "src/records/file_stamp.h"
#include "src/report/csv.h"
#include "src/report/json_lines.h"
#include "src/report/text.h"
#include "src/weights/model_lookup.h"

namespace mobilenet {
namespace {

BatchKind KindOf(const ClassifyOptions& options) {
  if (options.is_mjpeg_stream) return BatchKind::kStream;
  return IsOneImage(options.inputs) ? BatchKind::kOneImage : BatchKind::kManyImages;
}

class ClassifyRun {
 public:
  ClassifyRun(const ClassifyOptions& options, StandardOutput& output, RowSink* sink)
      : options_(options),
        output_(output),
        sink_(sink),
        is_one_image_(KindOf(options) == BatchKind::kOneImage),
        fields_{.frame = options.is_mjpeg_stream,
                .stamp = !options.output.empty() && !options.is_mjpeg_stream,
                .layers = options.layers || (is_one_image_ && options.records.format == RecordFormat::kText &&
                                             options.output.empty() && output.IsTerminal()),
                .features = !options.classifier.feature_views.empty(),
                .dataset = options.inputs.arguments.empty() ? "" : options.inputs.arguments.front()},
        threads_(ChooseThreads(KindOf(options), options.decode_threads, options.engine.threads)) {
    if (options.engine.cores) held_cores_ = ChooseCores("all");  // that RunClassify left
  }

  int Go() {
    // Mistakes in the names are found before the model is loaded and the first image is read.
    if (!options_.annotate.empty()) MakeFolder(options_.annotate);
    InputSource inputs(options_.inputs);
    if (!options_.output.empty()) records_.emplace(options_.output);
    // Until here, a signal simply ends the program, also while it waits for somebody to open a named pipe.
    const StopSignals signals;
    EngineOptions engine = options_.engine;
    engine.threads = threads_.inference;  // so that they are not chosen again
    ClassifierOptions classifier_options = options_.classifier;
    if (options_.engine.threads == 0 && !options_.engine.cores) {
      classifier_options.adjust_threads = [this](const ModelFile& file, BatchThreads& threads) {
        UseTuning(file, threads);
      };
    }
    Classifier classifier(FindModel(engine.model), engine.PlanOptionsHere(), threads_, classifier_options,
                          fields_);
    if (sink_ != nullptr) sink_->Begin(classifier);
    // Users who name no model learn which one it was; in many records it would be in the way.
    if (is_one_image_ && !records_ && options_.engine.model.empty()) {
      shown_model_ = std::filesystem::path(classifier.model_path()).stem().string();
    }
    if (tuning_ && !is_one_image_) {
      if (!options_.is_quiet) PrintNote(StrCat(TunedText(classifier.threads()), "\n"));
    } else if (tuning_) {
      shown_model_ += (shown_model_.empty() ? "" : ", ") + TunedText(classifier.threads());
    }
    shown_predictions_ = std::min(options_.classifier.top_k, static_cast<int>(classifier.labels().size()));
    if (records_) {
      records_->Open(Metadata(classifier), Header(), options_.records);
    } else if (sink_ == nullptr) {
      output_.Write(Header());
    }

    const bool is_terminal_free = records_ || sink_ != nullptr || !output_.IsTerminal();
    const bool shows_progress = !options_.is_quiet && CanShowProgress() && is_terminal_free && !is_one_image_;
    Progress progress(shows_progress, Counter());
    BatchOptions batch_options;
    batch_options.threads = classifier.batch_threads();
    if (options_.is_mjpeg_stream) batch_options.frames_every = options_.every;
    if (records_ || sink_ != nullptr) {
      batch_options.admit = [this](Input& input) {
        return (sink_ == nullptr || sink_->Takes(input)) && (!records_ || Admit(input));
      };
    }
    if (records_) {
      batch_options.on_begin = [this](const std::string& path) { records_->Begin(path); };
    }
    batch_options.is_stopped = [] { return StopSignals::Received() != 0; };
    if (!options_.annotate.empty()) {
      batch_options.use_picture = [this](const ClassifyRow& row, Image picture) {
        return WriteAnnotated(options_.annotate, row, std::move(picture));
      };
    }
    Batch batch(classifier, inputs, batch_options);
    try {
      batch.Run([&](const ClassifyRow& row) {
        Record(row, progress);
        if (records_) records_->End(row.path);
        progress.Update(batch.totals().images, Earlier().records(),
                        batch.totals().failures + Earlier().failures());
      });
      progress.Clear();
      const int status = Finish(batch.totals());
      if (records_) records_->Close();
      // With a sink, that decides what is reported about inputs; folders are read to their end.
      if (StopSignals::Received() == 0 || sink_ != nullptr) return status;
      ExitNow(status);
    } catch (...) {
      progress.Clear();
      const int status = ReportException();
      if (records_) records_->Close();
      ExitNow(status);
    }
  }

 private:
  // What mobilenet tune found for one image at a time. With many images, each is inferred by one thread, and
  // all cores decode: the number of threads is used, but they may run on any core.
  void UseTuning(const ModelFile& file, BatchThreads& threads) {
    const StoredTuning stored = TuningOf(file, options_.engine);
    if (!stored.ignored.empty()) PrintError(stored.ignored);
    if (!stored.tuning) return;
    tuning_ = stored.tuning;
    const int tuned = WithinQuota(tuning_->threads);
    const BatchKind kind = KindOf(options_);
    threads.inference = kind == BatchKind::kStream ? std::min(tuned, threads.inference) : tuned;
    if (kind == BatchKind::kManyImages) return;
    held_cores_ = tuning_->cores;
    HoldToCores(held_cores_);
  }

  static std::string TunedText(int threads) {
    return StrCat(threads, threads == 1 ? " thread" : " threads", " as tuned");
  }

  // There is nothing left to save, and a thread may be waiting for standard input for ever.
  [[noreturn]] static void ExitNow(int status) { ::_exit(status); }

  // Whether it has no record yet. An input with which two runs were killed is not tried again: often the
  // cause is memory, and the run would never get past it. To find out which one it was, an input that was in
  // hand once is read alone.
  bool Admit(Input& input) {
    if (records_->Take(input.path)) return false;
    const int deaths = records_->Deaths(input.path);
    input.is_alone = deaths > 0;
    if (deaths >= 2 && !input.error) {
      input.error =
          StrCat(input.path, ": skipped, since the program was killed ", deaths,
                 " times with this image in hand (not enough memory? --retry-failed tries it again)");
    }
    return true;
  }

  void Record(const ClassifyRow& row, Progress& progress) {
    if (row.error) {
      progress.Clear();
      PrintError(*row.error);
    }
    if (sink_ != nullptr) sink_->Add(row);
    if (sink_ != nullptr && !records_) return;
    const std::string text = Text(row);
    records_ ? records_->Write(text) : output_.Write(text);
  }

  // Goes through the same inputs ahead of the run, to count them.
  std::function<bool()> Counter() const {
    if (options_.is_mjpeg_stream || !CanBeReadTwice(options_.inputs)) return nullptr;
    return [inputs = std::make_shared<InputSource>(options_.inputs)] { return inputs->Next().has_value(); };
  }

  // What an earlier run has recorded.
  const RecordedInputs& Earlier() const {
    static const RecordedInputs kNone;
    return records_ ? records_->earlier() : kNone;
  }

  RunMetadata Metadata(const Classifier& classifier) const {
    const Plan& plan = classifier.plan();
    RunMetadata metadata;
    metadata.version = MOBILENET_VERSION;
    metadata.started = TimeNow();
    metadata.board = BoardName();
    metadata.model = classifier.model_path();
    metadata.backend = BackendName(options_.engine.backend);
    metadata.isa = IsaName(options_.engine.PlanOptionsHere().isa);
    metadata.schedule = options_.engine.for_caches ? "auto" : "layers";
    metadata.threads = classifier.threads();
    metadata.decode_threads = threads_.decode;
    metadata.cores = held_cores_;
    metadata.is_tuned = tuning_.has_value();
    metadata.max_pixels = options_.classifier.max_pixels;
    metadata.max_decode_ms = options_.classifier.max_decode_ms;
    metadata.accept_damaged = options_.classifier.accept_damaged;
    RecordSettings& records = metadata.records;
    records.format = NameOf(kRecordFormats, options_.records.format);
    records.model_sha256 = classifier.model_sha256();
    records.labels_sha256 = classifier.labels_sha256();
    records.top_k = options_.classifier.top_k;
    records.threshold = options_.classifier.threshold;
    records.resize = NameOf(kResizeModes, std::optional(classifier.resize()));
    records.decode = NameOf(kDecodeModes, options_.classifier.exact_decode);
    records.precision = DataTypeName(plan.type());
    records.layers = fields_.layers;
    if (fields_.features) {
      const Quantization& quantization = plan.QuantizationOf(classifier.trunk().features);
      records.features = {.type = std::string(DataTypeName(plan.type())),
                          .count = classifier.trunk().count,
                          .scale = static_cast<double>(quantization.scale),
                          .zero_point = quantization.zero_point,
                          .views = static_cast<int>(options_.classifier.feature_views.size())};
    }
    records.shard = StrCat(options_.inputs.shard.part, "/", options_.inputs.shard.parts);
    return metadata;
  }

  std::string Header() const {
    return options_.records.format == RecordFormat::kCsv ? CsvHeader(fields_, shown_predictions_) : "";
  }

  std::string Text(const ClassifyRow& row) const {
    switch (options_.records.format) {
      case RecordFormat::kText:
        // Without a file, the message on standard error is enough.
        return row.error && !records_
                   ? ""
                   : TextReport(row, shown_model_, records_ ? TerminalStyle{} : output_.Style());
      case RecordFormat::kJson:
        return JsonLine(row, fields_);
      case RecordFormat::kCsv:
        return CsvLine(row, fields_, shown_predictions_);
    }
    return "";
  }

  int Finish(RunTotals totals) {
    const int signal = StopSignals::Received();
    totals.recorded_before = Earlier().records();
    if (records_) {
      records_->Finish();
      if (signal == 0) records_->Complete(totals.images, totals.failures);
    }
    if (!options_.is_quiet && (signal != 0 || records_ || !is_one_image_)) PrintNote(SummaryLine(totals));
    if (signal != 0) return kExitSignal + signal;
    return totals.failures + Earlier().failures() > 0 ? kExitSomeFailed : kExitOk;
  }

  const ClassifyOptions& options_;
  StandardOutput& output_;
  RowSink* const sink_;  // null: none
  const bool is_one_image_;
  const RecordFields fields_;
  const BatchThreads threads_;
  std::optional<Tuning> tuning_;  // the tuning in use
  std::vector<int> held_cores_;   // this process is bound to these; none if it may run anywhere
  std::string shown_model_;
  int shown_predictions_ = 0;  // per image, at most
  std::optional<RunRecords> records_;
};

}  // namespace

int RunClassify(const ClassifyOptions& options, StandardOutput& output, RowSink* sink) {
  if (options.engine.cores) HoldToCores(ChooseCores(*options.engine.cores));
  return ClassifyRun(options, output, sink).Go();
}

}  // namespace mobilenet
