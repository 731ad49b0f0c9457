// The decoders of the image formats, one target each.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "src/image/image_format.h"
#include "test/image/bytes.h"

namespace mobilenet::test {

void FuzzImage(ImageFormat format, std::span<const uint8_t> input);
// The tests' sample files of that format, and some more.
std::vector<Bytes> ImageSeeds(ImageFormat format);
// Restores the first bytes, which identify the format.
void RepairMagic(ImageFormat format, Bytes& input);

// The same for each format as separate functions, as FuzzTarget needs them.
template <ImageFormat format>
void FuzzImageOf(std::span<const uint8_t> input) {
  FuzzImage(format, input);
}
template <ImageFormat format>
std::vector<Bytes> ImageSeedsOf() {
  return ImageSeeds(format);
}
template <ImageFormat format>
void RepairMagicOf(Bytes& input) {
  RepairMagic(format, input);
}

// The length of the whole.
void RepairWebp(Bytes& input);
// Signature, lengths and checksums of all chunks, as far as they are chunks.
void RepairPng(Bytes& input);

// A JPEG decoded at a scale and cropped, as by classify, compared with the whole picture. The last bytes of
// the input choose scale and crop.
void FuzzScaledJpeg(std::span<const uint8_t> input);
std::vector<Bytes> ScaledJpegSeeds();

}  // namespace mobilenet::test
