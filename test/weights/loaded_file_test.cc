#include "src/weights/loaded_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <iostream>
#include <string_view>
#include <utility>

#include "test/support/catch.h"
#include "test/support/files.h"
#include "test/weights/broken_file.h"

namespace mobilenet {
namespace {

using test::MessageOf;
using test::TemporaryFolder;

std::string_view Text(const LoadedFile& file) {
  return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
}

TEST_CASE("a loaded file has the file's bytes, also after it is moved and the file is replaced") {
  const TemporaryFolder folder;
  test::WriteFileBytes(folder / "file", "first");
  test::WriteFileBytes(folder / "new", "second");
  LoadedFile file(folder / "file");
  CHECK(Text(file) == "first");
  LoadedFile moved = std::move(file);
  REQUIRE(::rename((folder / "new").c_str(), (folder / "file").c_str()) == 0);
  CHECK(Text(moved) == "first");
  moved = LoadedFile(folder / "file");
  CHECK(Text(moved) == "second");
}

TEST_CASE("a file that is cut or overwritten afterwards does not matter") {
  const TemporaryFolder folder;
  const std::string bytes(1 << 20, 'x');
  test::WriteFileBytes(folder / "file", bytes);
  const LoadedFile file(folder / "file");
  test::WriteFileBytes(folder / "file", "y");
  CHECK(Text(file) == bytes);
}

TEST_CASE("a part that is given back leaves the rest as it is") {
  const TemporaryFolder folder;
  const size_t page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  const std::string bytes(4 * page + 10, 'x');
  test::WriteFileBytes(folder / "file", bytes);
  LoadedFile file(folder / "file");
  const auto give_back = [&](size_t begin, size_t end) {
    file.GiveBack(file.bytes().subspan(begin, end - begin));
  };
  give_back(1, 2 * page - 1);  // no whole page
  give_back(4 * page, 4 * page + 10);
  give_back(3, 3);
  CHECK(Text(file) == bytes);
  give_back(page - 1, 3 * page + 1);
  CHECK(Text(file) == bytes.substr(0, page) + std::string(2 * page, '\0') + bytes.substr(3 * page));
}

TEST_CASE("what cannot be loaded says why") {
  const TemporaryFolder folder;
  const auto message = [](const std::string& path) { return MessageOf([&] { LoadedFile file(path); }); };
  const std::string file = folder / "file";
  test::WriteFileBytes(file, "");
  CHECK(message(folder / "none") == folder / "none: no such file");
  CHECK(message(file + "/none") == file + "/none: no such file");
  CHECK(message(folder.path()) == folder.path() + ": is a directory (a file is needed)");
  CHECK(message(file) == file + ": the file is empty");
  CHECK(message("/dev/null") == "/dev/null: is not a regular file");
  CHECK(message("") == ": no such file");
}

TEST_CASE("a named pipe is refused without waiting for a writer") {
  const TemporaryFolder folder;
  const std::string pipe = folder / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(MessageOf([&] { LoadedFile file(pipe); }) == pipe + ": is not a regular file");
}

TEST_CASE("a file without read permission says so") {
  if (::geteuid() == 0) {
    std::cout << "SKIPPED: root may read everything" << std::endl;
    return;
  }
  const TemporaryFolder folder;
  const std::string file = folder / "file";
  test::WriteFileBytes(file, "secret");
  REQUIRE(::chmod(file.c_str(), 0) == 0);
  CHECK(MessageOf([&] { LoadedFile loaded(file); }) == file + ": permission denied");
}

}  // namespace
}  // namespace mobilenet
