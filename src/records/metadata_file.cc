#include "src/records/metadata_file.h"

#include "src/base/error.h"
#include "src/records/side_file.h"
#include "src/report/run_metadata.h"

namespace mobilenet {

std::string MetadataPath(const std::string& output) {
  return output + ".meta.json";
}

std::string ReadMetadata(const std::string& output) {
  return ReadSideFile(MetadataPath(output)).value_or("");
}

void RefuseOtherFile(const RecordFile& file) {
  if (!file.is_regular()) return;
  const std::string path = MetadataPath(file.path());
  const auto metadata = ReadSideFile(path);
  if (metadata && ReadPartMetadata(*metadata)) return;
  if (file.size_bytes() > 0) {
    Fail(file.path(), ": exists, and holds no results of mobilenet (use another name, or remove it)");
  }
  if (metadata) Fail(path, ": exists, and is not mobilenet's (use another output, or remove it)");
}

}  // namespace mobilenet
