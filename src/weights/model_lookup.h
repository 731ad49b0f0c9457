// Where a model is: --model NAME|FILE, or the default.
#pragma once

#include <string>
#include <vector>

namespace mobilenet {

// The path of the model file. `model` is a path (it has a slash or ends in .safetensors) or a name, which is
// looked up as NAME.safetensors in $MOBILENET_MODELS, models/weights of the checkout the program was built
// in, ~/.local/share/mobilenet, share/mobilenet of the prefix the program is installed in, and
// /usr/share/mobilenet. If empty: $MOBILENET_MODEL, else the name in the file default_model of the first of
// these folders that has one (quickstart.sh writes it), else the catalogue's default. Throws Error that lists
// the folders searched or, for an unknown name, gives the nearest known one.
std::string FindModel(const std::string& model);

// The name or path that FindModel uses if it is given none.
std::string DefaultModel();

struct ModelHere {
  std::string name;  // "mobilenet_v1_1.0_224_s8"
  std::string path;
};
// The model files in the folders that FindModel searches, sorted by name; if several have the same name, the
// one that it finds. A folder that cannot be read counts as empty.
std::vector<ModelHere> ModelsHere();

// The first of those folders that belongs to the user, where new models go: $MOBILENET_MODELS, models/weights
// of the checkout, or ~/.local/share/mobilenet. It need not exist yet. Throws Error if there is no such
// folder ($HOME is not set).
std::string FolderForNewModels();

}  // namespace mobilenet
