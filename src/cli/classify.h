// mobilenet classify INPUT...: the labels of images, one record each.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "src/base/preprocess_spec.h"
#include "src/cli/engine_options.h"
#include "src/cli/inputs.h"
#include "src/cli/standard_output.h"
#include "src/records/record_file.h"
#include "src/records/record_format.h"

namespace CLI {
class App;
}

namespace mobilenet {

struct ClassifyOptions {
  InputOptions inputs;
  bool is_mjpeg_stream = false;  // standard input, instead of `inputs`
  int64_t every = 1;             // of the stream's frames

  EngineOptions engine;
  std::optional<ResizeMode> resize;  // instead of the model file's
  int64_t max_pixels = 100'000'000;
  double max_decode_ms = 0;   // 0: no limit
  bool exact_decode = false;  // every pixel of a JPEG, though the network sees fewer
  int decode_threads = 0;     // 0: by the cores

  int top_k = 5;
  double threshold = 0;  // the lowest score that is shown
  std::string labels;    // file of labels instead of the model's; "" for none
  bool layers = false;
  RecordFormat format = RecordFormat::kText;

  std::string output;    // file; "" for standard output
  std::string annotate;  // folder for the pictures with their labels; "" for none
  bool resume = false;
  bool retry_failed = false;
  SyncInterval sync;
};

// Adds the subcommand; `run` is called with its options once they are parsed.
void AddClassifyCommand(CLI::App& app, const std::function<void(const ClassifyOptions&)>& run);

// Classifies one image after the other. An image that cannot be read gets a line on stderr (and, in JSON and
// CSV, a record with its error), and the rest are done. The exit status; 128 + the signal's number after one
// that ended the run. Throws Error where nothing can be done, or the results cannot be written.
int RunClassify(const ClassifyOptions& options, StandardOutput& output);

}  // namespace mobilenet
