#include "src/image/read_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <thread>

#include "test/image/files.h"
#include "test/support/catch.h"

namespace mobilenet::test {
namespace {

constexpr int64_t kPlenty = 1 << 30;

// As much of an image as reading looks at.
Bytes BeginningOfJpeg(size_t size) {
  Bytes bytes(size, 0);
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<uint8_t>(i * 31);
  const Bytes magic = {0xff, 0xd8, 0xff};
  std::copy_n(magic.begin(), std::min(size, magic.size()), bytes.begin());
  return bytes;
}

TEST_CASE("a file is read whole") {
  const TemporaryFolder folder;
  for (size_t size : {size_t{1}, size_t{65535}, size_t{65536}, size_t{65537}, size_t{1'000'000}}) {
    const Bytes contents = BeginningOfJpeg(size);
    // In parentheses: too long to be printed.
    CHECK((ReadFile(WriteBytes(folder, "file", contents), kPlenty) == contents));
  }
}

TEST_CASE("a file that is not an image gets its own message") {
  const TemporaryFolder folder;
  const auto error = [](const std::string& path) { return ErrorOf([&] { ReadFile(path, kPlenty); }); };
  CHECK(error(folder.path() + "/missing.jpg") == folder.path() + "/missing.jpg: no such file");
  CHECK(error(folder.path()) == folder.path() + ": is a directory (an image file was expected)");
  const std::string empty = WriteBytes(folder, "empty.jpg", {});
  CHECK(error(empty) == empty + ": is empty (an image file was expected)");
  CHECK(error(empty + "/below.jpg") == empty + "/below.jpg: no such file");
  CHECK(error("/dev/zero") == "/dev/zero: is a device (an image file was expected)");
}

TEST_CASE("a file without read permission gets its own message") {
  const TemporaryFolder folder;
  const std::string path = WriteBytes(folder, "secret.jpg", {1, 2, 3});
  REQUIRE(chmod(path.c_str(), 0) == 0);
  // Root may read everything, so it becomes nobody meanwhile.
  const bool is_root = geteuid() == 0;
  if (is_root && (chmod(folder.path().c_str(), 0755) != 0 || seteuid(65534) != 0)) {
    std::cout << "SKIPPED: running as root and not allowed to be nobody" << std::endl;
    return;
  }
  const std::string error = ErrorOf([&] { ReadFile(path, kPlenty); });
  if (is_root) REQUIRE(seteuid(0) == 0);
  CHECK(error == path + ": no permission to read it (chmod +r gives it)");
}

TEST_CASE("only the beginning of a file that is not an image is read") {
  std::signal(SIGPIPE, SIG_IGN);
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  std::thread writer([&] {
    const Bytes zeros(1 << 16, 0);
    while (write(ends[1], zeros.data(), zeros.size()) > 0) {
    }
  });
  CHECK(ReadDescriptor(ends[0], "pipe", kPlenty).size() == 1 << 16);
  close(ends[0]);
  writer.join();
  close(ends[1]);
}

TEST_CASE("a file above the limit is refused, one at the limit read") {
  const TemporaryFolder folder;
  constexpr int64_t kLimit = 3 << 20;
  const std::string path = WriteBytes(folder, "large.jpg", BeginningOfJpeg(kLimit));
  CHECK(ReadFile(path, kLimit).size() == kLimit);
  std::filesystem::resize_file(path, kLimit + 1);
  CHECK(ErrorOf([&] { ReadFile(path, kLimit); }) == path + ": too large for an image file (at most 3 MiB)");
  // A hole: by its size, the file would fill the memory.
  std::filesystem::resize_file(path, uintmax_t{1} << 40);
  CHECK(ErrorOf([&] { ReadFile(path, kPlenty); }) ==
        path + ": too large for an image file (at most 1024 MiB)");
}

TEST_CASE("a pipe is read to its end, and not beyond the limit") {
  for (const size_t size : {size_t{200'000}, size_t{1 << 20}, (size_t{1} << 20) + 1}) {
    CAPTURE(size);
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    std::thread writer([&] {
      const Bytes contents = BeginningOfJpeg(size);
      for (size_t at = 0; at < size;) {
        const ssize_t count = write(ends[1], contents.data() + at, size - at);
        if (count <= 0) break;
        at += static_cast<size_t>(count);
      }
      close(ends[1]);
    });
    Bytes bytes;
    const std::string error = ErrorOf([&] { bytes = ReadDescriptor(ends[0], "pipe", 1 << 20); });
    // What was not read would block the writer.
    char rest[4096];
    while (read(ends[0], rest, sizeof rest) > 0) {
    }
    writer.join();
    close(ends[0]);
    if (size <= 1 << 20) {
      CHECK((bytes == BeginningOfJpeg(size)));
    } else {
      CHECK(error == "pipe: too large for an image file (at most 1 MiB)");
    }
  }
}

}  // namespace
}  // namespace mobilenet::test
