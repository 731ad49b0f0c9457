// The FILE.json of --ranges: what a calibration found, so that others can make the same model without the
// photographs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "models/network.h"
#include "src/engine/calibration.h"

namespace mobilenet {

struct CalibrationFile {
  std::string weights_checksum;             // of the float model's (ModelFile::Checksum)
  int64_t photographs = 0;                  // used for calibration
  std::vector<ValueStatistics> statistics;  // for the network's values, the input first, without the scores
};

// {weights_checksum, photographs, ranges [{name, min, max, channel_means}]} and a newline: numbers with as
// many digits as bring those of Calibration back. Ranges that CanBeEqualized (equalize.h) have channel_mins
// and channel_maxes, too.
std::string CalibrationJson(const CalibrationFile& file, const Network& network);

// Throws Error, with `where` in front, for text that CalibrationJson did not write for such a network.
CalibrationFile ReadCalibration(std::string_view text, const std::string& where, const Network& network);

// Whether it is text from CalibrationJson, for any network.
bool IsCalibration(std::string_view text);

}  // namespace mobilenet
