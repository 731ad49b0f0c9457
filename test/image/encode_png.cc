#include <algorithm>
#include <cassert>

#include "test/image/encoders.h"

namespace mobilenet::test {
namespace {

void PutU32(Bytes& bytes, uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<uint8_t>(value >> shift));
}

// CRC-32, bit by bit.
uint32_t Crc(const Bytes& bytes) {
  uint32_t crc = 0xffffffffu;
  for (uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = crc & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
  }
  return ~crc;
}

uint32_t Adler(const Bytes& bytes) {
  uint32_t a = 1, b = 0;
  for (uint8_t byte : bytes) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return b << 16 | a;
}

Bytes ZlibStored(const Bytes& bytes) {
  Bytes out = {0x78, 0x01};
  size_t at = 0;
  do {
    const size_t count = std::min<size_t>(bytes.size() - at, 65535);
    out.push_back(at + count == bytes.size() ? 1 : 0);
    for (size_t length : {count, ~count}) {
      out.push_back(static_cast<uint8_t>(length));
      out.push_back(static_cast<uint8_t>(length >> 8));
    }
    out.insert(out.end(), bytes.begin() + static_cast<ptrdiff_t>(at),
               bytes.begin() + static_cast<ptrdiff_t>(at + count));
    at += count;
  } while (at < bytes.size());
  PutU32(out, Adler(bytes));
  return out;
}

int Channels(int colour_type) {
  switch (colour_type) {
    case 2:
      return 3;
    case 4:
      return 2;
    case 6:
      return 4;
    default:
      return 1;
  }
}

}  // namespace

Bytes PngSignature() {
  return {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
}

Bytes PngChunk(const std::string& type, const Bytes& data) {
  const Bytes body = Bytes(type.begin(), type.end()) + data;
  Bytes chunk;
  PutU32(chunk, static_cast<uint32_t>(data.size()));
  chunk = chunk + body;
  PutU32(chunk, Crc(body));
  return chunk;
}

Bytes ZlibOfZeros(size_t count) {
  // One block of the fixed codes of RFC 1951, section 3.2.6.
  Bytes out = {0x78, 0x01};
  unsigned bit_count = 0;
  const auto put = [&](unsigned code, int bits, bool is_huffman) {
    for (int i = 0; i < bits; ++i) {
      if (bit_count++ % 8 == 0) out.push_back(0);
      const unsigned bit = code >> (is_huffman ? bits - 1 - i : i) & 1;
      out.back() = static_cast<uint8_t>(out.back() | bit << (bit_count - 1) % 8);
    }
  };
  put(1, 1, false);
  put(1, 2, false);
  put(0x30, 8, true);  // a zero
  size_t done = 1;
  for (; done + 258 <= count; done += 258) {
    put(0xc5, 8, true);  // 258 bytes ...
    put(0, 5, true);     // ... like the one before
  }
  put(0, 7, true);                                             // end
  PutU32(out, static_cast<uint32_t>(done % 65521) << 16 | 1);  // Adler-32 of zeros
  return out;
}

Bytes EncodePng(int width, int height, const std::vector<int>& samples, const PngOptions& options) {
  const int channels = Channels(options.colour_type);
  assert(samples.size() == static_cast<size_t>(width * height * channels));

  Bytes rows;
  // The pixels begin_x, begin_x + step_x, ... of each such row.
  const auto put_pass = [&](int begin_x, int begin_y, int step_x, int step_y) {
    if (begin_x >= width) return;
    for (int y = begin_y; y < height; y += step_y) {
      rows.push_back(0);  // filter: none
      int bit_count = 0;
      for (int x = begin_x; x < width; x += step_x) {
        for (int c = 0; c < channels; ++c) {
          const int sample = samples[static_cast<size_t>((y * width + x) * channels + c)];
          if (options.depth_bits == 16) rows.push_back(static_cast<uint8_t>(sample >> 8));
          if (options.depth_bits >= 8) {
            rows.push_back(static_cast<uint8_t>(sample));
            continue;
          }
          if (bit_count % 8 == 0) rows.push_back(0);
          bit_count += options.depth_bits;
          rows.back() = static_cast<uint8_t>(rows.back() | sample << (8 - (bit_count - 1) % 8 - 1));
        }
      }
    }
  };
  if (options.is_interlaced) {
    constexpr int kAdam7[7][4] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4},
                                  {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};
    for (const auto& pass : kAdam7) put_pass(pass[0], pass[1], pass[2], pass[3]);
  } else {
    put_pass(0, 0, 1, 1);
  }

  Bytes header;
  PutU32(header, static_cast<uint32_t>(width));
  PutU32(header, static_cast<uint32_t>(height));
  header = header + Bytes{static_cast<uint8_t>(options.depth_bits), static_cast<uint8_t>(options.colour_type),
                          0, 0, static_cast<uint8_t>(options.is_interlaced)};
  Bytes png = PngSignature() + PngChunk("IHDR", header);
  if (!options.palette.empty()) png = png + PngChunk("PLTE", options.palette);
  if (!options.transparency.empty()) png = png + PngChunk("tRNS", options.transparency);
  // Two IDATs, since files with one are the rule.
  const Bytes data = ZlibStored(rows);
  const auto middle = data.begin() + static_cast<ptrdiff_t>(data.size() / 2);
  return png + PngChunk("IDAT", Bytes(data.begin(), middle)) + PngChunk("IDAT", Bytes(middle, data.end())) +
         PngChunk("IEND", {});
}

}  // namespace mobilenet::test
