#include "src/cli/annotation.h"

#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>
#include <vector>

#include "src/base/error.h"
#include "src/image/draw_text.h"
#include "src/image/encode_jpeg.h"
#include "src/report/text_table.h"

namespace mobilenet {
namespace {

namespace fs = std::filesystem;

constexpr int kQuality = 90;

// Below the folder, wherever the path leads.
fs::path NameBelow(const fs::path& folder, const ClassifyRow& row) {
  if (row.frame) return folder / StrCat("frame-", *row.frame, ".jpg");
  if (row.path == "-") return folder / "standard-input.jpg";
  fs::path path = folder;
  for (const fs::path& part : fs::path(row.path).relative_path()) {
    if (part != ".." && part != ".") path /= part;
  }
  const fs::path extension = path.extension();
  if (extension != ".jpg" && extension != ".jpeg" && extension != ".JPG" && extension != ".JPEG")
    path += ".jpg";
  return path;
}

}  // namespace

void MakeFolder(const std::string& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) Fail(folder, ": cannot make the folder: ", error.message());
}

void WriteAnnotated(const std::string& folder, const ClassifyRow& row, Image image) {
  std::vector<std::string> lines;
  for (const Prediction& prediction : row.predictions) {
    lines.push_back(FixedText(100.0 * static_cast<double>(prediction.score), 1) + " % " + prediction.label);
  }
  DrawText(image, lines);
  const ByteBuffer jpeg = EncodeJpeg(image, kQuality);
  const fs::path path = NameBelow(folder, row);
  MakeFolder(path.parent_path().string());
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(jpeg.data()), static_cast<std::streamsize>(jpeg.size()));
  out.close();
  if (!out) Fail(path.string(), ": cannot write the picture (is the disk full?)");
}

}  // namespace mobilenet
