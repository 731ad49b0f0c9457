// mobilenet classify INPUT...: the labels of images, one record each.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "src/batch/classifier.h"
#include "src/batch/inputs.h"
#include "src/cli/engine_options.h"
#include "src/cli/standard_output.h"
#include "src/records/run_records.h"

namespace CLI {
class App;
}

namespace mobilenet {

struct ClassifyOptions {
  InputOptions inputs;
  bool is_mjpeg_stream = false;  // standard input, instead of `inputs`
  int64_t every = 1;             // of the stream's frames

  EngineOptions engine;
  ClassifierOptions classifier;
  int decode_threads = 0;  // 0: by the cores

  bool is_quiet = false;  // nothing but errors on standard error
  bool layers = false;
  std::string output;  // file; "" for standard output
  RecordOptions records;
  std::string annotate;  // folder for the pictures with their labels; "" for none
};

// Adds the subcommand; `run` is called with its options once they are parsed.
void AddClassifyCommand(CLI::App& app, const std::function<void(const ClassifyOptions&)>& run);

// Who takes the rows of a run in place of standard output.
class RowSink {
 public:
  virtual ~RowSink() = default;
  // The model is there, and no image was read yet. Throws Error where there is no use in going on.
  virtual void Begin(const Classifier& classifier) = 0;
  // Whether an input is to be classified. Not called by two threads at once.
  virtual bool Takes(const Input& input) = 0;
  // By the thread that runs, as Batch's sink.
  virtual void Add(const ClassifyRow& row) = 0;
};

// Classifies one image after the other. An image that cannot be read gets a line on stderr (and, in JSON and
// CSV, a record with its error), and the rest are done. The exit status; 128 + the signal's number after one
// that ended the run. Throws Error where nothing can be done, or the results cannot be written.
int RunClassify(const ClassifyOptions& options, StandardOutput& output, RowSink* sink = nullptr);

}  // namespace mobilenet
