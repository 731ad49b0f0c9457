// Numbers that papers print, compared with the exact ones.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

#include "models/registry.h"
#include "test/support/catch.h"

namespace mobilenet::test {

inline double Millions(int64_t count) {
  return static_cast<double>(count) / 1e6;
}

// Papers cut some of their numbers off (149.497 -> 149, 290.7 -> 290) and round others (568.7 -> 569): a
// printed number is reproduced if it is one of the two.
inline void CheckPrinted(double exact, double printed, int decimals) {
  const double unit = std::pow(10.0, decimals);
  CAPTURE(exact, printed);
  CHECK((std::floor(exact * unit) == std::round(printed * unit) ||
         std::round(exact * unit) == std::round(printed * unit)));
}

// The network of that name at its own resolution, with 1000 classes.
inline Network OwnSize(const std::string& name) {
  return MakeNetwork(name, 1.0, FindArchitecture(name).default_resolution, 1000);
}

inline const Layer& Named(const Network& network, std::string_view name) {
  for (const Layer& layer : network.layers) {
    if (layer.name == name) return layer;
  }
  FAIL("no layer " << name);
  return network.layers[0];
}

// Mult-adds of the layers of that kind ("conv").
inline int64_t MultAddsOf(const Network& network, const std::string& kind) {
  int64_t sum = 0;
  for (const Layer& layer : network.layers) sum += OperatorKind(layer) == kind ? MultAdds(layer) : 0;
  return sum;
}

}  // namespace mobilenet::test
