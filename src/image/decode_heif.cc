#include "src/image/decode_heif.h"

#include <libheif/heif.h>

#include <algorithm>
#include <memory>
#include <new>

#include "src/base/error.h"
#include "src/image/lazy_library.h"
#include "src/image/on_white.h"
#include "src/image/picture_limits.h"
#include "src/image/sentence.h"

namespace mobilenet {
namespace {

struct Library {
  LazyLibrary library{MOBILENET_HEIF_LIBRARY};
#define MOBILENET_FUNCTION(name) decltype(::name)* const name = library.Function<decltype(::name)>(#name)
  MOBILENET_FUNCTION(heif_context_alloc);
  MOBILENET_FUNCTION(heif_context_free);
  MOBILENET_FUNCTION(heif_context_get_primary_image_handle);
  MOBILENET_FUNCTION(heif_context_read_from_memory_without_copy);
  MOBILENET_FUNCTION(heif_context_set_max_decoding_threads);
  MOBILENET_FUNCTION(heif_context_set_maximum_image_size_limit);
  MOBILENET_FUNCTION(heif_decode_image);
  MOBILENET_FUNCTION(heif_decoding_options_alloc);
  MOBILENET_FUNCTION(heif_decoding_options_free);
  MOBILENET_FUNCTION(heif_image_get_height);
  MOBILENET_FUNCTION(heif_image_get_plane_readonly);
  MOBILENET_FUNCTION(heif_image_get_width);
  MOBILENET_FUNCTION(heif_image_handle_get_height);
  MOBILENET_FUNCTION(heif_image_handle_get_ispe_height);
  MOBILENET_FUNCTION(heif_image_handle_get_ispe_width);
  MOBILENET_FUNCTION(heif_image_handle_get_luma_bits_per_pixel);
  MOBILENET_FUNCTION(heif_image_handle_get_width);
  MOBILENET_FUNCTION(heif_image_handle_has_alpha_channel);
  MOBILENET_FUNCTION(heif_image_handle_is_premultiplied_alpha);
  MOBILENET_FUNCTION(heif_image_handle_release);
  MOBILENET_FUNCTION(heif_image_release);
#undef MOBILENET_FUNCTION
};

const Library& TheLibrary() {
  static const Library library;
  return library;
}

struct Release {
  void operator()(heif_context* context) const { TheLibrary().heif_context_free(context); }
  void operator()(heif_image_handle* handle) const { TheLibrary().heif_image_handle_release(handle); }
  void operator()(heif_image* image) const { TheLibrary().heif_image_release(image); }
  void operator()(heif_decoding_options* options) const { TheLibrary().heif_decoding_options_free(options); }
};

// What libheif and its decoders hold at once, in bytes per pixel: the decoded planes with those that they are
// predicted from, one copy in a grid of tiles, and RGB with alpha. Planes of more than 8 bits take two bytes
// per sample.
int64_t DecoderBytes(int64_t pixel_count, int bits) {
  constexpr int64_t kPlanes = 3, kPlaneCopies = 3, kRgba = 4;
  constexpr int64_t kCodecBytes = 16 << 20;  // tables and threads of the decoders
  return pixel_count * (kPlanes * kPlaneCopies * (bits > 8 ? 2 : 1) + kRgba) + kCodecBytes;
}

}  // namespace

Image DecodeHeif(std::span<const uint8_t> bytes, ImageFormat format, const std::string& name,
                 const DecodeOptions& options) {
  const DecodeClock clock(options.max_decode_ms);
  const Library& heif = TheLibrary();
  const auto format_name = ImageFormatName(format);
  if (!heif.library.is_complete()) {
    Fail(name, ": ", format_name,
         " is not read without " MOBILENET_HEIF_LIBRARY " (apt-get install libheif1 brings it)");
  }
  const auto check = [&](const heif_error& error) {
    if (error.code == heif_error_Ok) return;
    if (error.code == heif_error_Memory_allocation_error &&
        error.subcode != heif_suberror_Security_limit_exceeded) {
      throw std::bad_alloc();
    }
    if (error.subcode == heif_suberror_End_of_data) {
      Fail(name, ": truncated ", format_name, ": it ends before its last pixel");
    }
    Fail(name, ": cannot decode ", format_name, ": ",
         InSentence(error.message == nullptr ? "no reason known" : error.message));
  };

  const std::unique_ptr<heif_context, Release> context(heif.heif_context_alloc());
  if (context == nullptr) throw std::bad_alloc();
  // In this thread: several pictures are already being decoded at once.
  heif.heif_context_set_max_decoding_threads(context.get(), 0);
  heif.heif_context_set_maximum_image_size_limit(context.get(), 1 << 20);
  check(heif.heif_context_read_from_memory_without_copy(context.get(), bytes.data(), bytes.size(), nullptr));
  heif_image_handle* found = nullptr;
  check(heif.heif_context_get_primary_image_handle(context.get(), &found));
  const std::unique_ptr<heif_image_handle, Release> handle(found);
  const int64_t width = heif.heif_image_handle_get_width(found);
  const int64_t height = heif.heif_image_handle_get_height(found);
  CheckPictureSize(width, height, name, options);
  // The picture that is decoded, before it is turned and cropped. A grid or overlay states its size a second
  // time: if that is larger, the file is damaged and would take more memory than was asked for. (libheif asks
  // for less than its limit.)
  const int64_t decoded_width = heif.heif_image_handle_get_ispe_width(found);
  const int64_t decoded_height = heif.heif_image_handle_get_ispe_height(found);
  const int64_t pixel_count = std::max(width * height, decoded_width * decoded_height);
  const int bits = heif.heif_image_handle_get_luma_bits_per_pixel(found);
  auto memory = TakeMemory(3 * width * height + DecoderBytes(pixel_count, bits), name, options);
  heif.heif_context_set_maximum_image_size_limit(
      context.get(), static_cast<int>(std::max({width, height, decoded_width, decoded_height}) + 1));

  const bool has_alpha = heif.heif_image_handle_has_alpha_channel(found) != 0;
  const std::unique_ptr<heif_decoding_options, Release> decoding(heif.heif_decoding_options_alloc());
  if (decoding == nullptr) throw std::bad_alloc();
  decoding->convert_hdr_to_8bit = 1;
  heif_image* decoded = nullptr;
  check(heif.heif_decode_image(found, &decoded, heif_colorspace_RGB,
                               has_alpha ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB,
                               decoding.get()));
  const std::unique_ptr<heif_image, Release> picture(decoded);
  clock.Check(name, std::string(format_name).c_str());
  int stride = 0;
  const uint8_t* row = heif.heif_image_get_plane_readonly(decoded, heif_channel_interleaved, &stride);
  if (row == nullptr || heif.heif_image_get_width(decoded, heif_channel_interleaved) != width ||
      heif.heif_image_get_height(decoded, heif_channel_interleaved) != height) {
    Fail(name, ": damaged ", format_name, ": the picture's size differs from its header");
  }

  Image image{static_cast<int>(width), static_cast<int>(height), {}, {}, std::move(memory)};
  image.pixels.resize(static_cast<size_t>(3 * width * height));
  const bool is_premultiplied = has_alpha && heif.heif_image_handle_is_premultiplied_alpha(found) != 0;
  uint8_t* to = image.pixels.data();
  for (int64_t y = 0; y < height; ++y, row += stride, to += 3 * width) {
    if (!has_alpha) {
      std::copy_n(row, 3 * width, to);
    } else if (!is_premultiplied) {
      RgbaOnWhite(row, to, static_cast<size_t>(width));
    } else {
      for (int64_t i = 0; i < 3 * width; ++i) {
        to[i] = PremultipliedOnWhite(row[i / 3 * 4 + i % 3], row[i / 3 * 4 + 3]);
      }
    }
  }
  return image;
}

}  // namespace mobilenet
