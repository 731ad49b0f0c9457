// From picture to input tensor: crop, antialiased resize (equal to Pillow's, to the bit), then each 8-bit
// value goes through a table that normalises and quantises it.
#pragma once

#include "src/base/preprocess_spec.h"
#include "src/base/tensor.h"
#include "src/image/image.h"

namespace mobilenet {

// The picture at resolution x resolution. With kSquash, and if all of it is viewed, a picture that has this
// size already comes back byte for byte.
Image ResizeImage(const Image& image, const PreprocessSpec& spec, int resolution, const View& view = {});

// Writes input [resolution, resolution, spec.channels()] of `type` (f32: real values; u8, s8: quantised with
// `quantization`, rounded to nearest, saturated) for the picture.
void PreprocessImage(const Image& image, const PreprocessSpec& spec, int resolution, DataType type,
                     const Quantization& quantization, void* input, const View& view = {});

}  // namespace mobilenet
