// Pictures with their labels written on them, in a folder.
#pragma once

#include <optional>
#include <string>

#include "src/image/image.h"
#include "src/report/rows.h"

namespace mobilenet {

// Makes the folder if it is not there. Throws Error.
void MakeFolder(const std::string& folder);

// Writes the picture of a row as JPEG: photos/a.png becomes FOLDER/photos/a.png.jpg, /a.jpg FOLDER/a.jpg;
// frame 7 of a stream FOLDER/frame-7.jpg. Only the same input's picture, of an earlier run, is replaced:
// where there is another file of that name, a number for the input's path is added. What it is that this
// picture cannot be written for; throws Error where the next one could not be written either, or the folder
// holds the picture itself.
std::optional<std::string> WriteAnnotated(const std::string& folder, const ClassifyRow& row, Image image);

}  // namespace mobilenet
