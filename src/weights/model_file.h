// A model file: a safetensors file whose metadata say everything a prediction depends on (mobilenet.*).
// Nothing in it is believed before it is checked; what is handed out is true. Which tensors a network needs
// is for the caller to know: it asks for each by name, type and shape.
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

// As mobilenet.quantization has it; as a safetensors header has the type of a tensor's elements.
std::string_view QuantizationName(WeightQuantization quantization);
// That of a name; throws Error for what is none.
WeightQuantization QuantizationOfName(std::string_view name);
std::string_view DtypeName(DataType type);
// Of half floats, which are no type that tensors have once they are read.
inline constexpr std::string_view kHalfDtype = "F16";

// What a model that knows when it does not know answers then, as a class after its own ones.
inline constexpr std::string_view kUnknownLabel = "unknown";

class ModelFile {
 public:
  // Reads the file and checks header, tensors, metadata and, where there is a check sum, the weights. Throws
  // Error: "PATH: what is wrong (...)".
  static ModelFile Open(const std::string& path);
  // The same of a file that is in memory already.
  static ModelFile Parse(const std::string& path, LoadedFile file);

  const std::string& path() const { return file_.path(); }
  size_t size_bytes() const { return file_.bytes().size(); }
  // The whole file; what it says of itself, as it says it.
  std::span<const std::byte> bytes() const { return file_.bytes(); }
  const Safetensors::Metadata& metadata() const { return file_.metadata(); }
  // Of the bytes that were read; computed anew each time.
  std::string Sha256() const;
  // The check sum of the weights (checksum.h): the same of files that differ in what they say of themselves.
  std::string Checksum() const;
  const std::string& architecture() const { return architecture_; }
  double width_multiplier() const { return width_multiplier_; }
  int resolution() const { return resolution_; }  // pixels
  int classes() const { return classes_; }
  WeightQuantization quantization() const { return quantization_; }
  // The layers (models/layer_list.h) of a network that its architecture's name does not stand for; not
  // checked.
  const std::optional<std::string>& layers() const { return layers_; }
  const PreprocessSpec& preprocess() const { return preprocess_; }
  const std::vector<std::string>& labels() const { return labels_; }  // one a class
  // Below this score of the best class the answer is kUnknownLabel; none where the file does not say so.
  const std::optional<double>& unknown_below() const { return unknown_below_; }
  // Percent, as mobilenet.source says who published the weights; none where it does not.
  std::optional<double> PublishedTop1() const;

  // Whether there is a tensor of that name; the names of all.
  bool Has(std::string_view name) const { return file_.Find(name) != nullptr; }
  std::vector<std::string> TensorNames() const { return file_.Names(); }
  // The tensor of that name, which must have this type and shape and, if f32, only finite values. Throws
  // Error: "PATH: conv1.weights: shape [3, 3, 3, 32], expected [32, 3, 3, 3]". Valid while this ModelFile
  // lives.
  TensorView Tensor(std::string_view name, DataType type, const Shape& shape) const;
  // The same of whatever type and shape it has in the file.
  TensorView StoredTensor(std::string_view name) const;
  // Whether the tensor's elements are half floats, in which f32 weights may be stored; if so, they as floats:
  // [shape] into `to`. Throws Error as Tensor does.
  bool IsHalf(std::string_view name) const;
  void WidenHalf(std::string_view name, const Shape& shape, float* to) const;
  // The memory of a tensor that was handed out goes back to the system: nobody reads it any more, nor asks
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
