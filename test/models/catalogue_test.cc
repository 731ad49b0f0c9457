// models/catalogue.json, and the part of it that is compiled in.
#include "models/catalogue.h"

#include <algorithm>
#include <fstream>
#include <string>

#include <nlohmann/json.hpp>

#include "test/support/catch.h"
#include "test/support/under_test.h"

namespace mobilenet {
namespace {

TEST_CASE("the catalogue's names are compiled in") {
  const auto catalogue = nlohmann::json::parse(std::ifstream(test::Checkout() + "/models/catalogue.json"));
  const auto names = KnownModelNames();
  const auto& models = catalogue.at("models");
  REQUIRE(names.size() == models.size());
  for (size_t i = 0; i < names.size(); ++i) CHECK(names[i] == models[i].at("name").get<std::string>());
  CHECK(DefaultModelName() == "mobilenet_v1_1.0_224_s8");
  CHECK(std::count(names.begin(), names.end(), DefaultModelName()) == 1);
}

TEST_CASE("the part of the catalogue that comparisons need is compiled in") {
  const auto catalogue = nlohmann::json::parse(std::ifstream(test::Checkout() + "/models/catalogue.json"));
  const auto& models = catalogue.at("models");
  REQUIRE(KnownModels().size() == models.size());
  for (size_t i = 0; i < models.size(); ++i) {
    const KnownModel& known = KnownModels()[i];
    CAPTURE(known.name);
    CHECK(known.name == models[i].at("name").get<std::string>());
    CHECK(known.architecture == models[i].at("architecture").get<std::string>());
    CHECK(known.width_multiplier == models[i].at("width_multiplier").get<double>());
    CHECK(known.resolution == models[i].at("resolution").get<int>());
    CHECK(known.classes == models[i].at("classes").get<int>());
    CHECK(known.quantization == models[i].at("quantization").get<std::string>());
    const auto& top1 = models[i].at("published_top1");
    CHECK(known.published_top1.has_value() == !top1.is_null());
    if (known.published_top1) CHECK(*known.published_top1 == top1.get<double>());
  }
}

TEST_CASE("the catalogue has every variant of V1 in every type") {
  const auto names = KnownModelNames();
  for (const char* width : {"1.0", "0.75", "0.5", "0.25"}) {
    for (const char* resolution : {"224", "192", "160", "128"}) {
      for (const char* type : {"u8", "s8", "f32"}) {
        const std::string name = std::string("mobilenet_v1_") + width + "_" + resolution + "_" + type;
        CAPTURE(name);
        CHECK(std::count(names.begin(), names.end(), name) == 1);
      }
    }
  }
  CHECK(std::count(names.begin(), names.end(), "mobilenet_v1_0.25_224_keras_f32") == 1);
}

}  // namespace
}  // namespace mobilenet
