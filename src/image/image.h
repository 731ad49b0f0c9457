// A decoded picture, or the part of it that is needed: 8-bit RGB, upright, rows without padding.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "src/base/buffer_allocator.h"
#include "src/base/memory_budget.h"
#include "src/base/preprocess_spec.h"

namespace mobilenet {

// Where an image lies in the picture of its file, if it is a part of that, or a smaller version, or both.
struct Placement {
  int width = 0;     // of the whole picture, pixels
  int height = 0;    // of the whole picture, pixels
  double scale = 1;  // pixels of the image per pixel of the picture
  double left = 0;   // the image's first column, in pixels of the scaled picture
  double top = 0;    // the image's first row, in pixels of the scaled picture
};

struct Image {
  int width = 0;                                     // pixels
  int height = 0;                                    // pixels
  ByteBuffer pixels;                                 // [height, width, 3]
  std::optional<Placement> placement = {};           // none: the whole picture at its own size
  std::shared_ptr<MemoryBudget::Share> memory = {};  // what decoding it and the pixels take
  std::optional<std::string> damaged = {};  // what is wrong with a file that was accepted all the same
};

// What the network is going to see: it needs little of a large picture, so a decoder may leave out the rest.
struct DecodeTarget {
  ResizeMode resize = ResizeMode::kCrop;
  double crop_fraction = 0.875;
  int resolution = 224;  // pixels
  Interpolation interpolation = Interpolation::kBilinear;
};

struct DecodeOptions {
  int64_t max_pixels = 100'000'000;  // width x height in the header, checked before memory is allocated
  int64_t max_file_bytes = 1 << 30;  // also for a pipe, whose length is unknown before its end
  double max_decode_ms = 0;          // processor time; 0 is without limit
  std::optional<int64_t> available_bytes = {};  // memory; none: what the machine reports at that time
  bool accept_damaged = false;                  // take a JPEG without its end, the rest is grey
  // If given, a JPEG comes with the pixels that the target needs, at the smallest of the scales 1/8, 1/4, 1/2
  // and 1 that gives it a third more pixels than it takes.
  std::optional<DecodeTarget> target = {};
  MemoryBudget* memory = nullptr;  // shared by all threads that decode; a picture waits for its share
};

// The picture in the file, turned upright as its orientation says: JPEG, PNG, WebP, HEIF and AVIF, TIFF and
// GIF by their libraries, TGA, HDR and PIC by stb_image, BMP, PSD and PNM by our own readers. Transparent
// pixels are laid on white; of an animation, the first frame is taken. A truncated or damaged file is an
// error, not a grey area in the picture, unless `accept_damaged` covers it. Throws Error: "PATH: what is
// wrong (what would be right)".
Image DecodeImageFile(const std::string& path, const DecodeOptions& options);

// The same for the bytes of a file; `name` stands for the path in messages.
Image DecodeImage(std::span<const uint8_t> bytes, const std::string& name, const DecodeOptions& options);

}  // namespace mobilenet
