#include "src/cli/classify.h"

#include <algorithm>
#include <memory>
#include <new>
#include <utility>

#include <CLI/CLI.hpp>

#include "src/base/error.h"
#include "src/base/stopwatch.h"
#include "src/cli/cli.h"
#include "src/cli/error_output.h"
#include "src/cli/layer_rows.h"
#include "src/cli/model_lookup.h"
#include "src/engine/topk.h"
#include "src/image/image.h"
#include "src/image/preprocess.h"
#include "src/report/json_lines.h"
#include "src/report/text.h"
#include "src/weights/model_file.h"

namespace mobilenet {
namespace {

const Choices<std::optional<ResizeMode>> kResizeModes = {
    {"model", std::nullopt},
    {"crop", ResizeMode::kCrop},
    {"squash", ResizeMode::kSquash},
    {"fit", ResizeMode::kFit},
};

class Classifier {
 public:
  explicit Classifier(const ClassifyOptions& options) : options_(options) {
    // The plan packs its own copy of the weights: the file stays mapped no longer than that takes.
    const ModelFile file = ModelFile::Open(FindModel(options.engine.model));
    preprocess_ = file.preprocess();
    if (options.resize) preprocess_.resize = *options.resize;
    labels_ = file.labels();
    plan_ = std::make_unique<Plan>(file, options.engine.PlanOptionsHere());
  }

  ClassifyRow Classify(const std::string& path, bool with_layers) {
    ClassifyRow row;
    row.path = path;
    try {
      Predict(row);
      if (with_layers) row.layers = LayerRows(*plan_);
    } catch (const Error& error) {
      row.error = error.what();
    } catch (const std::bad_alloc&) {
      row.error = path + ": not enough memory for this image (a smaller one, or --max-pixels to refuse it)";
    }
    return row;
  }

 private:
  void Predict(ClassifyRow& row) {
    const int resolution = plan_->network().resolution;
    const Stopwatch decode;
    const Image image = DecodeImageFile(row.path, {options_.max_pixels});
    row.decode_ms = decode.ElapsedMs();
    row.width = image.width;
    row.height = image.height;

    const Stopwatch preprocess;
    PreprocessImage(image, preprocess_, resolution, plan_->type(), plan_->input_quantization(),
                    plan_->input());
    row.preprocess_ms = preprocess.ElapsedMs();

    const Stopwatch inference;
    const std::span<const float> scores = plan_->Run();
    row.inference_ms = inference.ElapsedMs();

    for (int index : TopK(scores, options_.top_k)) {
      const auto i = static_cast<size_t>(index);
      row.predictions.push_back({index, labels_[i], scores[i]});
    }
  }

  const ClassifyOptions& options_;
  PreprocessSpec preprocess_;
  std::vector<std::string> labels_;
  std::unique_ptr<Plan> plan_;
};

}  // namespace

void AddClassifyCommand(CLI::App& app, const std::function<void(const ClassifyOptions&)>& run) {
  auto options = std::make_shared<ClassifyOptions>();
  CLI::App* command = app.add_subcommand("classify", "Labels, times and layer latencies of images");
  command->add_option("IMAGE", options->images, "JPEG, PNG, BMP, GIF, TGA, PSD, HDR, PIC or PNM")
      ->type_name("")
      ->required();
  AddNumber(*command, "-k,--top-k", options->top_k, 1, 1'000'000, "Predictions an image")
      ->capture_default_str();
  command->add_flag("--layers", options->layers, "Latency of every layer (one image: by default)");
  AddChoice(*command, "--format", options->format, kOutputFormats, "Default: text");
  AddChoice(*command, "--resize", options->resize, kResizeModes,
            "To square. Default: as the model file says");
  AddEngineOptions(*command, options->engine);
  AddNumber(*command, "--max-pixels", options->max_pixels, int64_t{1}, int64_t{1} << 40,
            "Refuse larger images")
      ->capture_default_str();
  command->footer("Example: mobilenet classify --top-k 3 --format json *.jpg");
  command->callback([options, run] { run(*options); });
}

int RunClassify(const ClassifyOptions& options, StandardOutput& output) {
  Classifier classifier(options);
  const bool text = options.format == OutputFormat::kText;
  const bool layers = options.layers || (text && options.images.size() == 1 && output.IsTerminal());
  bool all_good = true;
  for (const std::string& path : options.images) {
    const ClassifyRow row = classifier.Classify(path, layers);
    if (row.error) {
      all_good = false;
      PrintError(*row.error);
    }
    if (!text) output.Write(JsonLine(row, layers));
    if (text && !row.error) output.Write(TextReport(row));
  }
  return all_good ? kExitOk : kExitSomeFailed;
}

}  // namespace mobilenet
