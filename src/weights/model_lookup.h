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
// Error that lists where it was looked for, or the nearest known name if it is none of them.
std::string FindModel(const std::string& model);

// The name or path that FindModel takes where it is given none.
std::string DefaultModel();

struct ModelHere {
  std::string name;  // "mobilenet_v1_1.0_224_s8"
  std::string path;
};
// The model files of the folders that FindModel looks into, sorted by name; of several of one name the one
// that it finds. A folder that cannot be read has none.
std::vector<ModelHere> ModelsHere();

// The first of those folders that is the user's own, where new models go: $MOBILENET_MODELS, models/weights
// of the checkout, or ~/.local/share/mobilenet. It need not exist yet. Throws Error where there is no such
// folder ($HOME is not set).
std::string FolderForNewModels();

}  // namespace mobilenet
