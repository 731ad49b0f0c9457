// The parts of new model files: tensors that are kept until the file exists, and metadata of the file that
// they are made from.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/base/tensor.h"
#include "src/json/json_writer.h"
#include "src/weights/model_file.h"
#include "src/weights/model_writer.h"
#include "src/weights/safetensors.h"

namespace mobilenet {

// The data of a file, into which the tensors of a model file point.
class TensorStore {
 public:
  // Data that somebody else keeps.
  void Add(std::string name, const TensorView& view) { tensors_.push_back({std::move(name), view}); }
  template <typename T>
  void Add(std::string name, DataType type, Shape shape, std::vector<T> values) {
    // One allocation each, so that they stay where they are.
    auto kept = std::make_shared<std::vector<T>>(std::move(values));
    Add(std::move(name), {type, std::move(shape), kept->data()});
    kept_.push_back(std::move(kept));
  }
  void Add(const std::string& name, const Quantization& quantization) {
    Add(name + ".scale", DataType::kF32, {1}, std::vector<float>{quantization.scale});
    Add(name + ".zero_point", DataType::kS32, {1}, std::vector<int32_t>{quantization.zero_point});
  }

  const std::vector<NamedTensor>& tensors() const { return tensors_; }

 private:
  std::vector<NamedTensor> tensors_;
  std::vector<std::shared_ptr<void>> kept_;
};

// The entries that start with "mobilenet.".
Safetensors::Metadata OwnMetadata(const ModelFile& file);

// The mobilenet.source of a file that `made_by` makes from this one; `write_more` adds whatever else there is
// to say. The licence is passed on with the weights; the published accuracy is not.
std::string SourceOf(const ModelFile& file, std::string_view made_by,
                     const std::function<void(JsonWriter& json)>& write_more);

}  // namespace mobilenet
