// Files of records: written, read back, continued, joined.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "test/image/bytes.h"

namespace mobilenet::test {

// A row made from the input is written and read back.
void FuzzRecord(std::span<const uint8_t> input);
std::vector<Bytes> RecordSeeds();

// The input, after a byte of choices, is what --resume finds.
void FuzzResume(std::span<const uint8_t> input);
std::vector<Bytes> ResumeSeeds();

// The input, after two bytes of choices, is two parts that merge joins.
void FuzzMerge(std::span<const uint8_t> input);
std::vector<Bytes> MergeSeeds();

// The input is a FILE.meta.json.
void FuzzMetadata(std::span<const uint8_t> input);
std::vector<Bytes> MetadataSeeds();

}  // namespace mobilenet::test
