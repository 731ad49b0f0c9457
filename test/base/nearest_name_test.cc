#include "src/base/nearest_name.h"

#include <string>

#include "test/support/catch.h"

namespace mobilenet {
namespace {

TEST_CASE("a mistyped name is distinguished from an unknown one") {
  constexpr std::string_view kNames[] = {"mobilenet_v1", "mobilenet_v2", "efficientnet_lite0", "vgg16",
                                         "vgg19"};
  for (const auto& [text, name] : {std::pair{"mobilnet_v1", "mobilenet_v1"},
                                   {"mobilenet_v1", "mobilenet_v1"},
                                   {"mobilenet_v3", "mobilenet_v1"},  // the first of two
                                   {"mobilenetv2", "mobilenet_v2"},
                                   {"efficeintnet_lite0", "efficientnet_lite0"},
                                   {"vg16", "vgg16"},
                                   {"VGG16", ""},
                                   {"vgg", ""},
                                   {"lenet", ""},
                                   {"", ""}}) {
    CAPTURE(text);
    CHECK(NearestName(text, kNames).value_or("") == name);
  }
  CHECK(!NearestName(std::string(1'000'000, 'm'), kNames));
  CHECK(!NearestName("vgg16", {}));
}

}  // namespace
}  // namespace mobilenet
