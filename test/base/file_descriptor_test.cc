#include "src/base/file_descriptor.h"

#include <fcntl.h>

#include <cerrno>
#include <utility>

#include "test/support/catch.h"

namespace mobilenet {
namespace {

bool IsOpen(int descriptor) {
  return ::fcntl(descriptor, F_GETFD) >= 0;
}

TEST_CASE("a descriptor is closed once, by its last owner") {
  FileDescriptor first(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  REQUIRE(first);
  const int number = first.get();
  FileDescriptor second(std::move(first));
  CHECK(second.get() == number);
  CHECK(IsOpen(number));
  {
    FileDescriptor third;
    CHECK(!third);
    third = std::move(second);
    CHECK(third.get() == number);
  }
  CHECK(!IsOpen(number));
}

TEST_CASE("closing keeps errno, and a negative descriptor is not closed") {
  errno = EDOM;
  FileDescriptor(-1).Close();
  FileDescriptor open(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  open.Close();
  open.Close();
  CHECK(errno == EDOM);
  CHECK(!open);
}

}  // namespace
}  // namespace mobilenet
