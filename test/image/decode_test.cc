#include "src/base/error.h"
#include "src/image/image.h"
#include "src/image/image_format.h"
#include "test/image/files.h"
#include "test/image/samples.h"
#include "test/support/catch.h"

namespace mobilenet::test {
namespace {

TEST_CASE("every format is recognised by its contents, whatever the file's name") {
  const TemporaryFolder folder;
  for (const SampleFile& file : SampleFiles()) {
    CAPTURE(file.name);
    const Image decoded = DecodeImageFile(WriteBytes(folder, "misnamed.txt", file.bytes), {});
    CHECK(LargestDifference(decoded, file.picture) <= file.tolerance);
    CHECK(LargestDifference(DecodeImage(file.bytes, "picture", {}), decoded) == 0);
  }
}

TEST_CASE("a text file and other formats are of unknown format") {
  const TemporaryFolder folder;
  const std::string path = WriteBytes(folder, "notes.jpg", FromText("dear diary, today I saw a parrot\n"));
  CHECK(ErrorOf([&] { DecodeImageFile(path, {}); }) ==
        path +
            ": cannot decode image: unknown format (JPEG, PNG, WebP, HEIF, AVIF, TIFF, GIF, BMP, TGA, PSD, "
            "HDR, PIC and PNM are read)");
  for (const std::string& text :
       {std::string("x"), std::string("BMW builds cars, among other things"), std::string("P50 is a pump"),
        std::string("GIF is a format"), std::string(1000, '\0'), std::string("RIFF\x10\0\0\0WAVEfmt ", 16)}) {
    CAPTURE(text);
    CHECK(DetectImageFormat(FromText(text)) == ImageFormat::kUnknown);
    CHECK(DecodeError(FromText(text)).find("unknown format") != std::string::npos);
  }
}

TEST_CASE("formats that are known and not read are refused by their names") {
  const auto text = [](std::string_view magic) { return FromText(magic) + Bytes(100, 1); };
  using namespace std::string_view_literals;
  const std::pair<Bytes, const char*> kFiles[] = {
      {text("\xff\x0a"sv), "JPEG XL is not read (convert it, for instance with djxl)"},
      {text("\0\0\0\x0cJXL \r\n\x87\n"sv), "JPEG XL is not read (convert it, for instance with djxl)"},
      {text("\0\0\0\x0cjP  \r\n\x87\n"sv),
       "JPEG 2000 is not read (convert it, for instance with opj_decompress)"},
      {text("%PDF-1.7"sv), "PDF is not read (convert it, for instance with pdftoppm)"},
      {text("<?xml version=\"1.0\"?>\n<!-- made by hand -->\n<svg width=\"1\">"sv),
       "SVG is not read (convert it, for instance with rsvg-convert)"},
      {text("\0\0\1\0\1\0\x10\x10"sv), "ICO is not read (convert it, for instance with icotool)"},
      {text("\0\0\0\x18"
            "ftypmp42\0\0\0\0isommp42"sv),
       "MP4 or QuickTime is not read (convert it, for instance with ffmpeg)"},
      {text("\0\0\0\x18"
            "ftypcrx \0\0\0\1crx isom"sv),
       "camera RAW (CR3) is not read (convert it, for instance with dcraw)"},
      {text("II*\0\x10\0\0\0CR\2\0"sv), "camera RAW (CR2) is not read (convert it, for instance with dcraw)"},
      {text("FUJIFILMCCD-RAW 0201"sv), "camera RAW (RAF) is not read (convert it, for instance with dcraw)"},
      {text("gimp xcf v011"sv), "XCF is not read (convert it, for instance with xcf2png)"},
  };
  for (const auto& [bytes, message] : kFiles) CHECK(DecodeError(bytes) == StrCat("picture: ", message));
}

TEST_CASE("a TGA header with a nonsensical field is not a TGA") {
  const Bytes tga = WriteTga(NoisyGradient(4, 4), false);
  REQUIRE(DetectImageFormat(tga) == ImageFormat::kTga);
  for (const auto& [at, value] : {std::pair{1, 1},
                                  {1, 2},
                                  {2, 0},
                                  {2, 1},
                                  {2, 4},
                                  {2, 12},
                                  {5, 3},
                                  {12, 0},
                                  {14, 0},
                                  {16, 8},
                                  {16, 12},
                                  {17, 0xc0},
                                  {17, 0x0f}}) {
    CAPTURE(at, value);
    Bytes changed = tga;
    changed[static_cast<size_t>(at)] = static_cast<uint8_t>(value);
    CHECK(DetectImageFormat(changed) == ImageFormat::kUnknown);
  }
}

TEST_CASE("random bytes are not a TGA, which has no magic number") {
  constexpr unsigned kSeed = 12345;
  CAPTURE(kSeed);
  const Image noise = NoisyGradient(100, 100, kSeed);
  int taken = 0;
  for (size_t at = 0; at + 18 < noise.pixels.size(); ++at) {
    const Bytes bytes(noise.pixels.begin() + static_cast<ptrdiff_t>(at), noise.pixels.end());
    taken += DetectImageFormat(bytes) != ImageFormat::kUnknown;
  }
  CHECK(taken == 0);
}

TEST_CASE("no bytes are an error") {
  CHECK(DecodeError({}) == "picture: is empty (an image file was expected)");
}

}  // namespace
}  // namespace mobilenet::test
