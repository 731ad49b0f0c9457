// The photographs of ../shared, for which golden/README.md has the reference's answers.
#pragma once

#include <string>
#include <vector>

namespace mobilenet::test {

// The 108 of golden/names.txt, in the order of the reference's rows.
std::vector<std::string> PhotographNames(const std::string& shared);

std::string PhotographPath(const std::string& shared, const std::string& name);

// The bytes of the file without their EXIF: one of the photographs is stored turned, and the reference shows
// it like that.
std::string PhotographBytes(const std::string& shared, const std::string& name);

// If an inference takes a second, a few photographs show that the program is the same: every n-th one is
// used, with this n.
size_t PhotographStride();

}  // namespace mobilenet::test
