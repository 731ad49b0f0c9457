#include "src/cli/classify.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "src/base/cpu_cores.h"
#include "src/base/error.h"
#include "src/base/machine.h"
#include "src/base/ordered_workers.h"
#include "src/base/sha256.h"
#include "src/base/stopwatch.h"
#include "src/cli/annotation.h"
#include "src/cli/classifier.h"
#include "src/cli/classify_choices.h"
#include "src/cli/cli.h"
#include "src/cli/error_output.h"
#include "src/cli/frame_stream.h"
#include "src/cli/progress.h"
#include "src/cli/stop_signals.h"
#include "src/records/file_stamp.h"
#include "src/records/metadata_file.h"
#include "src/records/part_file.h"
#include "src/records/resume.h"
#include "src/report/csv.h"
#include "src/report/json_lines.h"
#include "src/report/run_metadata.h"
#include "src/report/run_summary.h"
#include "src/report/text.h"
#include "src/weights/mapped_file.h"

namespace mobilenet {
namespace {

bool IsFolder(const std::string& path) {
  struct stat status = {};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

bool IsOneImage(const ClassifyOptions& options) {
  const InputOptions& inputs = options.inputs;
  return !options.is_mjpeg_stream && inputs.files_from.empty() && inputs.arguments.size() == 1 &&
         !inputs.arguments[0].starts_with('@') && !IsFolder(inputs.arguments[0]);
}

bool IsFile(const std::string& path) {
  struct stat status = {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

// Whether somebody else may read the lists too: not from a pipe, where what one takes the other lacks.
bool CanBeCounted(const ClassifyOptions& options) {
  const InputOptions& inputs = options.inputs;
  return !options.is_mjpeg_stream && (inputs.files_from.empty() || IsFile(inputs.files_from)) &&
         std::all_of(inputs.arguments.begin(), inputs.arguments.end(), [](const std::string& argument) {
           return !argument.starts_with('@') || IsFile(argument.substr(1));
         });
}

struct Threads {
  int decode = 1;
  int inference = 1;
  bool one_image_each = false;  // of the inference; otherwise they share the layers of one image
};

// An image alone gets all cores of the fastest cluster. A stream's latest frame, too, is wanted soon: all but
// one, which decodes the next. Of many images each is inferred by one thread, since threads that share a
// layer wait for each other; with a thread of either kind for each core none is idle, whichever takes longer.
Threads ChooseThreads(const ClassifyOptions& options, bool is_one_image) {
  Threads threads{options.decode_threads, options.engine.threads};
  threads.one_image_each = !is_one_image && !options.is_mjpeg_stream;
  const int fastest = FastestClusterCores();
  if (threads.inference == 0)
    threads.inference = options.is_mjpeg_stream ? std::max(fastest - 1, 1) : fastest;
  if (threads.decode == 0) threads.decode = threads.one_image_each ? AvailableCores() : 1;
  return threads;
}

std::string Sha256OfFile(const std::string& path) {
  return Sha256(MappedFile(path).bytes());
}

class ClassifyRun {
 public:
  ClassifyRun(const ClassifyOptions& options, StandardOutput& output)
      : options_(options),
        output_(output),
        is_one_image_(IsOneImage(options)),
        fields_{.frame = options.is_mjpeg_stream,
                .stamp = !options.output.empty() && !options.is_mjpeg_stream,
                .layers = options.layers || (is_one_image_ && options.format == RecordFormat::kText &&
                                             options.output.empty() && output.IsTerminal())},
        threads_(ChooseThreads(options, is_one_image_)) {}

  int Go() {
    // What may be wrong with the names is found before the model is loaded and the first image read.
    if (!options_.annotate.empty()) MakeFolder(options_.annotate);
    InputSource inputs(options_.inputs);
    if (!options_.output.empty()) file_.emplace(options_.output);
    // Until here a signal just ends the program, also where it waits for somebody to open a named pipe.
    const StopSignals signals;
    Classifier classifier(options_, fields_, threads_.inference, threads_.one_image_each);
    shown_predictions_ = std::min(options_.top_k, classifier.plan().network().classes);
    file_ ? BeginFile(classifier) : WriteText(Header());
    if (options_.is_mjpeg_stream) stream_.emplace(STDIN_FILENO, options_.every);

    const bool is_terminal_free = file_ || !output_.IsTerminal();
    Progress progress(::isatty(STDERR_FILENO) == 1 && is_terminal_free && !is_one_image_, Counter());
    const Stopwatch stopwatch;
    const auto is_stopped = [] { return StopSignals::Received() != 0; };
    OrderedWorkers<Input, PreparedImage> decoding(
        threads_.decode, QueueLength(threads_.decode), [&] { return NextInput(inputs); },
        [&](Input input) { return classifier.Prepare(std::move(input)); });
    // A signal ends the inputs of the inference: what it has in hand is finished.
    const int inferences = threads_.one_image_each ? threads_.inference : 1;
    OrderedWorkers<PreparedImage, PreparedImage> inference(
        inferences, QueueLength(inferences), [&] { return decoding.Next(is_stopped); },
        [&](PreparedImage prepared) {
          classifier.Classify(prepared);
          return prepared;
        });
    try {
      while (auto prepared = inference.Next([] { return false; })) {
        Record(std::move(*prepared), progress);
      }
      summary_.elapsed_s = stopwatch.ElapsedMs() / 1000;
      summary_.skipped_files = inputs.skipped_files();
      if (stream_) summary_.dropped_frames = stream_->dropped_frames();
      progress.Clear();
      const int status = Finish();
      if (StopSignals::Received() == 0) return status;
      ExitNow(status);
    } catch (...) {
      progress.Clear();
      ExitNow(ReportException());
    }
  }

 private:
  std::optional<Input> NextInput(InputSource& inputs) {
    if (stream_) return stream_->Next();
    std::optional<Input> input;
    do {
      input = inputs.Next();
    } while (input && recorded_.Take(input->path));
    return input;
  }

  // Nothing is left to be saved, and a thread may be waiting for standard input for ever.
  [[noreturn]] static void ExitNow(int status) { ::_exit(status); }

  // Of what decoding or inference hands out: a few more than its threads, so that none waits for a slow one.
  // Whole pictures are too large for that, and frames too soon out of date.
  size_t QueueLength(int threads) const {
    if (options_.is_mjpeg_stream || !options_.annotate.empty()) return 1;
    return static_cast<size_t>(threads) + 2;
  }

  void Record(PreparedImage prepared, Progress& progress) {
    const ClassifyRow& row = prepared.row;
    summary_.Add(row);
    if (row.error) {
      progress.Clear();
      PrintError(*row.error);
    } else if (!options_.annotate.empty()) {
      WriteAnnotated(options_.annotate, row, std::move(prepared.image));
    }
    Write(row);
    progress.Update(summary_.images, recorded_.records(), summary_.failures + recorded_.failures());
  }

  // Goes through the same inputs ahead of the run, to count them.
  std::function<bool()> Counter() const {
    if (!CanBeCounted(options_)) return nullptr;
    return [inputs = std::make_shared<InputSource>(options_.inputs)] { return inputs->Next().has_value(); };
  }

  // Starts the file, or continues it where it was made with the same settings.
  void BeginFile(const Classifier& classifier) {
    if (!file_->is_regular()) {
      if (options_.resume) Fail(file_->path(), ": cannot be resumed (a file is needed)");
      WriteText(Header());
      return;
    }
    metadata_ = Metadata(classifier);
    const std::string path = file_->path();
    const std::string text = RunMetadataJson(*metadata_);
    const bool is_continued = options_.resume && file_->size_bytes() > 0;
    if (is_continued) {
      const std::string earlier = ReadMetadata(path);
      if (!ReadPartMetadata(earlier)) {
        Fail(MetadataPath(path), ": is not there or not whole (without it ", path, " cannot be resumed)");
      }
      if (const auto difference = SettingsDifference(earlier, text, "")) {
        Fail(path, ": cannot be resumed with other settings: ", *difference);
      }
    } else {
      RefuseOtherFile(*file_);
    }
    // In this order nothing is lost where the metadata cannot be written, and none are there that call
    // records complete which are not.
    PartFile metadata(MetadataPath(path));
    metadata.Write(text);
    if (!is_continued) file_->Truncate(0);
    metadata.Commit();
    if (is_continued) {
      recorded_ = RecordedInputs(*file_, options_.format, Header(), options_.retry_failed);
    }
    if (file_->size_bytes() == 0) WriteText(Header());
    file_->StartSyncing(options_.sync);
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
    metadata.threads = threads_.inference;
    metadata.decode_threads = threads_.decode;
    metadata.max_pixels = options_.max_pixels;
    metadata.max_decode_ms = options_.max_decode_ms;
    RecordSettings& records = metadata.records;
    records.format = NameOf(kRecordFormats, options_.format);
    records.model_sha256 = Sha256OfFile(classifier.model_path());
    if (!options_.labels.empty()) records.labels_sha256 = Sha256OfFile(options_.labels);
    records.top_k = options_.top_k;
    records.threshold = options_.threshold;
    records.resize = NameOf(kResizeModes, std::optional(classifier.resize()));
    records.decode = NameOf(kDecodeModes, options_.exact_decode);
    records.precision = DataTypeName(plan.type());
    records.layers = fields_.layers;
    records.shard = StrCat(options_.inputs.shard.part, "/", options_.inputs.shard.parts);
    return metadata;
  }

  std::string Header() const {
    return options_.format == RecordFormat::kCsv ? CsvHeader(fields_, shown_predictions_) : "";
  }

  void Write(const ClassifyRow& row) {
    switch (options_.format) {
      case RecordFormat::kText:
        // Without a file the message on standard error is enough.
        return WriteText(row.error && !file_ ? "" : TextReport(row));
      case RecordFormat::kJson:
        return WriteText(JsonLine(row, fields_));
      case RecordFormat::kCsv:
        return WriteText(CsvLine(row, fields_, shown_predictions_));
    }
  }

  void WriteText(const std::string& text) { file_ ? file_->Write(text) : output_.Write(text); }

  int Finish() {
    const int signal = StopSignals::Received();
    summary_.recorded_before = recorded_.records();
    if (file_) {
      file_->Sync();
      if (metadata_ && signal == 0) {
        metadata_->is_complete = true;
        metadata_->images = summary_.images + summary_.recorded_before;
        metadata_->failures = summary_.failures + recorded_.failures();
        PartFile metadata(MetadataPath(file_->path()));
        metadata.Write(RunMetadataJson(*metadata_));
        metadata.Commit();
      }
    }
    if (signal != 0 || file_ || !is_one_image_) PrintNote(SummaryLine(summary_));
    if (signal != 0) return kExitSignal + signal;
    return summary_.failures + recorded_.failures() > 0 ? kExitSomeFailed : kExitOk;
  }

  const ClassifyOptions& options_;
  StandardOutput& output_;
  const bool is_one_image_;
  const RecordFields fields_;
  const Threads threads_;
  int shown_predictions_ = 0;  // of each image, at the most
  std::optional<RecordFile> file_;
  std::optional<RunMetadata> metadata_;  // of a file that can be continued
  RecordedInputs recorded_;
  std::optional<FrameStream> stream_;
  RunTotals summary_;
};

}  // namespace

int RunClassify(const ClassifyOptions& options, StandardOutput& output) {
  return ClassifyRun(options, output).Go();
}

}  // namespace mobilenet
