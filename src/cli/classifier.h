// From an input to a record, in two steps: what many threads do at once, and what one does.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "src/base/buffer_allocator.h"
#include "src/base/preprocess_spec.h"
#include "src/cli/classify.h"
#include "src/cli/inputs.h"
#include "src/engine/plan.h"
#include "src/image/image.h"
#include "src/report/rows.h"

namespace mobilenet {

// An image between the two steps.
struct PreparedImage {
  ClassifyRow row;    // without predictions yet, or with the error
  ByteBuffer tensor;  // as the plan's input
  Image image;        // the whole picture, where it is to be annotated
};

class Classifier {
 public:
  // Loads the model, to run on so many threads. `options` stay. Throws Error.
  Classifier(const ClassifyOptions& options, const RecordFields& fields, int threads);

  const Plan& plan() const { return *plan_; }
  const std::string& model_path() const { return model_path_; }
  ResizeMode resize() const { return preprocess_.resize; }

  // Reads, decodes and resizes. What goes wrong with the input is in the row. For any number of threads.
  PreparedImage Prepare(Input input) const;
  // The inference, and with it the rest of the row. For one thread at a time.
  void Classify(PreparedImage& prepared);

 private:
  void Decode(const Input& input, PreparedImage& prepared) const;

  const ClassifyOptions& options_;
  const RecordFields fields_;
  std::string model_path_;
  PreprocessSpec preprocess_;
  std::vector<std::string> labels_;  // one a class
  std::unique_ptr<Plan> plan_;
};

}  // namespace mobilenet
