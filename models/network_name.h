// The names of networks on a command line: an architecture's name and, if they are not its own, width
// multiplier and pixels, and the type of the weights: mobilenet_v1, mobilenet_v1_0.5, mobilenet_v1_192,
// mobilenet_v1_0.5_160_s8. The catalogue's names have this form, too.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "models/printed_figures.h"
#include "models/registry.h"

namespace mobilenet {

struct NamedNetwork {
  std::string_view architecture;
  NetworkSize size;
  std::string_view type;        // "f32", "u8", "s8"; "" if the name does not say it
  std::string_view model_name;  // in the catalogue; "" if it is not there
};

// `classes`, unless the name is in the catalogue, which has its own number. Throws Error, "NAME: ...", if the
// name is not that of a network, with the nearest name or with all of them; the size is not checked.
NamedNetwork ParseNetworkName(std::string_view name, int classes);

// The accuracy of its published weights: those of the catalogue if it names them, else those of the type, or
// f32 if it has no type. None if nobody has published any.
std::optional<PublishedTop1> PublishedTop1Of(const NamedNetwork& network);

}  // namespace mobilenet
