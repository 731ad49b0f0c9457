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
  bool is_mjpeg_stream = false;  // read standard input, instead of `inputs`
  int64_t every = 1;             // take every n-th of the stream's frames

  EngineOptions engine;
  ClassifierOptions classifier;
  int decode_threads = 0;  // 0: as many as suit the cores

  bool is_quiet = false;  // only errors on standard error
  bool layers = false;
  std::string output;  // file; "" for standard output
  RecordOptions records;
  std::string annotate;  // folder for the pictures with their labels; "" for none
};

// Adds the subcommand; `run` is called with its options once they are parsed.
void AddClassifyCommand(CLI::App& app, const std::function<void(const ClassifyOptions&)>& run);

// Takes the rows of a run instead of standard output.
class RowSink {
 public:
  virtual ~RowSink() = default;
  // The model is loaded, and no image has been read. Throws Error if there is no use in going on.
  virtual void Begin(const Classifier& classifier) = 0;
  // Whether an input is to be classified. Not called by two threads at once.
  virtual bool Takes(const Input& input) = 0;
  // Called by the thread that runs, as Batch's sink.
  virtual void Add(const ClassifyRow& row) = 0;
};

// Classifies one image after another. An image that cannot be read gets a line on stderr (and, in JSON and
// CSV, a record with its error), and the rest are done. Returns the exit status; 128 + the signal's number if
// a signal ended the run. Throws Error if nothing can be done, or the results cannot be written.
int RunClassify(const ClassifyOptions& options, StandardOutput& output, RowSink* sink = nullptr);

}  // namespace mobilenet
