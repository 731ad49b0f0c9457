// Pictures with their labels written on them, in a folder.
#pragma once

#include <string>

#include "src/image/image.h"
#include "src/report/rows.h"

namespace mobilenet {

// Makes the folder if it is not there. Throws Error.
void MakeFolder(const std::string& folder);

// Writes the picture of a row as JPEG: photos/a.png becomes FOLDER/photos/a.png.jpg, /a.jpg FOLDER/a.jpg;
// frame 7 of a stream FOLDER/frame-7.jpg. What there is under that name is replaced, but not the picture
// itself. Throws Error.
void WriteAnnotated(const std::string& folder, const ClassifyRow& row, Image image);

}  // namespace mobilenet
