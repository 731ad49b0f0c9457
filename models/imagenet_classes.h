// The 1000 classes of ILSVRC 2012 (models/labels): their names in data sets, and in label lists.
#pragma once

#include <span>
#include <string_view>

namespace mobilenet {

struct ImagenetClass {
  std::string_view synset;  // of WordNet 3.0: "n01534433"
  std::string_view label;   // "junco, snowbird"; two classes are labelled "crane"
};

// In the order of the networks' classes, without background.
std::span<const ImagenetClass> ImagenetClasses();

}  // namespace mobilenet
