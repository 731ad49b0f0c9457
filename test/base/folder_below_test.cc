#include "src/base/folder_below.h"

#include "test/support/catch.h"

namespace mobilenet {
namespace {

TEST_CASE("the first folder below a folder") {
  CHECK(FolderBelow("photos/cat/a.jpg", "photos") == "cat");
  CHECK(FolderBelow("photos//cat/b/a.jpg", "photos/") == "cat");
  CHECK(FolderBelow("/cat/a.jpg", "/") == "cat");
  CHECK_FALSE(FolderBelow("photos/a.jpg", "photos"));
  CHECK_FALSE(FolderBelow("photos2/cat/a.jpg", "photos"));
  CHECK_FALSE(FolderBelow("photos/cat/a.jpg", ""));
  CHECK(PathBelow("photos/a.jpg", "photos") == "a.jpg");
  CHECK_FALSE(PathBelow("photos", "photos/x"));
}

}  // namespace
}  // namespace mobilenet
