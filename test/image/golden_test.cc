// The photographs of ../shared through decoding, crop and resize, against what Pillow makes of them.
#include <algorithm>
#include <filesystem>
#include <fstream>

#include "src/image/preprocess.h"
#include "test/image/files.h"
#include "test/image/samples.h"
#include "test/support/catch.h"
#include "test/support/skip.h"

namespace mobilenet::test {
namespace {

std::string PhotographPath(const std::string& shared, const std::string& name) {
  for (const std::string& path : {shared + "images/imagenet-100/" + name + ".JPEG",
                                  shared + "images/" + name + ".jpg", shared + "images/" + name + ".bmp"}) {
    if (std::filesystem::exists(path)) return path;
  }
  FAIL("no photograph " << name);
  return "";
}

// One of the photographs is stored turned, and the reference pictures show it so: without its EXIF it stays.
Bytes WithoutExif(Bytes bytes) {
  const std::string magic("Exif\0\0", 6);
  for (auto at = bytes.begin();
       (at = std::search(at, bytes.end(), magic.begin(), magic.end())) != bytes.end();)
    *at = 'x';
  return bytes;
}

TEST_CASE("all photographs, decoded, cropped and resized, are Pillow's to the byte") {
  const std::string shared = SharedFolder();
  if (shared.empty()) return;
  std::ifstream names(shared + "golden/names.txt");
  int count = 0;
  for (std::string name; std::getline(names, name); ++count) {
    const Image photograph = DecodeImage(WithoutExif(ReadBytes(PhotographPath(shared, name))), name, {});
    for (int resolution : {128, 160, 192, 224}) {
      CAPTURE(name, resolution);
      const std::string reference =
          shared + "golden/inputs/" + std::to_string(resolution) + "/" + name + ".png";
      CHECK(LargestDifference(ResizeImage(photograph, {}, resolution), DecodeImageFile(reference, {})) == 0);
    }
  }
  CHECK(count == 108);
}

TEST_CASE("the reference input tensors go in byte for byte") {
  const std::string shared = SharedFolder();
  if (shared.empty()) return;
  const Image input = DecodeImageFile(shared + "golden/inputs/224/parrot.png", {});
  PreprocessSpec spec;
  spec.resize = ResizeMode::kSquash;
  spec.mean = {128, 128, 128};
  spec.std = {128, 128, 128};
  Bytes tensor(input.pixels.size());
  PreprocessImage(input, spec, 224, DataType::kU8, {0.0078125f, 128}, tensor.data());
  CHECK(tensor == input.pixels);
}

}  // namespace
}  // namespace mobilenet::test
