// PSD: the merged picture in each mode.
#include "src/image/image.h"
#include "test/image/files.h"
#include "test/image/samples.h"
#include "test/support/catch.h"

namespace mobilenet::test {
namespace {

void Put(Bytes& bytes, uint32_t value, int count) {
  for (int i = count - 1; i >= 0; --i) bytes.push_back(static_cast<uint8_t>(value >> 8 * i));
}

struct File {
  uint32_t mode = 3;
  uint32_t bits = 8;
  uint32_t compression = 0;
  uint32_t version = 1;
  Bytes palette = {};
  Bytes layers = {};             // contents of the section of layers
  std::vector<Bytes> rows = {};  // one of each channel: a picture one row high
  uint32_t width = 2;
};

// Run lengths (compression 1): each row as one literal.
Bytes Encode(const File& file) {
  Bytes bytes = FromText("8BPS");
  Put(bytes, file.version, 2);
  bytes.resize(12, 0);
  Put(bytes, static_cast<uint32_t>(file.rows.size()), 2);
  Put(bytes, 1, 4);
  Put(bytes, file.width, 4);
  Put(bytes, file.bits, 2);
  Put(bytes, file.mode, 2);
  Put(bytes, static_cast<uint32_t>(file.palette.size()), 4);
  bytes = bytes + file.palette;
  Put(bytes, 5, 4);
  bytes = bytes + FromText("8BIM.");
  Put(bytes, static_cast<uint32_t>(file.layers.size()), 4);
  bytes = bytes + file.layers;
  Put(bytes, file.compression, 2);
  if (file.compression == 1) {
    for (const Bytes& row : file.rows) Put(bytes, static_cast<uint32_t>(row.size() + 1), 2);
  }
  for (const Bytes& row : file.rows) {
    if (file.compression == 1) bytes.push_back(static_cast<uint8_t>(row.size() - 1));
    bytes = bytes + row;
  }
  return bytes;
}

// A section of layers that claims this many, and holds nothing else.
Bytes Layers(int count) {
  Bytes layers;
  Put(layers, 2, 4);
  Put(layers, static_cast<uint32_t>(count), 2);
  return layers;
}

TEST_CASE("PSD of each mode gives its pixels") {
  for (const uint32_t compression : {0u, 1u}) {
    CAPTURE(compression);
    const auto pixels = [&](File file) {
      file.compression = compression;
      return DecodeImage(Encode(file), "picture", {}).pixels;
    };
    CHECK(pixels({.rows = {{1, 2}, {3, 4}, {5, 6}}}) == Bytes{1, 3, 5, 2, 4, 6});
    CHECK(pixels({.bits = 16, .rows = {{1, 99, 2, 99}, {3, 99, 4, 99}, {5, 99, 6, 99}}}) ==
          Bytes{1, 3, 5, 2, 4, 6});
    CHECK(pixels({.mode = 1, .rows = {{7, 8}}}) == Bytes{7, 7, 7, 8, 8, 8});
    CHECK(pixels({.mode = 8, .palette = Bytes(20, 1), .rows = {{7, 8}}}) == Bytes{7, 7, 7, 8, 8, 8});
    CHECK(pixels({.mode = 0, .bits = 1, .rows = {{0x40}}}) == Bytes{255, 255, 255, 0, 0, 0});
    Bytes palette(768, 0);
    palette[9] = 10, palette[256 + 9] = 20, palette[512 + 9] = 30;
    CHECK(pixels({.mode = 2, .palette = palette, .rows = {{9, 0}}}) == Bytes{10, 20, 30, 0, 0, 0});
    CHECK(pixels({.mode = 4, .rows = {{255, 100}, {0, 100}, {51, 100}, {255, 51}}}) ==
          Bytes{255, 0, 51, 20, 20, 20});
  }
}

TEST_CASE("a further channel is transparency where the layer count is negative, else a saved selection") {
  const auto pixels = [](int count, uint32_t mode) {
    File file{.mode = mode, .layers = count == 0 ? Bytes() : Layers(count)};
    file.rows.assign(mode == 1 ? 1 : 3, {10, 200});
    file.rows.push_back({0, 100});
    return DecodeImage(Encode(file), "picture", {}).pixels;
  };
  for (const uint32_t mode : {1u, 3u}) {
    CAPTURE(mode);
    const Bytes opaque = {10, 10, 10, 200, 200, 200};
    CHECK(pixels(0, mode) == opaque);
    CHECK(pixels(1, mode) == opaque);
    CHECK(pixels(-1, mode) == Bytes{255, 255, 255, 200, 200, 200});
  }
}

TEST_CASE("a message names the kind of PSD that is not read") {
  const auto error = [](const File& file) { return DecodeError(Encode(file)); };
  CHECK(error({.mode = 9, .rows = {{1, 2}, {3, 4}, {5, 6}}}) ==
        "picture: PSD in Lab colours is not read (save it as RGB)");
  CHECK(error({.mode = 7, .rows = {{1, 2}}}) ==
        "picture: PSD in multichannel mode is not read (save it as RGB)");
  CHECK(error({.bits = 32, .rows = {{1, 2}}}) ==
        "picture: PSD with 32 bits per sample is not read (save it with 8 or 16)");
  CHECK(error({.compression = 2, .rows = {{1, 2}, {3, 4}, {5, 6}}}) ==
        "picture: PSD with ZIP compression is not read (save it as PNG or JPEG)");
  CHECK(error({.version = 2, .rows = {{1, 2}}}) ==
        "picture: PSB (large document) is not read (save it as PSD or JPEG)");
  CHECK(error({.rows = {{1, 2}, {3, 4}}}) == "picture: damaged PSD: 2 channels");
  CHECK(error({.compression = 1, .rows = {{1, 2}, {3}, {5, 6}}}) ==
        "picture: damaged PSD: a row of the wrong length");
}

}  // namespace
}  // namespace mobilenet::test
