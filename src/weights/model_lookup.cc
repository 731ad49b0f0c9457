#include "src/weights/model_lookup.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "models/catalogue.h"
#include "src/base/error.h"
#include "src/base/str_cat.h"

namespace mobilenet {
namespace {

namespace fs = std::filesystem;

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// The folder that the running program lies in.
fs::path ProgramFolder() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).parent_path();
}

// The folder models/weights of the checkout that the running program lies in (build/release/mobilenet), or
// empty.
fs::path CheckoutWeights() {
  std::error_code error;
  for (fs::path folder = ProgramFolder(); folder.has_relative_path(); folder = folder.parent_path()) {
    if (fs::exists(folder / "models" / "catalogue.json", error)) return folder / "models" / "weights";
  }
  return {};
}

std::vector<fs::path> ModelFolders() {
  std::vector<fs::path> folders;
  if (const std::string folder = Environment("MOBILENET_MODELS"); !folder.empty()) folders.push_back(folder);
  if (const fs::path folder = CheckoutWeights(); !folder.empty()) folders.push_back(folder);
  if (const std::string home = Environment("HOME"); !home.empty()) {
    folders.push_back(fs::path(home) / ".local/share/mobilenet");
  }
  // Where `cmake --install` puts what belongs to PREFIX/bin/mobilenet.
  const fs::path installed = ProgramFolder().parent_path() / "share/mobilenet";
  std::error_code error;
  if (fs::is_directory(installed, error) && installed != "/usr/share/mobilenet") folders.push_back(installed);
  folders.push_back("/usr/share/mobilenet");
  return folders;
}

// What the file `default_model` of the first folder that has one says.
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
      Fail(path.string(), ": no name of a model in it (expected one, such as ", DefaultModelName(), ")");
    return text;
  }
  return std::nullopt;
}

}  // namespace

std::string FindModel(const std::string& model) {
  const std::vector<fs::path> folders = ModelFolders();
  std::string name = model.empty() ? Environment("MOBILENET_MODEL") : model;
  if (name.empty()) name = ChosenModel(folders).value_or(std::string(DefaultModelName()));
  if (name.find('/') != std::string::npos || name.ends_with(".safetensors")) return name;

  for (const fs::path& folder : folders) {
    const fs::path path = folder / (name + ".safetensors");
    std::error_code error;
    if (fs::exists(path, error)) return path.string();
  }
  const auto known = KnownModelNames();
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    Fail(name, ": unknown model (a file NAME.safetensors, or one of ", StrJoin(known), ")");
  }
  Fail(name, ": not on this machine (looked in ",
       StrJoin(folders, ", ", [](const fs::path& folder) { return folder.string(); }),
       "; scripts/get_model.py ", name, " gets it)");
}

std::vector<ModelHere> ModelsHere() {
  constexpr std::string_view kEnding = ".safetensors";
  std::map<std::string, std::string> paths;
  for (const fs::path& folder : ModelFolders()) {
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
      std::string name = entry->path().filename().string();
      if (!name.ends_with(kEnding) || name.starts_with('.')) continue;
      name.resize(name.size() - kEnding.size());
      if (!name.empty()) paths.emplace(std::move(name), entry->path().string());  // the first folder's
    }
  }
  std::vector<ModelHere> models;
  for (const auto& [name, path] : paths) models.push_back({name, path});
  return models;
}

}  // namespace mobilenet
