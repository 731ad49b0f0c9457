#include "src/batch/annotation.h"

#include <climits>
#include <filesystem>
#include <fstream>
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
constexpr float kShownScore = 0.0005F;         // lower scores would be shown as 0.0 %
constexpr size_t kLongestName = NAME_MAX - 5;  // leaves room for the name of a PartFile

// A number for the input that is the same in every run.
std::string InputNumber(const ClassifyRow& row) {
  std::ostringstream number;
  number << std::hex << ShortSha256(row.frame ? StrCat("frame ", *row.frame) : row.path);
  return number.str();
}

// This comment is in every picture that is written: it says which input the picture belongs to.
std::string CommentFor(const ClassifyRow& row) {
  return "mobilenet classify --annotate, input " + InputNumber(row);
}

// The name with "-NUMBER" before its ending, shortened if necessary.
std::string Numbered(const std::string& name, const ClassifyRow& row) {
  const std::string ending = "-" + InputNumber(row) + ".jpg";
  const std::string stem = name.substr(0, name.rfind('.'));
  return stem.substr(0, kLongestName - ending.size()) + ending;
}

// Stays below the folder, wherever the path leads.
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
  const std::string name = path.filename().string();
  if (name.size() > kLongestName) path.replace_filename(Numbered(name, row));
  return path;
}

// Whether writing a picture there loses nothing: there is no file, or it is this input's picture.
bool MayBeWritten(const fs::path& path, const ClassifyRow& row) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) return true;
  if (status.type() != fs::file_type::regular) return false;
  std::ifstream in(path, std::ios::binary);
  char beginning[256];
  in.read(beginning, sizeof beginning);
  return JpegComment({beginning, static_cast<size_t>(in.gcount())}) == CommentFor(row);
}

// Makes the folder for the picture. Returns the error if it comes from this picture's name.
std::optional<std::string> MakeFolderOf(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (!error) return std::nullopt;
  std::string message = StrCat(path.parent_path().string(), ": cannot make the folder: ", error.message());
  if (error == std::errc::filename_too_long || error == std::errc::not_a_directory ||
      error == std::errc::file_exists) {
    return message;
  }
  throw Error(message);
}

}  // namespace

void MakeFolder(const std::string& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) Fail(folder, ": cannot make the folder: ", error.message());
}

std::optional<std::string> WriteAnnotated(const std::string& folder, const ClassifyRow& row, Image image) {
  constexpr int kLongestSide = 65'500;  // libjpeg's JPEG_MAX_DIMENSION
  if (image.width > kLongestSide || image.height > kLongestSide) {
    return StrCat(row.path, ": ", image.width, " x ", image.height,
                  " pixels cannot be annotated (JPEG has at most ", kLongestSide, " on a side)");
  }
  fs::path path = NameBelow(folder, row);
  std::error_code ignored;
  if (fs::equivalent(path, row.path, ignored)) {
    Fail(path.string(), ": is the picture itself (another folder for --annotate)");
  }
  if (!MayBeWritten(path, row)) path.replace_filename(Numbered(path.filename().string(), row));
  if (path.string().size() + (NAME_MAX - kLongestName) >= PATH_MAX)
    return StrCat(path.string(), ": file name too long");
  if (!MayBeWritten(path, row)) return StrCat(path.string(), ": exists, and --annotate did not write it");
  if (auto error = MakeFolderOf(path)) return error;

  std::vector<std::string> lines;
  for (const Prediction& prediction : row.predictions) {
    if (prediction.score < kShownScore && !lines.empty()) continue;
    // The first name in "tabby, tabby cat": a picture has no room for all of them.
    lines.push_back(FixedText(100.0 * static_cast<double>(prediction.score), 1) + " % " +
                    prediction.label.substr(0, prediction.label.find(',')));
  }
  DrawText(image, lines);
  const ByteBuffer jpeg = EncodeJpeg(image, kQuality, CommentFor(row));
  PartFile file(path.string());
  file.Write({reinterpret_cast<const char*>(jpeg.data()), jpeg.size()});
  file.Commit(false);  // not synced: a card is slow, and the picture can be made again
  return std::nullopt;
}

}  // namespace mobilenet
