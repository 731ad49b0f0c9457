#include "test/support/photographs.h"

#include <filesystem>
#include <fstream>

#include "test/support/catch.h"
#include "test/support/files.h"
#include "test/support/run_command.h"

namespace mobilenet::test {

std::vector<std::string> PhotographNames(const std::string& shared) {
  std::ifstream in(shared + "golden/names.txt");
  std::vector<std::string> names;
  for (std::string name; std::getline(in, name);) names.push_back(name);
  REQUIRE(names.size() == 108);
  return names;
}

std::string PhotographPath(const std::string& shared, const std::string& name) {
  for (const std::string& path : {shared + "images/imagenet-100/" + name + ".JPEG",
                                  shared + "images/" + name + ".jpg", shared + "images/" + name + ".bmp"}) {
    if (std::filesystem::exists(path)) return path;
  }
  FAIL("no photograph " << name);
  return "";
}

std::string PhotographBytes(const std::string& shared, const std::string& name) {
  std::string bytes = ReadFileBytes(PhotographPath(shared, name));
  const std::string magic("Exif\0\0", 6);
  for (size_t at = bytes.find(magic); at != bytes.npos; at = bytes.find(magic, at + 1)) bytes[at] = 'x';
  return bytes;
}

size_t PhotographStride() {
  return IsSlow() ? 27 : 1;
}

}  // namespace mobilenet::test
