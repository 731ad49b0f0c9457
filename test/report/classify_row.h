// A row to report, for the tests of the formats.
#pragma once

#include "src/report/rows.h"

namespace mobilenet::test {

inline ClassifyRow ParrotRow() {
  ClassifyRow row;
  row.path = "photos/parrot.jpg";
  row.width = 640;
  row.height = 480;
  row.predictions = {
      {89, "macaw", 0.9134122f}, {91, "lorikeet", 0.0312f}, {0, "caf\xc3\xa9 \"cup\"", 1.5e-6f}};
  row.decode_ms = 5.21004;
  row.preprocess_ms = 1;
  row.inference_ms = 20.12345678;
  row.layers = {
      {"conv1", "conv 3x3 s2", {112, 112, 32}, 10'838'016, 864, 1.5, "xnnpack", "convolution2d_nhwc_qc8"},
      {"conv_dw_1",
       "depthwise conv 3x3 s1",
       {112, 112, 32},
       3'612'672,
       288,
       0.5,
       "native",
       "dwconv_qs8_scalar"},
      {"softmax", "softmax", {1, 1, 1001}, 0, 0, 0.00201, "native", "softmax_f32_scalar"}};
  return row;
}

inline ClassifyRow ErrorRow() {
  ClassifyRow row = ParrotRow();
  row.error = "photos/parrot.jpg: cannot decode image: unknown format (PNG and JPEG are read)";
  return row;
}

}  // namespace mobilenet::test
