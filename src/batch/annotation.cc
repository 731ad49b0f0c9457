#include "src/batch/annotation.h"

#include <climits>
#include <filesystem>
#include <ios>
#include <sstream>
#include <system_error>
#include <utility>
#include <vector>

#include "src/base/error.h"
#include "src/base/number_text.h"
#include "src/base/sha256.h"
#include "src/base/str_cat.h"
#include "src/image/draw_text.h"
#include "src/image/encode_jpeg.h"
#include "src/records/part_file.h"

namespace mobilenet {
namespace {

namespace fs = std::filesystem;

constexpr int kQuality = 90;

// A name that is too long for a file, with room for that of a PartFile: its start, and a number for the rest.
std::string Shortened(const std::string& name) {
  constexpr size_t kLongest = NAME_MAX - 5;
  if (name.size() <= kLongest) return name;
  std::ostringstream ending;
  ending << '-' << std::hex << ShortSha256(name) << ".jpg";
  return name.substr(0, kLongest - ending.str().size()) + ending.str();
}

// Below the folder, wherever the path leads.
fs::path NameBelow(const fs::path& folder, const ClassifyRow& row) {
  if (row.frame) return folder / StrCat("frame-", *row.frame, ".jpg");
  if (row.path == "-") return folder / "standard-input.jpg";
  fs::path path = folder;
  for (const fs::path& part : fs::path(row.path).relative_path()) {
    if (part != ".") path /= part == ".." ? fs::path("_up_") : part;
  }
  const fs::path extension = path.extension();
  if (extension != ".jpg" && extension != ".jpeg" && extension != ".JPG" && extension != ".JPEG")
    path += ".jpg";
  path.replace_filename(Shortened(path.filename().string()));
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
  std::error_code ignored;
  if (fs::equivalent(path, row.path, ignored)) {
    Fail(path.string(), ": is the picture itself (another folder for --annotate)");
  }
  MakeFolder(path.parent_path().string());
  PartFile file(path.string());
  file.Write({reinterpret_cast<const char*>(jpeg.data()), jpeg.size()});
  file.Commit(false);  // a card is slow, and the picture can be made again
}

}  // namespace mobilenet
