#include "models/network_name.h"

#include <string>

#include "models/catalogue.h"
#include "src/base/error.h"
#include "test/support/catch.h"

namespace mobilenet {
namespace {

TEST_CASE("a network's name says its width, pixels and type, each if it is not its own") {
  struct Row {
    const char* name;
    std::string architecture;
    double width_multiplier;
    int resolution;
    int classes;
    std::string type;
  };
  const Row rows[] = {
      {"mobilenet_v1", "mobilenet_v1", 1.0, 224, 10, ""},
      {"mobilenet_v1_0.5", "mobilenet_v1", 0.5, 224, 10, ""},
      {"mobilenet_v1_160", "mobilenet_v1", 1.0, 160, 10, ""},
      {"mobilenet_v1_s8", "mobilenet_v1", 1.0, 224, 10, "s8"},
      {"mobilenet_v1_0.5_160", "mobilenet_v1", 0.5, 160, 10, ""},
      {"mobilenet_v1_2_160_u8", "mobilenet_v1", 2, 160, 10, "u8"},
      {"mobilenet_v2_1.4", "mobilenet_v2", 1.4, 224, 10, ""},
      {"efficientnet_lite1", "efficientnet_lite1", 1.0, 240, 10, ""},
      // In the catalogue: with the classes of its weights.
      {"mobilenet_v1_0.5_160_s8", "mobilenet_v1", 0.5, 160, 1001, "s8"},
      {"mobilenet_v1_0.25_224_keras_f32", "mobilenet_v1", 0.25, 224, 1000, "f32"},
      {"mobilenet_v2_1.0_224_inat_bird_u8", "mobilenet_v2", 1.0, 224, 965, "u8"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const NamedNetwork network = ParseNetworkName(row.name, 10);
    CHECK(network.architecture == row.architecture);
    CHECK(network.size.width_multiplier == row.width_multiplier);
    CHECK(network.size.resolution == row.resolution);
    CHECK(network.size.classes == row.classes);
    CHECK(network.type == row.type);
    MakeNetwork(network.architecture, network.size);
  }
}

TEST_CASE("every name of the catalogue and every architecture is a network's name") {
  for (const KnownModel& model : KnownModels()) {
    CAPTURE(model.name);
    const NamedNetwork network = ParseNetworkName(model.name, 10);
    CHECK(network.architecture == model.architecture);
    CHECK(network.model_name == model.name);
    CHECK(MakeNetwork(network.architecture, network.size).classes == model.classes);
  }
  for (const Architecture& architecture : kArchitectures) {
    CAPTURE(architecture.name);
    CHECK(ParseNetworkName(architecture.name, 10).architecture == architecture.name);
  }
}

TEST_CASE("an unknown name is an error that says what would be right") {
  CHECK_THROWS_WITH(ParseNetworkName("mobilnet_v1", 10),
                    "mobilnet_v1: unknown network (did you mean mobilenet_v1?)");
  CHECK_THROWS_WITH(
      ParseNetworkName("mobilenet_v1_0.5_160_s9", 10),
      "mobilenet_v1_0.5_160_s9: unknown network (mobilenet_v1 may be followed by width multiplier, "
      "pixels and f32, u8 or s8, each after a \"_\")");
  CHECK_THROWS_WITH(ParseNetworkName("transformer", 10),
                    "transformer: unknown network (NAME[_WIDTH][_PIXELS] with one of these names: " +
                        ArchitectureNames() + "; or a file NAME.safetensors)");
  for (const char* name : {"", "_", "mobilenet_v1_", "mobilenet_v1__160", "mobilenet_v1_160_0.5",
                           "mobilenet_v1_s8_160", "mobilenet_v1_0.5_0.5", "mobilenet_v1_nan",
                           "mobilenet_v1_20", "mobilenet_v1_0.5_160_s8_", "mobilenet_v12", "MOBILENET_V1"}) {
    CAPTURE(name);
    CHECK_THROWS_AS(ParseNetworkName(name, 10), Error);
  }
}

TEST_CASE("the published accuracy is that of the weights that the name stands for") {
  const auto top1 = [](const char* name) -> std::string {
    const auto published = PublishedTop1Of(ParseNetworkName(name, 1000));
    if (!published) return "none";
    return std::to_string(published->percent).substr(0, 4) + " " + std::string(published->source);
  };
  CHECK(top1("mobilenet_v1") == "70.9 the published weights");
  CHECK(top1("mobilenet_v1_1.0_224_s8") == "69.7 the published weights");
  CHECK(top1("mobilenet_v1_0.5_160") == "59.1 the published weights");
  CHECK(top1("mobilenet_v1_0.25_224_keras_f32") == "none");
  CHECK(top1("mobilenet_v1_0.3") == "none");
  CHECK(top1("mobilenet_v2_u8") == "none");
  CHECK(top1("mobilenet_v2_1.0_224_inat_bird_u8") == "none");
  CHECK(top1("efficientnet_lite0") == "75.1 the published weights");
}

}  // namespace
}  // namespace mobilenet
