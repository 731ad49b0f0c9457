#include "src/weights/model_lookup.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "models/catalogue.h"
#include "src/base/error.h"
#include "src/base/nearest_name.h"
#include "src/base/str_cat.h"

namespace mobilenet {
namespace {

namespace fs = std::filesystem;

constexpr const char* kExtension = ".safetensors";

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// The folder of the running program.
fs::path ProgramFolder() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).parent_path();
}

// The folder models/weights of the checkout that the running program is in (build/release/mobilenet), or
// empty.
fs::path CheckoutWeights() {
  std::error_code error;
  for (fs::path folder = ProgramFolder(); folder.has_relative_path(); folder = folder.parent_path()) {
    if (fs::exists(folder / "models" / "catalogue.json", error)) return folder / "models" / "weights";
  }
  return {};
}

// Folders that the user may write to.
std::vector<fs::path> OwnFolders() {
  std::vector<fs::path> folders;
  if (const std::string folder = Environment("MOBILENET_MODELS"); !folder.empty()) folders.push_back(folder);
  if (const fs::path folder = CheckoutWeights(); !folder.empty()) folders.push_back(folder);
  if (const std::string home = Environment("HOME"); !home.empty()) {
    folders.push_back(fs::path(home) / ".local/share/mobilenet");
  }
  return folders;
}

std::vector<fs::path> ModelFolders() {
  std::vector<fs::path> folders = OwnFolders();
  // Where `cmake --install` puts the data of PREFIX/bin/mobilenet.
  const fs::path installed = ProgramFolder().parent_path() / "share/mobilenet";
  std::error_code error;
  if (fs::is_directory(installed, error) && installed != "/usr/share/mobilenet") folders.push_back(installed);
  folders.push_back("/usr/share/mobilenet");
  return folders;
}

// The contents of the file `default_model` in the first folder that has one.
std::optional<std::string> ChosenModel(const std::vector<fs::path>& folders) {
  constexpr size_t kMaxLength = 200;
  for (const fs::path& folder : folders) {
    const fs::path path = folder / "default_model";
    std::error_code error;
    if (!fs::is_regular_file(path, error)) continue;
    std::string text(kMaxLength, '\0');
    std::ifstream in(path, std::ios::binary);
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<size_t>(in.gcount()));
    if (text.ends_with('\n')) text.pop_back();
    const bool is_name = !text.empty() && text.size() < kMaxLength - 1 &&
                         std::all_of(text.begin(), text.end(), [](unsigned char c) {
                           return std::isalnum(c) || c == '_' || c == '.' || c == '-';
                         });
    if (!is_name)
      Fail(path.string(), ": holds no model name (expected one, such as ", DefaultModelName(), ")");
    return text;
  }
  return std::nullopt;
}

}  // namespace

std::string DefaultModel() {
  if (std::string name = Environment("MOBILENET_MODEL"); !name.empty()) return name;
  return ChosenModel(ModelFolders()).value_or(std::string(DefaultModelName()));
}

std::string FindModel(const std::string& model) {
  const std::string name = model.empty() ? DefaultModel() : model;
  if (name.find('/') != std::string::npos || name.ends_with(kExtension)) return name;

  const std::vector<fs::path> folders = ModelFolders();
  for (const fs::path& folder : folders) {
    const fs::path path = folder / (name + kExtension);
    std::error_code error;
    if (fs::exists(path, error)) return path.string();
  }
  const auto known = KnownModelNames();
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    std::vector<std::string> here;
    for (const ModelHere& other : ModelsHere()) here.push_back(other.name);
    std::vector<std::string_view> names(here.begin(), here.end());
    names.insert(names.end(), known.begin(), known.end());
    const auto nearest = NearestName(name, names);
    Fail(name, ": unknown model (", nearest ? StrCat("did you mean ", *nearest, "? ") : "",
         "`mobilenet models` lists them; the name of a file ends in ", kExtension, ")");
  }
  Fail(name, ": not on this machine (looked in ",
       StrJoin(folders, ", ", [](const fs::path& folder) { return folder.string(); }),
       "; `mobilenet models get ", name, "` fetches it)");
}

std::vector<ModelHere> ModelsHere() {
  std::map<std::string, std::string> paths;
  for (const fs::path& folder : ModelFolders()) {
    std::error_code error;
    for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
         entry.increment(error)) {
      const fs::path& path = entry->path();
      std::error_code status_error;
      if (path.extension() == kExtension && !path.filename().string().starts_with('.') &&
          fs::is_regular_file(path, status_error)) {
        paths.emplace(path.stem().string(), path.string());
      }
    }
  }
  std::vector<ModelHere> models;
  for (const auto& [name, path] : paths) models.push_back({name, path});
  return models;
}

std::string FolderForNewModels() {
  const std::vector<fs::path> folders = OwnFolders();
  if (folders.empty()) Fail("no folder for models ($HOME is not set; set $MOBILENET_MODELS)");
  return folders.front().string();
}

}  // namespace mobilenet
