#include "src/image/resample.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>
#include <utility>

namespace mobilenet {
namespace {

constexpr int kFractionBits = 32 - 8 - 2;  // of a weight: 8 for the sample, 2 for sign and rounding
constexpr int32_t kHalf = 1 << (kFractionBits - 1);
constexpr int kLanes = 12;  // bytes at a time: four pixels of three channels, three vectors of four sums

uint8_t ToByte(int32_t sum) {
  return static_cast<uint8_t>(std::clamp(sum >> kFractionBits, 0, 255));
}

// For each output sample of one axis: the input samples it is made of, and their weights.
struct Taps {
  std::vector<int> first;        // [out], the first input sample
  std::vector<int> count;        // [out]
  std::vector<int32_t> weights;  // [out, stride], fixed point
  int stride = 0;                // the largest count
};

// The filter at that distance (>= 0) from its centre, in output pixels.
double FilterAt(Interpolation interpolation, double distance) {
  if (interpolation == Interpolation::kBilinear) return distance < 1.0 ? 1.0 - distance : 0.0;
  constexpr double kA = -0.5;
  if (distance < 1.0) return ((kA + 2.0) * distance - (kA + 3.0)) * distance * distance + 1;
  if (distance < 2.0) return (((distance - 5) * distance + 8) * distance - 4) * kA;
  return 0.0;
}

// out[i] = sum over t < count[i] of in[first[i] + t] * weights[i, t]; the filter around the output sample's
// centre reaches `support` input samples to both sides.
Taps MakeTaps(Interpolation interpolation, int in_size, float in_begin, float in_end, int out_size) {
  const double scale = static_cast<double>(in_end - in_begin) / out_size;
  const double filter_scale = std::max(scale, 1.0);
  const double support = FilterReach(interpolation) * filter_scale;
  const double inverse_filter_scale = 1.0 / filter_scale;
  Taps taps;
  taps.stride = std::min(static_cast<int>(std::ceil(support)) * 2 + 1, in_size);
  taps.first.resize(static_cast<size_t>(out_size));
  taps.count.resize(static_cast<size_t>(out_size));
  taps.weights.resize(static_cast<size_t>(out_size) * static_cast<size_t>(taps.stride));
  std::vector<double> exact(static_cast<size_t>(taps.stride));
  for (int i = 0; i < out_size; ++i) {
    const double centre = in_begin + (i + 0.5) * scale;
    const int first = std::max(static_cast<int>(centre - support + 0.5), 0);
    const int last = std::min(static_cast<int>(centre + support + 0.5), in_size);
    const int count = last - first;
    assert(count <= taps.stride);
    double sum = 0;
    for (int t = 0; t < count; ++t) {
      const double distance = std::abs((t + first - centre + 0.5) * inverse_filter_scale);
      exact[static_cast<size_t>(t)] = FilterAt(interpolation, distance);
      sum += exact[static_cast<size_t>(t)];
    }
    taps.first[static_cast<size_t>(i)] = first;
    taps.count[static_cast<size_t>(i)] = count;
    int32_t* weights = taps.weights.data() + static_cast<ptrdiff_t>(i) * taps.stride;
    for (int t = 0; t < count; ++t) {
      double weight = exact[static_cast<size_t>(t)];
      if (sum != 0.0) weight /= sum;
      weights[t] = static_cast<int32_t>((weight < 0 ? -0.5 : 0.5) + weight * (1 << kFractionBits));
    }
  }
  return taps;
}

// The taps of one axis, for rows of RGB: every weight three times, their number padded with zeros to whole
// groups of kLanes bytes, so that the sum over a row's bytes has an inner loop of fixed length and
// vectorises.
struct RowTaps {
  std::vector<size_t> first_byte;  // [out]
  std::vector<int32_t> weights;    // [out, stride]
  size_t stride = 0;               // weights, a multiple of kLanes
};

// Empty if a row is shorter than one padded run of taps.
RowTaps MakeRowTaps(const Taps& taps, int in_size) {
  constexpr int kPixels = kLanes / 3;
  const int filled = (taps.stride + kPixels - 1) / kPixels * kPixels;
  RowTaps row_taps;
  if (filled > in_size) return row_taps;
  row_taps.stride = static_cast<size_t>(filled) * 3;
  row_taps.weights.resize(taps.first.size() * row_taps.stride);
  for (size_t i = 0; i < taps.first.size(); ++i) {
    // At the right edge the zeros come first, so that nothing past the row is read.
    const int first = std::min(taps.first[i], in_size - filled);
    row_taps.first_byte.push_back(static_cast<size_t>(first) * 3);
    int32_t* to = row_taps.weights.data() + i * row_taps.stride + (taps.first[i] - first) * 3;
    for (int t = 0; t < taps.count[i]; ++t) {
      const int32_t weight = taps.weights[i * static_cast<size_t>(taps.stride) + static_cast<size_t>(t)];
      for (int c = 0; c < 3; ++c) *to++ = weight;
    }
  }
  return row_taps;
}

void ResampleRow(const uint8_t* row, const RowTaps& taps, uint8_t* to) {
  const int32_t* weights = taps.weights.data();
  for (size_t first_byte : taps.first_byte) {
    const uint8_t* from = row + first_byte;
    int32_t sums[kLanes] = {};
    for (size_t j = 0; j < taps.stride; j += kLanes) {
      for (int lane = 0; lane < kLanes; ++lane) sums[lane] += from[j + lane] * weights[j + lane];
    }
    for (int c = 0; c < 3; ++c) to[c] = ToByte(kHalf + sums[c] + sums[c + 3] + sums[c + 6] + sums[c + 9]);
    weights += taps.stride;
    to += 3;
  }
}

// The same without padding, for rows of a few pixels.
void ResampleShortRow(const uint8_t* row, const Taps& taps, uint8_t* to) {
  for (size_t i = 0; i < taps.first.size(); ++i) {
    for (int c = 0; c < 3; ++c) {
      int32_t sum = kHalf;
      for (int t = 0; t < taps.count[i]; ++t) {
        sum += row[3 * (taps.first[i] + t) + c] *
               taps.weights[i * static_cast<size_t>(taps.stride) + static_cast<size_t>(t)];
      }
      *to++ = ToByte(sum);
    }
  }
}

// `count_bytes` of one output row, from `count` rows that are `row_bytes` apart.
void ResampleColumns(const uint8_t* rows, size_t row_bytes, const int32_t* weights, int count,
                     size_t count_bytes, uint8_t* to) {
  constexpr size_t kBlock = 32;  // sums that stay in registers
  size_t i = 0;
  for (; i + kBlock <= count_bytes; i += kBlock) {
    int32_t sums[kBlock];
    for (size_t lane = 0; lane < kBlock; ++lane) sums[lane] = kHalf;
    const uint8_t* from = rows + i;
    for (int t = 0; t < count; ++t, from += row_bytes) {
      for (size_t lane = 0; lane < kBlock; ++lane) sums[lane] += from[lane] * weights[t];
    }
    for (size_t lane = 0; lane < kBlock; ++lane) to[i + lane] = ToByte(sums[lane]);
  }
  for (; i < count_bytes; ++i) {
    int32_t sum = kHalf;
    for (int t = 0; t < count; ++t) sum += rows[static_cast<size_t>(t) * row_bytes + i] * weights[t];
    to[i] = ToByte(sum);
  }
}

// Bytes of RGB, row after row, anywhere in a picture.
struct Rows {
  const uint8_t* first;
  size_t row_bytes;

