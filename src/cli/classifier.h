// From an input to a record, in two steps: decoding with resizing, and inference.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "src/base/buffer_allocator.h"
#include "src/base/memory_budget.h"
#include "src/base/preprocess_spec.h"
#include "src/cli/classify.h"
#include "src/cli/inputs.h"
#include "src/engine/plan.h"
#include "src/image/image.h"
#include "src/report/rows.h"
#include "src/weights/model_file.h"

namespace mobilenet {

// An image between the two steps.
struct PreparedImage {
  ClassifyRow row;    // without predictions yet, or with the error
  ByteBuffer tensor;  // as the plan's input
  Image image;        // the whole picture, where it is to be annotated
};

class Classifier {
 public:
  // Loads the model. Of `threads` together either all share the layers of one image or, with
  // `one_image_each`, each infers an image of its own, so that none waits for another. `options` stay.
  // Throws Error.
  Classifier(const ClassifyOptions& options, const RecordFields& fields, int threads, bool one_image_each);

  const Plan& plan() const { return *plan_; }
  const std::string& model_path() const { return model_path_; }
  ResizeMode resize() const { return preprocess_.resize; }

  // Reads, decodes and resizes. What goes wrong with the input is in the row. For any number of threads.
  PreparedImage Prepare(Input input) const;
  // The inference, and with it the rest of the row. For as many threads at once as infer an image of their
  // own.
  void Classify(PreparedImage& prepared);

 private:
  void Decode(const Input& input, PreparedImage& prepared) const;
  Plan* TakePlan();
  void GiveBack(Plan* plan);

  const ClassifyOptions& options_;
  const RecordFields fields_;
  const size_t most_plans_;
  std::string model_path_;
  PreprocessSpec preprocess_;
  std::vector<std::string> labels_;  // one a class
  PlanOptions plan_options_;
  mutable MemoryBudget decode_memory_;
  const Plan* plan_ = nullptr;      // one of plans_, for whoever asks about the network
  std::mutex mutex_;                // of what follows
  std::optional<ModelFile> model_;  // until all plans are made, which pack their own copies of the weights
  std::vector<std::unique_ptr<Plan>> plans_;
  std::vector<Plan*> idle_plans_;
};

}  // namespace mobilenet
