#include "src/cli/classifier.h"

#include <unistd.h>

#include <cstring>
#include <new>
#include <span>
#include <utility>

#include "src/base/error.h"
#include "src/base/stopwatch.h"
#include "src/cli/file_stamp.h"
#include "src/cli/label_file.h"
#include "src/cli/layer_rows.h"
#include "src/cli/model_lookup.h"
#include "src/engine/topk.h"
#include "src/image/image.h"
#include "src/image/preprocess.h"
#include "src/image/read_file.h"
#include "src/weights/model_file.h"

namespace mobilenet {

Classifier::Classifier(const ClassifyOptions& options, const RecordFields& fields, int threads)
    : options_(options), fields_(fields), model_path_(FindModel(options.engine.model)) {
  // The plan packs its own copy of the weights: the file stays mapped no longer than that takes.
  const ModelFile file = ModelFile::Open(model_path_);
  preprocess_ = file.preprocess();
  if (options.resize) preprocess_.resize = *options.resize;
  labels_ = options.labels.empty() ? file.labels() : ReadLabels(options.labels, file.classes());
  PlanOptions plan_options = options.engine.PlanOptionsHere();
  plan_options.threads = threads;
  plan_ = std::make_unique<Plan>(file, plan_options);
}

PreparedImage Classifier::Prepare(Input input) const {
  PreparedImage prepared;
  ClassifyRow& row = prepared.row;
  row.path = input.path;
  row.frame = input.frame;
  row.error = input.error;
  // Before the file is read: if it changes meanwhile, its record is out of date, and seen to be.
  if (fields_.stamp && !input.is_standard_input) row.stamp = StampOf(input.path);
  if (row.error) return prepared;
  try {
    Decode(input, prepared);
  } catch (const Error& error) {
    row.error = error.what();
  } catch (const std::bad_alloc&) {
    row.error = row.path + ": not enough memory for this image (a smaller one, or --max-pixels to refuse it)";
  }
  return prepared;
}

void Classifier::Decode(const Input& input, PreparedImage& prepared) const {
  DecodeOptions options{.max_pixels = options_.max_pixels, .max_decode_ms = options_.max_decode_ms};
  if (!options_.exact_decode) {
    options.target = {preprocess_.resize, preprocess_.crop_fraction, plan_->network().resolution};
  }
  const Stopwatch decode;
  const auto decoded = [&] {
    if (input.frame) return DecodeImage(input.bytes, StrCat("frame ", *input.frame), options);
    if (!input.is_standard_input) return DecodeImageFile(input.path, options);
    const std::string name = "standard input";
    return DecodeImage(ReadDescriptor(STDIN_FILENO, name, options.max_file_bytes), name, options);
  };
  Image image = decoded();
  prepared.row.decode_ms = decode.ElapsedMs();
  prepared.row.width = image.placement ? image.placement->width : image.width;
  prepared.row.height = image.placement ? image.placement->height : image.height;

  const Stopwatch preprocess;
  const int resolution = plan_->network().resolution;
  const auto side = static_cast<size_t>(resolution);
  prepared.tensor.resize(side * side * 3 * ElementBytes(plan_->type()));
  PreprocessImage(image, preprocess_, resolution, plan_->type(), plan_->input_quantization(),
                  prepared.tensor.data());
  prepared.row.preprocess_ms = preprocess.ElapsedMs();
  if (!options_.annotate.empty()) prepared.image = std::move(image);
}

void Classifier::Classify(PreparedImage& prepared) {
  ClassifyRow& row = prepared.row;
  if (row.error) return;
  std::memcpy(plan_->input(), prepared.tensor.data(), prepared.tensor.size());
  const Stopwatch inference;
  const std::span<const float> scores = plan_->Run();
  row.inference_ms = inference.ElapsedMs();
  for (int index : TopK(scores, options_.top_k)) {
    const auto i = static_cast<size_t>(index);
    if (!(static_cast<double>(scores[i]) >= options_.threshold)) break;
    row.predictions.push_back({index, labels_[i], scores[i]});
  }
  if (fields_.layers) row.layers = LayerRows(*plan_);
}

}  // namespace mobilenet
