#include "src/batch/classifier.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <new>
#include <span>
#include <utility>

#include "src/base/error.h"
#include "src/base/limits.h"
#include "src/base/stopwatch.h"
#include "src/base/str_cat.h"
#include "src/batch/label_file.h"
#include "src/engine/layer_rows.h"
#include "src/engine/model_network.h"
#include "src/engine/topk.h"
#include "src/image/image.h"
#include "src/image/preprocess.h"
#include "src/image/read_file.h"
#include "src/records/file_stamp.h"
#include "src/weights/model_file.h"

namespace mobilenet {
namespace {

// A quarter of the memory available when the run begins; if unknown, of all memory.
int64_t DecodeMemoryBytes() {
  const auto available = AvailableMemoryBytes();
  return available.value_or(int64_t{::sysconf(_SC_PHYS_PAGES)} * ::sysconf(_SC_PAGESIZE)) / 4;
}

// A plan packs its own copy of the weights. Up to this many bytes, each thread has its own plan and waits for
// no other; larger weights are packed once, and the threads share the layers of each image, which have work
// for all.
constexpr int64_t kMostBytesOfAPlanEach = int64_t{64} << 20;

// About as many bytes as a plan's weights take.
int64_t PackedBytes(const ModelFile& file, const PlanOptions& options) {
  const bool is_dequantized =
      options.precision == DataType::kF32 && file.quantization() != WeightQuantization::kNone;
  return static_cast<int64_t>(file.size_bytes()) * (is_dequantized ? 4 : 1);
}

}  // namespace

Classifier::Classifier(const std::string& model_path, const PlanOptions& plan_options,
                       const BatchThreads& threads, const ClassifierOptions& options,
                       const RecordFields& fields)
    : options_(options),
      fields_(fields),
      model_path_(model_path),
      threads_(threads),
      plan_options_(plan_options),
      decode_memory_(DecodeMemoryBytes()) {
  if (threads.load_check != LoadCheck::kNever && threads.inference > 1) free_cores_.emplace();
  model_ = ModelFile::Open(model_path_);
  if (options.adjust_threads) options.adjust_threads(*model_, threads_);
  if (PackedBytes(*model_, plan_options) > kMostBytesOfAPlanEach) threads_.one_image_each = false;
  if (threads_.one_image_each) most_plans_ = static_cast<size_t>(threads_.inference);
  plan_options_.threads = threads_.one_image_each ? 1 : threads_.inference;
  plan_options_.cache_bytes /= static_cast<int64_t>(most_plans_);  // the plans share it
  preprocess_ = model_->preprocess();
  if (options.resize) preprocess_.resize = *options.resize;
  published_top1_ = model_->PublishedTop1();
  if (!options.feature_views.empty()) {
    const Network network = NetworkOf(*model_);
    trunk_ = TrunkOf(*model_, network);
    model_sha256_ = TrunkSha256(*model_, network, trunk_);
  } else if (options.is_hashed) {
    model_sha256_ = model_->Sha256();
  }
  if (options.labels.empty()) {
    labels_ = model_->labels();
  } else {
    LabelFile file = ReadLabels(options.labels, model_->classes());
    labels_ = std::move(file.labels);
    labels_sha256_ = std::move(file.sha256);
  }
  unknown_below_ = model_->unknown_below();
  if (unknown_below_) labels_.emplace_back(kUnknownLabel);
  if (free_cores_) {
    free_cores_->Look();
    // Threads that will never run are not started.
    if (threads.load_check == LoadCheck::kOnce) plan_options_.threads = FreeThreads();
  }
  Plan* const plan = TakePlan();
  plan_ = plan;
  GiveBack(plan);
}

// A plan that is not in use; more are made when they are first needed.
Plan* Classifier::TakePlan() {
  const std::lock_guard lock(mutex_);
  if (idle_plans_.empty()) {
    if (!model_) Fail(model_path_, ": a plan of it failed, and the file is no longer there for another one");
    if (plans_.size() + 1 < most_plans_) {
      plans_.push_back(std::make_unique<Plan>(*model_, plan_options_));
    } else {
      // The last plan takes the file with it; if it fails, what is left of the file is no longer a model.
      ModelFile last = *std::exchange(model_, std::nullopt);
      plans_.push_back(std::make_unique<Plan>(std::move(last), plan_options_));
    }
    Plan* const made = plans_.back().get();
    if (fields_.layers) {
      // The first run of a plan waits for memory and fills the caches: its layer latencies say little.
      made->Run();
      made->Rest();
    }
    return made;
  }
  Plan* const plan = idle_plans_.back();
  idle_plans_.pop_back();
  return plan;
}

void Classifier::GiveBack(Plan* plan) {
  const std::lock_guard lock(mutex_);
  idle_plans_.push_back(plan);
}

int Classifier::FreeThreads() const {
  return std::clamp(free_cores_->Count() - threads_.kept_cores, 1, threads_.inference);
}

PreparedImage Classifier::Prepare(Input input) const {
  PreparedImage prepared;
  ClassifyRow& row = prepared.row;
  row.path = input.path;
  row.frame = input.frame;
  row.error = input.error;
  // Before the file is read: if it changes meanwhile, its record is out of date and can be recognised as
  // such.
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
  options.accept_damaged = options_.accept_damaged;
  options.memory = &decode_memory_;
  if (!options_.exact_decode) {
    options.target = {preprocess_.resize, preprocess_.crop_fraction, plan_->network().resolution,
                      preprocess_.interpolation};
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
  prepared.row.damaged = image.damaged;

  const Stopwatch preprocess;
  const int resolution = plan_->network().resolution;
  const auto side = static_cast<size_t>(resolution);
  const size_t tensor_bytes =
      side * side * static_cast<size_t>(preprocess_.channels()) * ElementBytes(plan_->type());
  const std::vector<View>& views = options_.feature_views;
  prepared.tensor.resize(tensor_bytes * std::max<size_t>(views.size(), 1));
  for (size_t i = 0; i < std::max<size_t>(views.size(), 1); ++i) {
    PreprocessImage(image, preprocess_, resolution, plan_->type(), plan_->input_quantization(),
                    prepared.tensor.data() + i * tensor_bytes, views.empty() ? View{} : views[i]);
  }
  prepared.row.preprocess_ms = preprocess.ElapsedMs();
  if (options_.keeps_pictures) prepared.image = std::move(image);
}

void Classifier::Classify(PreparedImage& prepared) {
  ClassifyRow& row = prepared.row;
  if (row.error) return;
  Plan* const plan = TakePlan();
  if (threads_.load_check == LoadCheck::kAlways && free_cores_) {
    free_cores_->Update();
    plan->UseThreads(FreeThreads());
  }
  const Stopwatch inference;
  if (options_.feature_views.empty()) {
    std::memcpy(plan->input(), prepared.tensor.data(), prepared.tensor.size());
    const std::span<const float> scores = plan->Run();
    row.inference_ms = inference.ElapsedMs();
    Predict(scores, row);
    if (fields_.layers && !row.error) row.layers = LayerRows(*plan);
  } else {
    const size_t tensor_bytes = prepared.tensor.size() / options_.feature_views.size();
    for (size_t i = 0; i < options_.feature_views.size(); ++i) {
      std::memcpy(plan->input(), prepared.tensor.data() + i * tensor_bytes, tensor_bytes);
      const Operand features = plan->RunTo(trunk_.features);
      const auto* const first = static_cast<const uint8_t*>(features.data);
      row.features.emplace_back(first,
                                first + static_cast<size_t>(trunk_.count) * ElementBytes(plan->type()));
    }
    row.inference_ms = inference.ElapsedMs();
  }
  plan->Rest();
  GiveBack(plan);
}

void Classifier::Predict(std::span<const float> scores, ClassifyRow& row) const {
  if (std::any_of(scores.begin(), scores.end(), [](float score) { return std::isnan(score); })) {
    row.error = StrCat(row.path, ": the network's scores are not numbers (the weights of ", model_path_,
                       " are damaged, or never worked)");
    return;
  }
  for (int index : TopK(scores, options_.top_k)) {
    const auto i = static_cast<size_t>(index);
    if (unknown_below_ && row.predictions.empty() && static_cast<double>(scores[i]) < *unknown_below_) {
      // With the best class's score, whatever --threshold says, since it is the answer.
      row.predictions.push_back({static_cast<int>(scores.size()), std::string(kUnknownLabel), scores[i]});
    }
    if (static_cast<double>(scores[i]) < options_.threshold ||
        std::ssize(row.predictions) == options_.top_k) {
      break;
    }
    row.predictions.push_back({index, labels_[i], scores[i]});
  }
}

}  // namespace mobilenet
