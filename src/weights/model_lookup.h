// Where a model is: --model NAME|FILE, or the default.
#pragma once

#include <string>
#include <vector>

namespace mobilenet {

// The path of the model file. `model` is a path (it has a slash or ends in .safetensors) or a name, looked
// for as NAME.safetensors in $MOBILENET_MODELS, models/weights of the checkout the program was built in,
// ~/.local/share/mobilenet, share/mobilenet of the prefix that the program is installed in, and
// /usr/share/mobilenet. Empty: $MOBILENET_MODEL, else the name in the file default_model of
// the first of these folders that has one (quickstart.sh leaves it), else the catalogue's default. Throws
// Error that lists where it was looked for, or the known names if it is none of them.
std::string FindModel(const std::string& model);

struct ModelHere {
  std::string name;  // that FindModel takes
  std::string path;  // that it gives
};
// All that have a name, by it.
std::vector<ModelHere> ModelsHere();

}  // namespace mobilenet
