// What the program reports, as plain values. A field's name is also its name in JSON; times are in
// milliseconds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/base/tensor.h"

namespace mobilenet {

inline constexpr int kScoreDigits = 6;  // a float has 7, the last of which differs between CPUs

struct Prediction {
  int class_index = 0;
  std::string label;
  // Probability, 0...1. Those of all classes sum to 1 unless the network ends with a sigmoid.
  float score = 0;
};

struct LayerRow {
  std::string name;       // "conv_dw_1"
  std::string op;         // "operator" in JSON: "depthwise 3x3 s1"
  Shape output_shape;     // {height, width, channels}
  int64_t mult_adds = 0;  // 1 mult-add = 2 FLOPs
  int64_t parameters = 0;
  double latency_ms = 0;
  std::string backend;  // "xnnpack" | "native"
  std::string kernel;   // which ran: "gemm_f32", "dwconv_f32_scalar"
};

// What distinguishes a file from the one that was there before.
struct FileStamp {
  int64_t file_bytes = 0;
  std::string modified;  // UTC: "2026-11-22T07:52:58.123456789Z"

  bool operator==(const FileStamp&) const = default;
};

struct ClassifyRow {
  std::string path;
  std::optional<int64_t> frame;         // in a stream, from 1
  int width = 0;                        // pixels, upright
  int height = 0;                       // pixels, upright
  std::vector<Prediction> predictions;  // best first
  double decode_ms = 0;
  double preprocess_ms = 0;
  double inference_ms = 0;
  std::optional<std::string> error;
  std::optional<std::string> damaged;  // what is wrong with a file that was classified all the same
  std::optional<FileStamp> stamp;      // none if there is no file
  std::vector<LayerRow> layers;        // only if asked for
  // Only if asked for: the features of each view of the picture from the model's trunk, in its own type.
  std::vector<std::vector<uint8_t>> features;
};

// Which fields records have besides those that all have.
struct RecordFields {
  bool frame = false;
  bool stamp = false;   // file_bytes and modified
  bool layers = false;  // JSON only
  // JSON only: the features, and the class, which is the first folder below `dataset`.
  bool features = false;
  std::string dataset = {};
};

// A kernel with a wrong result.
struct SelftestFaultRow {
  std::string kernel;
  std::string layer;  // "conv_pw_3"
  std::string error;  // "value 17 of 512 is 5, expected 6"
};

// One type, backend and number of threads of the self-test.
struct SelftestRow {
  std::string precision;           // "f32", "u8", "s8"
  std::string backend;             // "xnnpack" | "native"
  std::optional<std::string> isa;  // of the native kernels
  int threads = 0;
  std::vector<std::string> kernels;      // the ones that ran
  std::vector<SelftestFaultRow> faults;  // empty: all right
  std::optional<std::string> error;      // why nothing ran: the backend does not run on this CPU
};

// The parameters of a local response normalisation (models/layer.h).
struct SummaryLrn {
  int size = 0;
  double alpha = 0;
  double beta = 0;
  double k = 0;
};

// A network as the tables of the MobileNet paper (arXiv 1704.04861) show it.
struct SummaryLayerRow {
  std::string name;          // "conv_dw_1"
  std::string type;          // as in Table 1: "Conv dw / s1"
  std::string filter_shape;  // as in Table 1: "3 x 3 x 32 dw"
  Shape input_shape;         // {height, width, channels}
  Shape output_shape;        // {height, width, channels}
  int64_t mult_adds = 0;
  int64_t parameters = 0;  // without biases
  // The layer as in `mobilenet.layers` of a model file.
  std::string op = {};                   // "conv", "depthwise", "add", ...
  std::vector<std::string> inputs = {};  // the layers it reads; "input" is the network's own
  std::string activation = {};           // "none", "relu", "relu6", "sigmoid", "tanh"
  Shape kernel = {};                     // {height, width} of a convolution or pool, else empty
  int stride = 1;
  Shape padding = {};  // {top, bottom, left, right} of a convolution or pool, else empty
  int groups = 0;      // of a convolution
  std::optional<SummaryLrn> lrn = std::nullopt;
  Shape weights_shape = {};  // empty for layers without weights
  std::string group = {};    // one of SummaryReport::groups; "" for layers without weights
};

struct SummaryGroupRow {
  std::string type;  // as in Table 2: "Conv 1x1"
  int64_t mult_adds = 0;
  double mult_adds_percent = 0;
  int64_t parameters = 0;
  double parameters_percent = 0;
};

struct SummaryReport {
  std::string architecture;
  double width_multiplier = 1.0;
  int resolution = 0;  // pixels
  int classes = 0;
  std::vector<SummaryLayerRow> layers;  // as in Table 1
  int64_t mult_adds = 0;
  int64_t parameters = 0;  // without biases
  int64_t biases = 0;
  std::vector<SummaryGroupRow> groups;  // as in Table 2
  std::vector<std::string> notes;       // sentences, one line each
};

}  // namespace mobilenet
