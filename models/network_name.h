// What networks are called on a command line: an architecture's name and, where they are not its own, width
// multiplier and pixels, and the type of the weights: mobilenet_v1, mobilenet_v1_0.5, mobilenet_v1_192,
// mobilenet_v1_0.5_160_s8. The catalogue's names are of this kind, too.
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
  std::string_view model_name;  // in the catalogue; "" for what is not there
};

// `classes` unless the name is one of the catalogue, which has its own. Throws Error, "NAME: ...", for a name
// that is of no network, with the one that it resembles or all of them; the size is not checked.
NamedNetwork ParseNetworkName(std::string_view name, int classes);

// How right its published weights are: those of the catalogue that it names, else those of the type, f32 if
// it says none. None where nobody has published any.
std::optional<PublishedTop1> PublishedTop1Of(const NamedNetwork& network);

}  // namespace mobilenet
