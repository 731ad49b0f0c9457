#include "src/image/decode_gif.h"

#include <gif_lib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <new>
#include <vector>

#include "src/base/error.h"
#include "src/image/picture_limits.h"
#include "src/image/sentence.h"

namespace mobilenet {
namespace {

struct GifSource {
  std::span<const uint8_t> bytes;
  size_t at = 0;
  bool is_at_end = false;  // more bytes were wanted than there are
};

int ReadSource(GifFileType* gif, GifByteType* to, int wanted) {
  auto* source = static_cast<GifSource*>(gif->UserData);
  const size_t left = source->bytes.size() - source->at;
  const size_t count = std::min(static_cast<size_t>(std::max(wanted, 0)), left);
  if (count < static_cast<size_t>(wanted)) source->is_at_end = true;
  std::memcpy(to, source->bytes.data() + source->at, count);
  source->at += count;
  return static_cast<int>(count);
}

struct Close {
  void operator()(GifFileType* gif) const { DGifCloseFile(gif, nullptr); }
};

class GifReader {
 public:
  GifReader(std::span<const uint8_t> bytes, const std::string& name) : source_{bytes}, name_(name) {
    int error = 0;
    gif_.reset(DGifOpen(&source_, ReadSource, &error));
    if (gif_ == nullptr) FailWithReason(error);
  }

  // Reads to the description of the first frame, which is then in gif().Image.
  void FindFrame() {
    for (;;) {
      GifRecordType type = UNDEFINED_RECORD_TYPE;
      Check(DGifGetRecordType(gif_.get(), &type));
      switch (type) {
        case IMAGE_DESC_RECORD_TYPE:
          Check(DGifGetImageDesc(gif_.get()));
          return;
        case EXTENSION_RECORD_TYPE:
          ReadExtension();
          break;
        case TERMINATE_RECORD_TYPE:
          Fail(name_, ": cannot decode GIF: no picture in it");
        default:
          break;
      }
    }
  }

  // Indices of the frame's next row, in the order of the file.
  void ReadRow(std::vector<uint8_t>& row) {
    Check(DGifGetLine(gif_.get(), row.data(), static_cast<int>(row.size())));
  }

  const GifFileType& gif() const { return *gif_; }
  // The index that stands for a transparent pixel; -1 for none.
  int transparent() const { return transparent_; }

 private:
  void ReadExtension() {
    int code = 0;
    GifByteType* block = nullptr;  // first its length, then its bytes
    Check(DGifGetExtension(gif_.get(), &code, &block));
    GraphicsControlBlock control;
    if (code == GRAPHICS_EXT_FUNC_CODE && block != nullptr &&
        DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK) {
      transparent_ = control.TransparentColor;
    }
    while (block != nullptr) Check(DGifGetExtensionNext(gif_.get(), &block));
  }

  void Check(int status) const {
    if (status != GIF_OK) FailWithReason(gif_->Error);
  }

  [[noreturn]] void FailWithReason(int error) const {
    if (error == D_GIF_ERR_NOT_ENOUGH_MEM) throw std::bad_alloc();
    if (source_.is_at_end) Fail(name_, ": truncated GIF: it ends before its last pixel");
    const char* const message = GifErrorString(error);
    Fail(name_, ": cannot decode GIF: ", InSentence(message == nullptr ? "no reason known" : message));
  }

  GifSource source_;
  const std::string& name_;
  int transparent_ = NO_TRANSPARENT_COLOR;
  std::unique_ptr<GifFileType, Close> gif_;
};

// The rows of an interlaced frame, in file order, put in the order of the picture.
std::vector<int> RowOrder(int height, bool is_interlaced) {
  std::vector<int> order;
  const auto add = [&](int first, int step) {
    for (int y = first; y < height; y += step) order.push_back(y);
  };
  if (!is_interlaced) {
    add(0, 1);
  } else {
    add(0, 8);
    add(4, 8);
    add(2, 4);
    add(1, 2);
  }
  return order;
}

}  // namespace

Image DecodeGif(std::span<const uint8_t> bytes, const std::string& name, const DecodeOptions& options) {
  const DecodeClock clock(options.max_decode_ms);
  GifReader reader(bytes, name);
  reader.FindFrame();
  const GifFileType& gif = reader.gif();
  const GifImageDesc& frame = gif.Image;
  if (frame.Width < 1 || frame.Height < 1) {
    Fail(name, ": ", frame.Width, " x ", frame.Height, " pixels (at least 1 x 1 was expected)");
  }
  const int64_t width = std::max<int64_t>(gif.SWidth, int64_t{frame.Left} + frame.Width);
  const int64_t height = std::max<int64_t>(gif.SHeight, int64_t{frame.Top} + frame.Height);
  CheckPictureSize(width, height, name, options);
  const ColorMapObject* const palette = frame.ColorMap != nullptr ? frame.ColorMap : gif.SColorMap;
  if (palette == nullptr) Fail(name, ": cannot decode GIF: no palette");
  // An index beyond the palette is transparent, too.
  std::array<std::array<uint8_t, 3>, 256> colours;
  for (auto& colour : colours) colour.fill(255);
  for (int i = 0; i < std::min(palette->ColorCount, 256); ++i) {
    const GifColorType& colour = palette->Colors[i];
    if (i != reader.transparent()) colours[static_cast<size_t>(i)] = {colour.Red, colour.Green, colour.Blue};
  }

  constexpr int64_t kDecoderBytes = 64 << 10;
  auto memory = TakeMemory(3 * width * height + kDecoderBytes, name, options);
  Image image{static_cast<int>(width), static_cast<int>(height), {}, {}, std::move(memory)};
  image.pixels.resize(static_cast<size_t>(3 * width * height), 255);
  std::vector<uint8_t> row(static_cast<size_t>(frame.Width));
  for (const int y : RowOrder(frame.Height, frame.Interlace)) {
    reader.ReadRow(row);
    clock.Check(name, "GIF");
    uint8_t* to = image.pixels.data() + 3 * ((int64_t{frame.Top} + y) * width + frame.Left);
    for (const uint8_t index : row) to = std::copy_n(colours[index].begin(), 3, to);
  }
  return image;
}

}  // namespace mobilenet
