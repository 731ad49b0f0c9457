// A model file: a safetensors file whose metadata hold everything a prediction depends on (mobilenet.*).
// Nothing in it is believed before it is checked; whatever is handed out is valid. The caller knows which
// tensors a network needs, and asks for each by name, type and shape.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/preprocess_spec.h"
#include "src/base/tensor.h"
#include "src/weights/safetensors.h"

namespace mobilenet {

enum class WeightQuantization { kNone, kU8PerTensor, kS8PerChannel };

// As in mobilenet.quantization; and as a tensor's type in a safetensors header.
std::string_view QuantizationName(WeightQuantization quantization);
// The value that has this name; throws Error if there is none.
WeightQuantization QuantizationOfName(std::string_view name);
std::string_view DtypeName(DataType type);

// The answer of a model that knows when it does not know, as one more class after its own.
inline constexpr std::string_view kUnknownLabel = "unknown";

class ModelFile {
 public:
  // Reads the file and checks header, tensors, metadata and, if there is one, the checksum of the weights.
  // Throws Error: "PATH: what is wrong (...)".
  static ModelFile Open(const std::string& path);
  // The same for a file that is already in memory.
  static ModelFile Parse(const std::string& path, LoadedFile file);

  const std::string& path() const { return file_.path(); }
  size_t size_bytes() const { return file_.bytes().size(); }
  // The whole file; its metadata as they are.
  std::span<const std::byte> bytes() const { return file_.bytes(); }
  const Safetensors::Metadata& metadata() const { return file_.metadata(); }
  // Of the bytes that were read; computed anew each time.
  std::string Sha256() const;
  // The checksum of the weights (checksum.h): the same for files that differ only in their metadata.
  std::string Checksum() const;
  const std::string& architecture() const { return architecture_; }
  double width_multiplier() const { return width_multiplier_; }
  int resolution() const { return resolution_; }  // pixels
  int classes() const { return classes_; }
  WeightQuantization quantization() const { return quantization_; }
  // The layers (models/layer_list.h) if the network is not one that its architecture's name stands for; not
  // checked.
  const std::optional<std::string>& layers() const { return layers_; }
  const PreprocessSpec& preprocess() const { return preprocess_; }
  const std::vector<std::string>& labels() const { return labels_; }  // one per class
  // If the best class's score is below this, the answer is kUnknownLabel; none if the file does not say so.
  const std::optional<double>& unknown_below() const { return unknown_below_; }
  // In percent, from mobilenet.source; none if it does not say.
  std::optional<double> PublishedTop1() const;

  // Whether there is a tensor of that name; the names of all tensors.
  bool Has(std::string_view name) const { return file_.Find(name) != nullptr; }
  std::vector<std::string> TensorNames() const { return file_.Names(); }
  // The tensor of that name, which must have this type and shape and, if f32, only finite values. Throws
  // Error: "PATH: conv1.weights: shape [3, 3, 3, 32], expected [32, 3, 3, 3]". Valid while this ModelFile
  // lives.
  TensorView Tensor(std::string_view name, DataType type, const Shape& shape) const;
  // The same with whatever type and shape it has in the file.
  TensorView StoredTensor(std::string_view name) const;
  // Whether the tensor's elements are half floats, in which f32 weights may be stored; if so, writes them as
  // floats [shape] to `to`. Throws Error like Tensor.
  bool IsHalf(std::string_view name) const;
  void WidenHalf(std::string_view name, const Shape& shape, float* to) const;
  // Gives the memory of a tensor that was handed out back to the system: nobody may read it any more, nor ask
  // for it or for Sha256() again.
  void GiveBack(const TensorView& tensor);
  // `NAME.scale` (f32, [count], each finite, above 0 and not subnormal).
  std::vector<float> Scales(std::string_view name, int64_t count) const;
  // `NAME.zero_point` (s32, [1], 0...255 for u8 files, -128...127 for s8 files).
  int ZeroPoint(std::string_view name) const;

 private:
  Safetensors file_;
  std::string architecture_;
  double width_multiplier_ = 0;
  int resolution_ = 0;
  int classes_ = 0;
  WeightQuantization quantization_ = WeightQuantization::kNone;
  std::optional<std::string> layers_;
  PreprocessSpec preprocess_;
  std::vector<std::string> labels_;
  std::optional<double> unknown_below_;
};

}  // namespace mobilenet
