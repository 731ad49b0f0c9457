#include "src/cli/metadata_file.h"

#include <fstream>
#include <sstream>

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

}  // namespace mobilenet