  const uint8_t* operator[](int y) const { return first + static_cast<size_t>(y) * row_bytes; }
};

// Resizes each of `row_count` rows of `in_width` pixels to taps.first.size() pixels.
void ResampleRows(Rows from, int in_width, const Taps& taps, int row_count, uint8_t* to,
                  size_t to_row_bytes) {
  const RowTaps row_taps = MakeRowTaps(taps, in_width);
  for (int y = 0; y < row_count; ++y, to += to_row_bytes) {
    if (row_taps.stride > 0) {
      ResampleRow(from[y], row_taps, to);
    } else {
      ResampleShortRow(from[y], taps, to);
    }
  }
}

// Resizes rows of `count_bytes` to taps.first.size() rows.
void ResampleHeight(Rows from, const Taps& taps, size_t count_bytes, uint8_t* to, size_t to_row_bytes) {
  for (size_t y = 0; y < taps.first.size(); ++y, to += to_row_bytes) {
    ResampleColumns(from[taps.first[y]], from.row_bytes,
                    taps.weights.data() + y * static_cast<size_t>(taps.stride), taps.count[y], count_bytes,
                    to);
  }
}

// The input samples that the taps need, and the taps counted from the first of these.
struct Range {
  int first;
  int count;
};

Range MoveToZero(Taps& taps) {
  const int first = taps.first.front();
  const int count = taps.first.back() + taps.count.back() - first;
  for (int& i : taps.first) i -= first;
  return {first, count};
}

// For the picture that the image may be a part of, at the image's scale.
std::pair<int, int> WholeSize(const Image& image) {
  if (!image.placement) return {image.width, image.height};
  const double scale = image.placement->scale;
  return {static_cast<int>(std::ceil(image.placement->width * scale)),
          static_cast<int>(std::ceil(image.placement->height * scale))};
}

}  // namespace

double FilterReach(Interpolation interpolation) {
  return interpolation == Interpolation::kBilinear ? 1.0 : 2.0;
}

void Resample(const Image& image, const Box& box, Interpolation interpolation, int width, int height,
              uint8_t* to, size_t to_row_bytes) {
  Taps column_taps = MakeTaps(interpolation, image.width, box.left, box.right, width);
  Taps row_taps = MakeTaps(interpolation, image.height, box.top, box.bottom, height);
  const Range columns = MoveToZero(column_taps);
  const Range rows = MoveToZero(row_taps);
  const size_t image_row_bytes = static_cast<size_t>(image.width) * 3;
  const Rows from = {image.pixels.data() + static_cast<size_t>(rows.first) * image_row_bytes +
                         static_cast<size_t>(columns.first) * 3,
                     image_row_bytes};

  // Both orders round between the passes, so they differ by one step here and there. Pillow 13 takes the
  // height first if it shrinks by more than twice as many pixels as the width; decided by the whole picture,
  // so that a part of it comes out the same.
  const auto [whole_width, whole_height] = WholeSize(image);
  if (whole_height > height && whole_height - height > 2 * (whole_width - width)) {
    const size_t row_bytes = static_cast<size_t>(columns.count) * 3;
    std::vector<uint8_t> low(static_cast<size_t>(height) * row_bytes);  // [height, columns.count, 3]
    ResampleHeight(from, row_taps, row_bytes, low.data(), row_bytes);
    ResampleRows({low.data(), row_bytes}, columns.count, column_taps, height, to, to_row_bytes);
  } else {
    const size_t row_bytes = static_cast<size_t>(width) * 3;
    std::vector<uint8_t> narrow(static_cast<size_t>(rows.count) * row_bytes);  // [rows.count, width, 3]
    ResampleRows(from, columns.count, column_taps, rows.count, narrow.data(), row_bytes);
    ResampleHeight({narrow.data(), row_bytes}, row_taps, row_bytes, to, to_row_bytes);
  }
}

}  // namespace mobilenet
