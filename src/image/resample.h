// Antialiased resize, bit for bit what Pillow's Image.resize(size, BILINEAR or BICUBIC, box=box) gives for
// 8-bit RGB: a filter as wide as the scale, columns first, then rows, each in fixed point with 22 fractional
// bits.
#pragma once

#include "src/base/preprocess_spec.h"
#include "src/image/image.h"

namespace mobilenet {

// A part of a picture: its edges in pixels from the picture's left and top. Single precision, because that
// decides the last bit.
struct Box {
  float left = 0;
  float top = 0;
  float right = 0;
  float bottom = 0;
};

// Writes the box at width x height pixels to `to`, whose rows are `to_row_bytes` apart. The box lies within
// the picture and is not empty.
void Resample(const Image& image, const Box& box, Interpolation interpolation, int width, int height,
              uint8_t* to, size_t to_row_bytes);

// How far from its centre, in output pixels, an output pixel depends on the picture.
double FilterReach(Interpolation interpolation);

}  // namespace mobilenet
