// FILE.meta.json beside the FILE of --output: report/run_metadata.h.
#pragma once

#include <string>

namespace mobilenet {

std::string MetadataPath(const std::string& output);

// Its text; "" where there is none that can be read.
std::string ReadMetadata(const std::string& output);

}  // namespace mobilenet
