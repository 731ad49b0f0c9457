#include "src/batch/inputs.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <climits>
#include <cstring>
#include <string_view>

#include "src/base/error.h"
#include "src/base/file_descriptor.h"
#include "src/base/sha256.h"
#include "src/base/str_cat.h"
#include "src/base/utf8.h"

namespace mobilenet {
namespace {

// The formats that the program reads. Folders hold much else: sidecar files, films, thumbnail caches.
bool HasImageName(std::string_view name) {
  constexpr std::string_view kSuffixes[] = {"jpg", "jpeg", "jpe", "jfif", "png", "webp", "heic", "heif",
                                            "hif", "avif", "tif", "tiff", "bmp", "dib",  "gif",  "tga",
                                            "psd", "hdr",  "pic", "pnm",  "ppm", "pgm",  "pbm"};
  const size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return false;
  std::string suffix(name.substr(dot + 1));
  std::transform(suffix.begin(), suffix.end(), suffix.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::find(std::begin(kSuffixes), std::end(kSuffixes), suffix) != std::end(kSuffixes);
}

// Not meant to be seen: what Unix hides, sidecar files of macOS ("._a.jpg"), and the thumbnails that a
// network drive keeps beside every picture.
bool IsHidden(std::string_view name) {
  return name.starts_with('.') || name == "@eaDir";
}

std::string WithSlash(const std::string& folder) {
  return folder.ends_with('/') ? folder : folder + "/";
}

bool IsFolder(const std::string& path) {
  struct stat status = {};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

bool IsFile(const std::string& path) {
  struct stat status = {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

bool Exists(const std::string& path) {
  struct stat status = {};
  return ::lstat(path.c_str(), &status) == 0;
}

// Not a pipe or a socket, to which nobody may ever write. A link that leads nowhere is an input that fails.
bool IsFileOrMissing(const std::string& path) {
  struct stat status = {};
  return ::stat(path.c_str(), &status) != 0 || S_ISREG(status.st_mode);
}

}  // namespace

bool IsOneImage(const InputOptions& options) {
  return options.files_from.empty() && options.arguments.size() == 1 &&
         !options.arguments[0].starts_with('@') && !IsFolder(options.arguments[0]);
}

bool CanBeReadTwice(const InputOptions& options) {
  return (options.files_from.empty() || IsFile(options.files_from)) &&
         std::all_of(options.arguments.begin(), options.arguments.end(), [](const std::string& argument) {
           return !argument.starts_with('@') || IsFile(argument.substr(1));
         });
}

// The names in a list, one after the other.
class InputSource::NameList {
 public:
  // Throws Error.
  NameList(const std::string& path, char separator)
      : name_(path == "-" ? "standard input" : path),
        separator_(separator),
        file_(path == "-" ? -1 : ::open(path.c_str(), O_RDONLY | O_CLOEXEC)),
        descriptor_(path == "-" ? STDIN_FILENO : file_.get()) {
    struct stat status = {};
    if (descriptor_ >= 0 && ::fstat(descriptor_, &status) == 0 && S_ISDIR(status.st_mode)) errno = EISDIR;
    if (descriptor_ < 0 || S_ISDIR(status.st_mode)) {
      Fail(name_, ": cannot read the list: ", std::strerror(errno));
    }
  }

  // Not empty. Throws Error.
  std::optional<std::string> Next() {
    for (;;) {
      std::string name;
      const bool has_separator = TakeName(name);
      if (std::exchange(is_at_start_, false)) RemoveByteOrderMark(name);
      if (name.find('\0') != std::string::npos) {
        Fail(name_, ": a NUL in a name (-0 is for lists of names that end in NUL)");
      }
      // Windows ends lines with two characters; a file whose own name ends in \r keeps it.
      if (separator_ == '\n' && name.ends_with('\r') && !Exists(name)) name.pop_back();
      if (!name.empty()) return name;
      if (!has_separator) return std::nullopt;
    }
  }

 private:
  // No file on Linux has a longer name. The rest of such a name is not kept: it is an input that fails.
  static constexpr ptrdiff_t kMaxNameBytes = 4 * PATH_MAX;
  static constexpr size_t kBufferBytes = 1 << 16;

  // Reads up to the next separator or the end. Returns whether there was a separator.
  bool TakeName(std::string& name) {
    while (at_ < end_ || Fill()) {
      const char* const first = buffer_.data() + at_;
      const char* const last = std::find(first, first + (end_ - at_), separator_);
      name.append(first, first + std::min(last - first, kMaxNameBytes - std::ssize(name)));
      at_ = static_cast<size_t>(last - buffer_.data());
      if (at_ == end_) continue;
      ++at_;
      return true;
    }
    return false;
  }

  bool Fill() {
    buffer_.resize(kBufferBytes);
    ssize_t count = 0;
    do {
      count = ::read(descriptor_, buffer_.data(), buffer_.size());
    } while (count < 0 && errno == EINTR);
    if (count < 0) Fail(name_, ": cannot read the list: ", std::strerror(errno));
    at_ = 0;
    end_ = static_cast<size_t>(count);
    return count > 0;
  }

  std::string name_;
  char separator_;
  FileDescriptor file_;  // none for standard input
  int descriptor_;
  std::vector<char> buffer_;
  size_t at_ = 0;
  size_t end_ = 0;
  bool is_at_start_ = true;
};

InputSource::InputSource(const InputOptions& options) : options_(options) {
  // All lists are opened now: a wrong name is reported before the work begins, and a pipe is opened once.
  const char separator = options.has_nul_separators ? '\0' : '\n';
  const auto open = [&](const std::string& path) {
    lists_.push_back(std::make_unique<NameList>(path, separator));
  };
  int uses_of_standard_input = options.files_from == "-" ? 1 : 0;
  for (const std::string& argument : options.arguments) {
    if (argument == "-" || argument == "@-") ++uses_of_standard_input;
    if (argument.starts_with('@')) open(argument.substr(1));
  }
  if (!options.files_from.empty()) open(options.files_from);
  if (uses_of_standard_input > 1) Fail("standard input: cannot be read twice (give - only once)");
}

InputSource::~InputSource() = default;

std::optional<Input> InputSource::Next() {
  std::optional<Input> input;
  do {
    input = NextOfAll();
  } while (input && !IsInShard(*input));
  return input;
}

std::optional<Input> InputSource::NextOfAll() {
  for (;;) {
    if (!folders_.empty()) {
      if (auto input = NextOfFolders()) return input;
    } else if (list_) {
      if (const auto name = list_->Next()) {
        if (auto input = Begin(*name)) return input;
      } else {
        list_.reset();
      }
    } else if (next_argument_ < options_.arguments.size()) {
      const std::string& argument = options_.arguments[next_argument_++];
      if (argument.starts_with('@')) {
        TakeList();
      } else if (argument == "-") {
        root_.clear();
        return Input{.path = argument, .is_standard_input = true};
      } else if (auto input = Begin(argument)) {
        return input;
      }
    } else if (!lists_.empty()) {
      TakeList();  // the list of files_from
    } else {
      return std::nullopt;
    }
  }
}

void InputSource::TakeList() {
  list_ = std::move(lists_.front());
  lists_.pop_front();
}

// The input for a given path; none if it is a folder, which is entered.
std::optional<Input> InputSource::Begin(const std::string& path) {
  root_.clear();
  if (!IsFolder(path)) return Input{path};
  root_ = path;
  inputs_of_root_ = 0;
  entered_.clear();
  struct stat status = {};
  if (!options_.left_out_folder.empty() && ::stat(options_.left_out_folder.c_str(), &status) == 0) {
    entered_.emplace(status.st_dev, status.st_ino);
  }
  if (auto error = Enter(path)) return Input{.path = path, .error = std::move(error)};
  return std::nullopt;
}

// Makes the next inputs come from this folder. Returns the error if it cannot be read.
std::optional<std::string> InputSource::Enter(const std::string& path) {
  Folder folder{WithSlash(path), {}};
  const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(path.c_str()), ::closedir);
  if (!open) return StrCat(path, ": cannot read the folder: ", std::strerror(errno));
  struct stat status = {};
  if (::fstat(::dirfd(open.get()), &status) == 0 && !entered_.emplace(status.st_dev, status.st_ino).second) {
    return std::nullopt;
  }
  for (;;) {
    errno = 0;  // unchanged at the end of the folder
    const dirent* const found = ::readdir(open.get());
    if (found == nullptr) break;
    const std::string name = found->d_name;
    if (name == "." || name == "..") continue;
    if (!options_.takes_hidden && IsHidden(name)) {
      ++skipped_hidden_;
      continue;
    }
    // A folder that cannot be examined still counts as one: entering it gives the reason.
    const bool may_be_folder = found->d_type == DT_LNK || found->d_type == DT_UNKNOWN;
    if (found->d_type == DT_DIR || (may_be_folder && IsFolder(folder.path + name))) {
      // With its slash, a folder sorts where its contents belong in the order of the paths.
      if (options_.is_recursive) folder.entries.push_back({name + "/", true});
    } else if (HasImageName(name) && (found->d_type == DT_REG || IsFileOrMissing(folder.path + name))) {
      folder.entries.push_back({name, false});
    } else {
      ++skipped_files_;
    }
  }
  if (errno != 0) return StrCat(path, ": cannot read the folder: ", std::strerror(errno));
  std::sort(folder.entries.begin(), folder.entries.end(),
            [](const Entry& a, const Entry& b) { return a.name > b.name; });
  folders_.push_back(std::move(folder));
  return std::nullopt;
}

std::optional<Input> InputSource::NextOfFolders() {
  while (!folders_.empty()) {
    Folder& folder = folders_.back();
    if (folder.entries.empty()) {
      folders_.pop_back();
      continue;
    }
    const Entry entry = std::move(folder.entries.back());
    folder.entries.pop_back();
    std::string path = folder.path + entry.name;
    std::optional<std::string> error;
    if (entry.is_folder) {
      path.pop_back();
      error = Enter(path);
      if (!error) continue;
    }
    ++inputs_of_root_;
    return Input{.path = std::move(path), .error = std::move(error)};
  }
  if (inputs_of_root_ > 0) return std::nullopt;
  return Input{.path = root_,
               .error = StrCat(root_, ": no images in this folder (",
                               options_.is_recursive ? "files named .jpg, .png and the like are taken"
                                                     : "--recursive takes the folders in it too",
                               ")")};
}

// By the path below its root: independent of where the folder is mounted and of the order its files come in.
bool InputSource::IsInShard(const Input& input) const {
  std::string_view name = input.path;
  if (!root_.empty() && name.starts_with(root_)) name.remove_prefix(root_.size());
  while (name.starts_with('/')) name.remove_prefix(1);
  const auto parts = static_cast<uint64_t>(options_.shard.parts);
  return ShortSha256(name) % parts == static_cast<uint64_t>(options_.shard.part - 1);
}

}  // namespace mobilenet
