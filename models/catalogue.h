// The names of the known weights (models/catalogue.json), compiled in for messages and defaults.
#pragma once

#include <span>
#include <string_view>

namespace mobilenet {

// In the catalogue's order.
std::span<const std::string_view> KnownModelNames();

// The model that is used when none is named.
std::string_view DefaultModelName();

}  // namespace mobilenet
