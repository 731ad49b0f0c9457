#include "src/records/metadata_file.h"

#include <fstream>
#include <sstream>

#include "src/base/error.h"
#include "src/report/run_metadata.h"

namespace mobilenet {

std::string MetadataPath(const std::string& output) {
  return output + ".meta.json";
}

std::string ReadMetadata(const std::string& output) {
  const std::ifstream in(MetadataPath(output), std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void RefuseOtherFile(const RecordFile& file) {
  if (!file.is_regular() || file.size_bytes() == 0 || ReadPartMetadata(ReadMetadata(file.path()))) return;
  Fail(file.path(), ": is there, and no results of mobilenet (another name, or remove it)");
}

}  // namespace mobilenet
