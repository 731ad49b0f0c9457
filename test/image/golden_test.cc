// The photographs of ../shared through decoding, crop and resize, against what Pillow makes of them.
#include "src/image/preprocess.h"
#include "test/image/files.h"
#include "test/image/samples.h"
#include "test/support/catch.h"
#include "test/support/photographs.h"
#include "test/support/skip.h"

namespace mobilenet::test {
namespace {

TEST_CASE("all photographs, decoded, cropped and resized, are Pillow's to the byte") {
  const std::string shared = SharedFolder();
  if (shared.empty()) return;
  for (const std::string& name : PhotographNames(shared)) {
    const Image photograph = DecodeImage(FromText(PhotographBytes(shared, name)), name, {});
    for (int resolution : {128, 160, 192, 224}) {
      CAPTURE(name, resolution);
      const std::string reference =
          shared + "golden/inputs/" + std::to_string(resolution) + "/" + name + ".png";
      CHECK(LargestDifference(ResizeImage(photograph, {}, resolution), DecodeImageFile(reference, {})) == 0);
    }
  }
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
