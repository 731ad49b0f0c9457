// The command line of mobilenet classify.
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "src/cli/classify.h"
#include "src/cli/classify_choices.h"
#include "src/cli/options.h"
#include "src/cli/path_arguments.h"
#include "src/cli/run_options.h"

namespace mobilenet {
namespace {

void AddInputOptions(CLI::App& command, ClassifyOptions& options) {
  const OptionGroup group(command, "Input");
  InputOptions& inputs = options.inputs;
  AddPaths(command, "IMAGE", inputs.arguments,
           "Images, folders, @LIST for a file of names,\n- for an image on standard input");
  command.add_flag("-r,--recursive", inputs.is_recursive, "Also look into the folders within folders");
  command.add_flag("--hidden", inputs.takes_hidden, "Also use hidden files and folders");
  command
      .add_option("--files-from", inputs.files_from,
                  "Read the names of images from FILE; - is\nstandard input")
      ->type_name("FILE");
  command.add_flag("-0,--null", inputs.has_nul_separators, "Names in lists end with NUL, not newline");
  AddShardOption(command, inputs.shard);
  AddChoice(command, "--stream", options.is_mjpeg_stream, kStreams,
            "Read JPEGs, one after another, from standard\ninput");
  AddNumber(command, "--every", options.every, int64_t{1}, int64_t{1} << 40,
            "Use every N-th frame of a stream")
      ->capture_default_str();
}

void AddOutputOptions(CLI::App& command, ClassifyOptions& options) {
  const OptionGroup group(command, "Output");
  AddNumber(command, "-k,--top-k", options.classifier.top_k, 1, 1'000'000, "Print N labels for each image")
      ->capture_default_str();
  AddReal(command, "--threshold", options.classifier.threshold, 0, 1,
          "Leave out labels with a lower score, in 0...1")
      ->type_name("SCORE");
  command.add_option("--labels", options.classifier.labels, "Use the labels in FILE, one per line")
      ->type_name("FILE");
  command.add_flag("--layers", options.layers,
                   "Print the latency of every layer; on a terminal\nthe default for a single image");
  AddChoice(command, "--format", options.records.format, kRecordFormats, kFormatHelp);
  command
      .add_option("-o,--output", options.output,
                  "Write the results to FILE, and what they were\nmade with to FILE.meta.json")
      ->type_name("FILE");
  command
      .add_option("--annotate", options.annotate, "Write the pictures to FOLDER, with their labels\non them")
      ->type_name("FOLDER");
  AddRecordOptions(command, options.records);
  AddQuietOption(command, options.is_quiet);
}

// Rules that concern more than one option.
void CheckTogether(const ClassifyOptions& options) {
  const InputOptions& inputs = options.inputs;
  const bool has_inputs = !inputs.arguments.empty() || !inputs.files_from.empty();
  if (!has_inputs && !options.is_mjpeg_stream) throw CLI::RequiredError("IMAGE");
  if (has_inputs && options.is_mjpeg_stream) {
    throw CLI::ValidationError("--stream", "reads standard input and takes no other images");
  }
  if (options.every != 1 && !options.is_mjpeg_stream) throw CLI::ValidationError("--every", "needs --stream");
  if (options.layers && options.records.format == RecordFormat::kCsv) {
    throw CLI::ValidationError("--layers", "cannot be written as CSV (use text or json)");
  }
  if (options.records.retry_failed && !options.records.resume)
    throw CLI::ValidationError("--retry-failed", "needs --resume");
  if (!options.records.resume) return;
  if (options.output.empty()) throw CLI::ValidationError("--resume", "needs --output");
  if (options.records.format == RecordFormat::kText) {
    throw CLI::ValidationError("--resume", "needs --format json or csv");
  }
  bool reads_image = options.is_mjpeg_stream;
  for (const std::string& argument : inputs.arguments) reads_image = reads_image || argument == "-";
  if (reads_image) throw CLI::ValidationError("--resume", "images on standard input cannot be read again");
}

}  // namespace

void AddClassifyCommand(CLI::App& app, const std::function<void(const ClassifyOptions&)>& run) {
  auto options = std::make_shared<ClassifyOptions>();
  CLI::App* command = app.add_subcommand("classify", "Print the labels of images, and how long it took");
  AddInputOptions(*command, *options);
  AddOutputOptions(*command, *options);
  AddRunOptions(*command, *options);
  command->footer(
      "Example: mobilenet classify --top-k 3 --format json *.jpg\n"
      "         mobilenet classify -r photos --format csv --output labels.csv --resume");
  command->callback([options, run] {
    CheckTogether(*options);
    // The picture is shown whole.
    if (!options->annotate.empty())
      options->classifier.exact_decode = options->classifier.keeps_pictures = true;
    options->inputs.left_out_folder = options->annotate;
    options->classifier.is_hashed = !options->output.empty();
    run(*options);
  });
}

}  // namespace mobilenet
