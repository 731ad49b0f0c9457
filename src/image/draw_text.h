// Writes lines of text onto a picture.
#pragma once

#include <string>
#include <vector>

#include "src/image/image.h"

namespace mobilenet {

// White on black in the upper left corner, as large as suits the picture. A line that is too long ends in
// "..."; what does not fit even so is cut off. Characters beyond ASCII come as question marks.
void DrawText(Image& image, const std::vector<std::string>& lines);

}  // namespace mobilenet
