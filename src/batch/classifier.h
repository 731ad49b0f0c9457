// From an input to a record in two steps: decoding with resizing, and inference.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "src/base/buffer_allocator.h"
#include "src/base/free_cores.h"
#include "src/base/memory_budget.h"
#include "src/base/preprocess_spec.h"
#include "src/batch/batch_threads.h"
#include "src/batch/inputs.h"
#include "src/engine/new_head.h"
#include "src/engine/plan.h"
#include "src/image/image.h"
#include "src/report/rows.h"
#include "src/weights/model_file.h"

namespace mobilenet {

struct ClassifierOptions {
  std::optional<ResizeMode> resize;  // overrides the model file's
  int64_t max_pixels = 100'000'000;
  double max_decode_ms = 0;     // 0: no limit
  bool accept_damaged = false;  // take what there is of JPEGs whose end is missing
  bool exact_decode = false;    // every pixel of a JPEG, though the network sees fewer
  bool keeps_pictures = false;  // for callers that show the pictures
  int top_k = 5;
  double threshold = 0;  // the lowest score that is shown
  std::string labels;    // a file of labels instead of the model's; "" for none
  // Returns, instead of answers, the features of the model's trunk (engine/new_head.h) for each of these
  // views; if empty, answers.
  std::vector<View> feature_views = {};
  bool is_hashed = false;  // model and labels, to record what results were made with
  // Called once the model is read, before threads start; may change how many infer. May be null.
  std::function<void(const ModelFile& file, BatchThreads& threads)> adjust_threads;
};

// An image between the two steps.
struct PreparedImage {
  ClassifyRow row;    // without predictions yet, or with the error
  ByteBuffer tensor;  // the plan's input, for each view, one after the other
  Image image;        // the whole picture, if it is kept
};

class Classifier {
 public:
  // Loads the model; `threads` overrides the plan's number. While this is being made, the process must have
  // no other running threads if it looks at how busy others are. Throws Error.
  Classifier(const std::string& model_path, const PlanOptions& plan_options, const BatchThreads& threads,
             const ClassifierOptions& options, const RecordFields& fields);

  const Plan& plan() const { return *plan_; }
  const std::string& model_path() const { return model_path_; }
  const ClassifierOptions& options() const { return options_; }
  ResizeMode resize() const { return preprocess_.resize; }
  Interpolation interpolation() const { return preprocess_.interpolation; }
  // One per class and, if the model has it (ModelFile::unknown_below), kUnknownLabel.
  const std::vector<std::string>& labels() const { return labels_; }
  const Trunk& trunk() const { return trunk_; }  // if features are asked for
  // In percent of ImageNet's validation images, if the model file says so.
  std::optional<double> published_top1() const { return published_top1_; }
  // Of the files as they were read, if they are hashed; of the labels only if there is such a file. If
  // features are asked for, of the model's trunk.
  const std::string& model_sha256() const { return model_sha256_; }
  const std::optional<std::string>& labels_sha256() const { return labels_sha256_; }
  // As given, except for a model so large that all threads share one image and its packed weights.
  const BatchThreads& batch_threads() const { return threads_; }
  // Of the inference, at the moment.
  int threads() const { return threads_.one_image_each ? threads_.inference : plan_->threads(); }

  // Reads, decodes and resizes. Errors of the input are in the row. Any number of threads may call it.
  PreparedImage Prepare(Input input) const;
  // Runs the inference and fills in the rest of the row. As many threads may call it at once as infer images
  // of their own.
  void Classify(PreparedImage& prepared);

 private:
  void Decode(const Input& input, PreparedImage& prepared) const;
  void Predict(std::span<const float> scores, ClassifyRow& row) const;
  Plan* TakePlan();
  void GiveBack(Plan* plan);
  int FreeThreads() const;

  const ClassifierOptions options_;
  const RecordFields fields_;
  const std::string model_path_;
  BatchThreads threads_;
  size_t most_plans_ = 1;
  PreprocessSpec preprocess_;
  std::vector<std::string> labels_;  // one per class, and perhaps one for none of them
  std::optional<double> unknown_below_;
  Trunk trunk_;
  std::optional<double> published_top1_;
  std::string model_sha256_;
  std::optional<std::string> labels_sha256_;
  PlanOptions plan_options_;
  mutable MemoryBudget decode_memory_;
  const Plan* plan_ = nullptr;           // one of plans_, for questions about the network
  std::optional<FreeCores> free_cores_;  // if threads follow the load; for the one thread that infers
  std::mutex mutex_;                     // guards what follows
  std::optional<ModelFile> model_;  // until all plans, which pack their own copies of the weights, are made
  std::vector<std::unique_ptr<Plan>> plans_;
  std::vector<Plan*> idle_plans_;
};

}  // namespace mobilenet
