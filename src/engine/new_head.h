// A network with a last layer of its own classes. All up to the features, the trunk, stays as it is in the
// file, bit for bit; after them come one fully connected layer, the head, and a softmax.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/network.h"
#include "src/weights/model_file.h"
#include "src/weights/safetensors.h"

namespace mobilenet {

// The features are what the global average pool gives; where there is none, what the last fully connected
// layer reads.
struct Trunk {
  Value features = 0;
  int64_t count = 0;      // of numbers in them
  std::string head_name;  // of the layer that reads them
};

// Throws Error for a network whose end cannot be taken off.
Trunk TrunkOf(const ModelFile& file, const Network& network);

// Of everything that the features depend on besides the photograph: the same for a file and for all that got
// other heads on its trunk.
std::string TrunkSha256(const ModelFile& file, const Network& network, const Trunk& trunk);

struct NewHead {
  std::vector<std::string> labels;
  std::vector<float> weights;  // [classes, count]
  std::vector<float> bias;     // [classes]
  // What quantised heads need to know of photographs: the range of the logits, the mean of each feature.
  float lowest_logit = 0;
  float highest_logit = 0;
  std::vector<double> feature_means;  // [count]
  Safetensors::Metadata metadata;     // mobilenet.source, mobilenet.unknown_below
};

// The file of the trunk with that head, in the type that the file's weights have: a s8 file gets a s8 head.
// Made in memory and checked as any other; `name` stands for its path.
ModelFile WithHead(const ModelFile& file, const Network& network, const Trunk& trunk, const NewHead& head,
                   const std::string& name);

}  // namespace mobilenet
