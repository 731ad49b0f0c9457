// From an input to a record, in two steps: decoding with resizing, and inference.
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
  std::optional<ResizeMode> resize;  // instead of the model file's
  int64_t max_pixels = 100'000'000;
  double max_decode_ms = 0;     // 0: no limit
  bool accept_damaged = false;  // of JPEGs whose end is missing what is there
  bool exact_decode = false;    // every pixel of a JPEG, though the network sees fewer
  bool keeps_pictures = false;  // for whoever shows them
  int top_k = 5;
  double threshold = 0;  // the lowest score that is shown
  std::string labels;    // file of labels instead of the model's; "" for none
  // Not the answers but the features of the model's trunk (engine/new_head.h), of each of these views; none:
  // the answers.
  std::vector<View> feature_views = {};
  bool is_hashed = false;  // model and labels, for whoever says what results were made with
  // Once the model is read, and before threads start: may change how many infer. Null: nobody does.
  std::function<void(const ModelFile& file, BatchThreads& threads)> adjust_threads;
};

// An image between the two steps.
struct PreparedImage {
  ClassifyRow row;    // without predictions yet, or with the error
  ByteBuffer tensor;  // as the plan's input; of each view, one after the other
  Image image;        // the whole picture, where it is kept
};

class Classifier {
 public:
  // Loads the model; `threads` count instead of the plan's. While this is made, and others are busy, the
  // process has no other threads that run. Throws Error.
  Classifier(const std::string& model_path, const PlanOptions& plan_options, const BatchThreads& threads,
             const ClassifierOptions& options, const RecordFields& fields);

  const Plan& plan() const { return *plan_; }
  const std::string& model_path() const { return model_path_; }
  const ClassifierOptions& options() const { return options_; }
  ResizeMode resize() const { return preprocess_.resize; }
  Interpolation interpolation() const { return preprocess_.interpolation; }
  // One a class and, of a model that has it (ModelFile::unknown_below), kUnknownLabel.
  const std::vector<std::string>& labels() const { return labels_; }
  const Trunk& trunk() const { return trunk_; }  // where features are asked for
  // In percent of ImageNet's validation images, where the model file has it.
  std::optional<double> published_top1() const { return published_top1_; }
  // Of the files as they were read, if they are hashed; of the labels only where there is such a file. Where
  // features are asked for, of the model's trunk.
  const std::string& model_sha256() const { return model_sha256_; }
  const std::optional<std::string>& labels_sha256() const { return labels_sha256_; }
  // As they were given, but for a model so large that all share one image and its packed weights.
  const BatchThreads& batch_threads() const { return threads_; }
  // Of the inference, now.
  int threads() const { return threads_.one_image_each ? threads_.inference : plan_->threads(); }

  // Reads, decodes and resizes. What goes wrong with the input is in the row. For any number of threads.
  PreparedImage Prepare(Input input) const;
  // The inference, and with it the rest of the row. For as many threads at once as infer an image of their
  // own.
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
  std::vector<std::string> labels_;  // one a class, and perhaps one for none of them
  std::optional<double> unknown_below_;
  Trunk trunk_;
  std::optional<double> published_top1_;
  std::string model_sha256_;
  std::optional<std::string> labels_sha256_;
  PlanOptions plan_options_;
  mutable MemoryBudget decode_memory_;
  const Plan* plan_ = nullptr;           // one of plans_, for whoever asks about the network
  std::optional<FreeCores> free_cores_;  // where threads follow the load; of the one thread that infers
  std::mutex mutex_;                     // of what follows
  std::optional<ModelFile> model_;  // until all plans are made, which pack their own copies of the weights
  std::vector<std::unique_ptr<Plan>> plans_;
  std::vector<Plan*> idle_plans_;
};

}  // namespace mobilenet
