#include "src/image/decode_webp.h"

#include <webp/decode.h>
#include <webp/demux.h>

#include <algorithm>
#include <memory>
#include <new>

#include "src/base/error.h"
#include "src/image/exif.h"
#include "src/image/on_white.h"
#include "src/image/orientation.h"
#include "src/image/picture_limits.h"

namespace mobilenet {
namespace {

struct Delete {
  void operator()(WebPDemuxer* demuxer) const { WebPDemuxDelete(demuxer); }
  void operator()(WebPIDecoder* decoder) const { WebPIDelete(decoder); }
};

[[noreturn]] void FailTruncated(const std::string& name) {
  Fail(name, ": truncated WebP: it ends before its last pixel");
}

// The file's parts: frames, EXIF.
class Parts {
 public:
  Parts(std::span<const uint8_t> bytes, const std::string& name) {
    const WebPData data = {bytes.data(), bytes.size()};
    WebPDemuxState state = WEBP_DEMUX_PARSE_ERROR;
    demuxer_.reset(WebPDemuxPartial(&data, &state));
    if (state == WEBP_DEMUX_PARSING_HEADER || state == WEBP_DEMUX_PARSED_HEADER) FailTruncated(name);
    if (demuxer_ == nullptr || WebPDemuxGetFrame(demuxer_.get(), 1, &frame_) == 0) {
      Fail(name, ": damaged WebP");
    }
  }
  ~Parts() { WebPDemuxReleaseIterator(&frame_); }
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;

  int64_t width() const { return WebPDemuxGetI(demuxer_.get(), WEBP_FF_CANVAS_WIDTH); }
  int64_t height() const { return WebPDemuxGetI(demuxer_.get(), WEBP_FF_CANVAS_HEIGHT); }
  const WebPIterator& frame() const { return frame_; }

  int Orientation() const {
    WebPChunkIterator exif = {};
    int orientation = 1;
    if (WebPDemuxGetChunk(demuxer_.get(), "EXIF", 1, &exif) != 0) {
      orientation = ExifOrientation({exif.chunk.bytes, exif.chunk.size});
    }
    WebPDemuxReleaseChunkIterator(&exif);
    return orientation;
  }

 private:
  std::unique_ptr<WebPDemuxer, Delete> demuxer_;
  WebPIterator frame_ = {};
};

// The frame's samples, three or four per pixel.
void DecodeFrame(const WebPData& data, bool has_alpha, int width, ByteBuffer& samples,
                 const std::string& name, double max_decode_ms) {
  const DecodeClock clock(max_decode_ms);
  WebPDecoderConfig config;
  if (WebPInitDecoderConfig(&config) == 0) Fail(name, ": libwebp's version differs from its headers'");
  config.output.colorspace = has_alpha ? MODE_RGBA : MODE_RGB;
  config.output.is_external_memory = 1;
  config.output.u.RGBA = {samples.data(), width * (has_alpha ? 4 : 3), samples.size()};
  const std::unique_ptr<WebPIDecoder, Delete> decoder(WebPIDecode(nullptr, 0, &config));
  if (decoder == nullptr) throw std::bad_alloc();
  // In pieces; between them the time is checked.
  constexpr size_t kPieceBytes = 32 << 10;
  VP8StatusCode status = VP8_STATUS_SUSPENDED;
  for (size_t end = 0; status == VP8_STATUS_SUSPENDED && end < data.size;) {
    end = std::min(end + kPieceBytes, data.size);
    status = WebPIUpdate(decoder.get(), data.bytes, end);
    clock.Check(name, "WebP");
  }
  switch (status) {
    case VP8_STATUS_OK:
      return;
    case VP8_STATUS_OUT_OF_MEMORY:
      throw std::bad_alloc();
    case VP8_STATUS_SUSPENDED:
    case VP8_STATUS_NOT_ENOUGH_DATA:
      FailTruncated(name);
    default:
      Fail(name, ": damaged WebP");
  }
}

}  // namespace

Image DecodeWebp(std::span<const uint8_t> bytes, const std::string& name, const DecodeOptions& options) {
  const Parts parts(bytes, name);
  CheckPictureSize(parts.width(), parts.height(), name, options);
  const WebPIterator& frame = parts.frame();
  WebPBitstreamFeatures features;
  if (WebPGetFeatures(frame.fragment.bytes, frame.fragment.size, &features) != VP8_STATUS_OK ||
      features.width != frame.width || features.height != frame.height || frame.x_offset < 0 ||
      frame.y_offset < 0 || int64_t{frame.x_offset} + frame.width > parts.width() ||
      int64_t{frame.y_offset} + frame.height > parts.height()) {
    Fail(name, ": damaged WebP");
  }
  const bool has_alpha = features.has_alpha != 0;
  const bool covers_canvas = frame.width == parts.width() && frame.height == parts.height();
  const int64_t frame_pixels = int64_t{frame.width} * frame.height;
  const int64_t canvas_bytes = 3 * parts.width() * parts.height();
  // libwebp keeps four bytes per pixel of a lossless picture, the alpha of another one, and some rows.
  constexpr int kLossless = 2;
  const int64_t decoder_bytes = frame_pixels * (features.format == kLossless ? 4
                                                : has_alpha                  ? 1
                                                                             : 0) +
                                int64_t{64} * frame.width + (256 << 10);
  const int64_t pixel_bytes = frame_pixels * (has_alpha ? 4 : 3);
  // The frame's memory is still in use when its alpha has been applied; a canvas, or a turned picture, is
  // added to it.
  const int64_t copy_bytes = covers_canvas ? TurnBytes(canvas_bytes, parts.Orientation()) : 2 * canvas_bytes;
  auto memory = TakeMemory(pixel_bytes + decoder_bytes + copy_bytes, name, options);

  Image image{frame.width, frame.height, {}};
  image.pixels.resize(static_cast<size_t>(pixel_bytes));
  DecodeFrame(frame.fragment, has_alpha, frame.width, image.pixels, name, options.max_decode_ms);
  if (has_alpha) {
    RgbaOnWhite(image.pixels.data(), image.pixels.data(), static_cast<size_t>(frame_pixels));
    image.pixels.resize(static_cast<size_t>(3 * frame_pixels));
  }
  if (!covers_canvas) {
    Image canvas{static_cast<int>(parts.width()), static_cast<int>(parts.height()), {}};
    canvas.pixels.resize(static_cast<size_t>(canvas_bytes), 255);
    for (int64_t y = 0; y < frame.height; ++y) {
      std::copy_n(image.pixels.data() + 3 * y * frame.width, 3 * frame.width,
                  canvas.pixels.data() + 3 * ((frame.y_offset + y) * canvas.width + frame.x_offset));
    }
    image = std::move(canvas);
  }
  Image upright = TurnUpright(std::move(image), parts.Orientation());
  upright.memory = std::move(memory);
  return upright;
}

}  // namespace mobilenet
