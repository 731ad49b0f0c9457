// The photographs of ../shared after decoding, crop and resize, compared with what Pillow makes of them.
#include <fstream>
#include <span>
#include <utility>

#include "src/base/sha256.h"
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

TEST_CASE("at the resolutions of EfficientNet-Lite they are what the reference saw, by their SHA-256") {
  const std::string shared = SharedFolder();
  if (shared.empty()) return;
  for (const auto& [network, resolution] : {std::pair("lite0", 224), {"lite1", 240}, {"lite2", 260}}) {
    std::ifstream in(shared + "golden/inputs/efficientnet_" + network + ".sha256");
    int count = 0;
    for (std::string hash, name; in >> hash >> name; ++count) {
      if (static_cast<size_t>(count) % PhotographStride() != 0) continue;
      CAPTURE(network, name);
      const Image photograph = DecodeImage(FromText(PhotographBytes(shared, name)), name, {});
      const Image resized = ResizeImage(photograph, {}, resolution);
      CHECK(Sha256(std::as_bytes(std::span(resized.pixels))) == hash);
    }
    CHECK(count == 108);
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
