// What runs layers: a backend turns one layer with its weights into a step, at load time, with every pointer
// fixed; running the step is all that is left for each image.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "models/layer.h"
#include "src/base/tensor.h"

namespace mobilenet {

// The weights of one layer in the type it runs in. Shapes as models/layer.h says.
struct LayerWeights {
  TensorView weights;         // f32, u8 or s8
  TensorView bias;            // [OC]: f32, or s32 with scale input.scale * weight scale and zero point 0
  std::vector<float> scales;  // of quantised weights: one (u8), or one an output channel (s8)
  int zero_point = 0;         // of u8 weights; 0 for s8
};

// Output channels [begin, end) of a layer.
struct ChannelRange {
  int64_t begin = 0;
  int64_t end = 0;
};

// A feature map that a step reads or writes, or a strip of its rows: real value = scale * (quantised -
// zero_point) for u8 and s8; the quantization of f32 is ignored.
struct Operand {
  Shape shape;  // {H, W, C}
  Quantization quantization = {};
  // Owned by the plan, AlignedBuffer::kSlackBytes readable after its end.
  void* data = nullptr;
  // Elements from one pixel to the next: C, or more where the map is a range of channels of a concatenation.
  // Only outputs are. Rows follow each other without a gap.
  int64_t pixel_stride = 0;
};

// The whole map of that shape, without a place yet.
Operand MakeOperand(const Shape& shape, const Quantization& quantization = {}, void* data = nullptr);

// One layer, or some output channels of one with weights, or a strip of rows, to be run. The shapes are those
// of the operands, which have fewer rows in a strip. The last layer reads logits of `type` and always
// writes f32. A concatenation copies one input, into the range of channels that is its output.
struct LayerTask {
  const Layer& layer;
  DataType type = DataType::kF32;
  LayerWeights weights = {};  // empty for layers without weights
  std::vector<Operand> inputs = {};
  Operand output = {};
  ChannelRange channels = {};  // those that this step computes
  Padding padding = {};        // of a convolution: its own, or at inner borders of strips less
};

// All rows and channels of a layer with one input; places and quantisation are still to be set.
LayerTask WholeLayer(const Layer& layer, DataType type, LayerWeights weights);

class Step {
 public:
  virtual ~Step() = default;
  virtual void Run() = 0;
  // What runs, as the layer table shows it: one of our kernels by its name, "dwconv_f32_scalar"; of XNNPACK,
  // which does not name its kernels, the algorithm that it has for such a shape, "dwconv_f32".
  virtual std::string kernel() const = 0;
};

class Backend {
 public:
  virtual ~Backend() = default;
  virtual std::string_view name() const = 0;  // "xnnpack", "native"
  // Whether it gains by having such a layer, a convolution of one group, in panels: ranges of output channels
  // whose weights stay in the cache. Any layer of this kind, and a fully connected one, may come so.
  virtual bool TakesPanels(const Layer& layer) const = 0;
  // Packs the weights (the views may die afterwards) and fixes the pointers. An activation that is more than
  // a clamp (activation_range.h) is not part of the step. Null where this backend has no operator for the
  // layer in this type on this CPU. Throws Error if it has one and it fails.
  virtual std::unique_ptr<Step> MakeStep(const LayerTask& task) = 0;
};

}  // namespace mobilenet
