// Lists of names: of inputs, of labels.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "test/image/bytes.h"

namespace mobilenet::test {

// The input, after a byte of choices, is the list of --files-from.
void FuzzInputList(std::span<const uint8_t> input);
std::vector<Bytes> InputListSeeds();

// The input, after a byte with the number of classes, is the file of --labels.
void FuzzLabels(std::span<const uint8_t> input);
std::vector<Bytes> LabelSeeds();

}  // namespace mobilenet::test
