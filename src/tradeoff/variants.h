// The models that are compared: those on this machine, which are measured, and those of the catalogue that
// are not here, which are estimated from networks like them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/catalogue.h"
#include "models/network.h"
#include "src/base/tensor.h"

namespace mobilenet {

struct Variant {
  std::string name;
  std::string path;                   // "" with random weights
  const KnownModel* known = nullptr;  // of the catalogue
  std::string key() const { return path.empty() ? "random weights: " + name : path; }
};

struct Variants {
  struct Description {
    Network network;
    std::optional<double> published_top1;  // percent
  };

  std::vector<Variant> here;
  std::map<std::string, Description> descriptions;  // of those here, by Variant::key
  std::vector<std::string> errors;                  // messages of files that cannot be opened
  int64_t of_other_types = 0;                       // left out, since they do not run as asked for
  std::vector<const KnownModel*> estimated;
  std::vector<Variant> calibrations;  // with random weights, to estimate from

  bool empty() const { return here.empty() && estimated.empty(); }
  size_t measured() const { return here.size() + calibrations.size(); }
};

Network NetworkOfKnown(const KnownModel& known);

// `models` as FindModel takes them, none for all on this machine; only those that run with that precision;
// with `estimates` also those that are not here. Throws Error for a name that stands for no file.
Variants FindVariants(std::span<const std::string> models, std::optional<DataType> precision, bool estimates);

}  // namespace mobilenet
