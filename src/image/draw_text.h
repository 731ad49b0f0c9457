// Writes lines of text onto a picture.
#pragma once

#include <string>
#include <vector>

#include "src/image/image.h"

namespace mobilenet {

// White on black in the upper left corner, in a size that suits the picture. A line that is too long ends in
// "..."; what does not fit even then is cut off. Characters beyond ASCII become question marks.
void DrawText(Image& image, const std::vector<std::string>& lines);

}  // namespace mobilenet
