// A network with a new last layer for its own classes. Everything up to the features, the trunk, stays as it
// is in the file, bit for bit; then come one fully connected layer, the head, and a softmax.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/network.h"
#include "src/weights/model_file.h"
#include "src/weights/safetensors.h"

namespace mobilenet {

// The features are the output of the global average pool or, if there is none, the input of the last fully
// connected layer.
struct Trunk {
  Value features = 0;
  int64_t count = 0;      // how many numbers they are
  std::string head_name;  // name of the layer that reads them
};

// Throws Error if the network's end cannot be removed.
Trunk TrunkOf(const ModelFile& file, const Network& network);

// Of everything that the features depend on besides the photograph: the same for a file and for all files
// that have other heads on its trunk.
std::string TrunkSha256(const ModelFile& file, const Network& network, const Trunk& trunk);

struct NewHead {
  std::vector<std::string> labels;
  std::vector<float> weights;  // [classes, count]
  std::vector<float> bias;     // [classes]
  // What quantised heads need to know about photographs: the range of the logits, the mean of each feature.
  float lowest_logit = 0;
  float highest_logit = 0;
  std::vector<double> feature_means;  // [count]
  Safetensors::Metadata metadata;     // mobilenet.source, mobilenet.unknown_below
};

// The file of the trunk with that head, in the type of the file's weights: an s8 file gets an s8 head. Made
// in memory and checked like any other; `name` stands for its path.
ModelFile WithHead(const ModelFile& file, const Network& network, const Trunk& trunk, const NewHead& head,
                   const std::string& name);

}  // namespace mobilenet
