// What runs layers: at load time, a backend turns one layer with its weights into a step, in which every
// pointer is fixed; for each image, only the step is left to run.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "models/layer.h"
#include "src/base/tensor.h"

namespace mobilenet {

// The weights of one layer in the type in which it runs. Shapes as in models/layer.h.
struct LayerWeights {
  TensorView weights;         // f32 (of an f16 layer, too), u8 or s8
  TensorView bias;            // [OC]: f32, or s32 with scale input.scale * weight scale and zero point 0
  std::vector<float> scales;  // of quantised weights: one (u8), or one per output channel (s8)
  int zero_point = 0;         // of u8 weights; 0 for s8
};

// Output channels [begin, end) of a layer.
struct ChannelRange {
  int64_t begin = 0;
  int64_t end = 0;
};

// A feature map that a step reads or writes, or a strip of its rows: real value = scale * (quantised -
// zero_point) for u8 and s8; floats ignore the quantisation.
struct Operand {
  Shape shape;  // {H, W, C}
  Quantization quantization = {};
  // Owned by the plan; AlignedBuffer::kSlackBytes after its end can be read.
  void* data = nullptr;
  // Elements from one pixel to the next: C, or more if the map is a range of channels of a concatenation,
  // which only outputs are. Rows follow each other without a gap.
  int64_t pixel_stride = 0;
};

// The whole map of that shape, without a place yet.
Operand MakeOperand(const Shape& shape, const Quantization& quantization = {}, void* data = nullptr);

// One layer, or some output channels of one with weights, or a strip of rows, to be run. The shapes are those
// of the operands, which have fewer rows in a strip. The last layer reads logits of `type` and always writes
// f32. A concatenation copies one input into the range of channels that is its output.
struct LayerTask {
  const Layer& layer;
  DataType type = DataType::kF32;
  LayerWeights weights = {};  // empty for layers without weights
  std::vector<Operand> inputs = {};
  Operand output = {};
  ChannelRange channels = {};  // the ones that this step computes
  Padding padding = {};        // a convolution's: its own, or less at inner borders of strips
};

// All rows and channels of a layer with one input; places and quantisation are set later.
LayerTask WholeLayer(const Layer& layer, DataType type, LayerWeights weights);

class Step {
 public:
  virtual ~Step() = default;
  virtual void Run() = 0;
  // What runs, as the layer table shows it: one of our kernels by its name, "dwconv_f32_scalar"; for XNNPACK,
  // which does not name its kernels, the algorithm that it uses for such a shape, "dwconv_f32".
  virtual std::string kernel() const = 0;
};

class Backend {
 public:
  virtual ~Backend() = default;
  virtual std::string_view name() const = 0;  // "xnnpack", "native"
  // Whether such a layer, a convolution of one group, gains by running in panels: ranges of output channels
  // whose weights stay in the cache. Any layer of this kind, and a fully connected one, may be run like that.
  virtual bool TakesPanels(const Layer& layer) const = 0;
  // Packs the weights (the views may die afterwards) and fixes the pointers. An activation that is more than
  // a clamp (activation_range.h) is not part of the step. Null if this backend has no operator for the layer
  // in this type on this CPU. Throws Error if it has one and it fails.
  virtual std::unique_ptr<Step> MakeStep(const LayerTask& task) = 0;
};

}  // namespace mobilenet
