// The names of the choices that mobilenet classify offers.
#pragma once

#include <optional>
#include <string>

#include "src/base/preprocess_spec.h"
#include "src/cli/options.h"
#include "src/records/record_format.h"

namespace mobilenet {

inline const Choices<RecordFormat> kRecordFormats = {
    {"text", RecordFormat::kText},
    {"json", RecordFormat::kJson},
    {"csv", RecordFormat::kCsv},
};

inline const Choices<std::optional<ResizeMode>> kResizeModes = {
    {"model", std::nullopt},
    {"crop", ResizeMode::kCrop},
    {"squash", ResizeMode::kSquash},
    {"fit", ResizeMode::kFit},
};

inline const Choices<bool> kStreams = {{"mjpeg", true}};

inline const Choices<bool> kDecodeModes = {{"fast", false}, {"exact", true}};

}  // namespace mobilenet
