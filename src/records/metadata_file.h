// FILE.meta.json beside the FILE of --output: report/run_metadata.h.
#pragma once

#include <string>

#include "src/records/record_file.h"

namespace mobilenet {

std::string MetadataPath(const std::string& output);

// Its text; "" if there is none that can be read.
std::string ReadMetadata(const std::string& output);

// Throws Error if the file, or what is in the place of its metadata, must not be overwritten: anything but
// results of this program, which have their metadata beside them.
void RefuseOtherFile(const RecordFile& file);

}  // namespace mobilenet
