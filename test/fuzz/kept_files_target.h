// The small files that the program keeps for later runs, or takes from others.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "test/image/bytes.h"

namespace mobilenet::test {

// The FILE.json of quantize --ranges: an error or the ranges, which are the same when written and read again.
void FuzzCalibration(std::span<const uint8_t> input);
std::vector<Bytes> CalibrationSeeds();

// The FILE of tradeoff --resume: an error that leaves the file as it is, or all measurements of its whole
// lines.
void FuzzMeasurements(std::span<const uint8_t> input);
std::vector<Bytes> MeasurementSeeds();

// What `mobilenet tune` keeps: something possible on this machine, or the reason why it is ignored.
void FuzzTuning(std::span<const uint8_t> input);
std::vector<Bytes> TuningSeeds();

}  // namespace mobilenet::test
