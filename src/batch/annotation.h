// Pictures with their labels written on them, in a folder.
#pragma once

#include <optional>
#include <string>

#include "src/image/image.h"
#include "src/report/rows.h"

namespace mobilenet {

// Makes the folder if it does not exist. Throws Error.
void MakeFolder(const std::string& folder);

// Writes the picture of a row as JPEG: photos/a.png becomes FOLDER/photos/a.png.jpg, /a.jpg becomes
// FOLDER/a.jpg, and frame 7 of a stream FOLDER/frame-7.jpg. It replaces only the picture of the same input
// from an earlier run: if another file has that name, a number made from the input's path is added. Returns
// why this picture cannot be written; throws Error if the next one could not be written either, or if the
// folder holds the picture itself.
std::optional<std::string> WriteAnnotated(const std::string& folder, const ClassifyRow& row, Image image);

}  // namespace mobilenet
