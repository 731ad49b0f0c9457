#include "src/base/board.h"

#include <filesystem>

#include "src/base/stable_hash.h"
#include "test/support/catch.h"
#include "test/support/files.h"

namespace mobilenet {
namespace {

TEST_CASE("the board is what the device tree or the firmware calls it") {
  const test::TemporaryFolder root;
  CHECK(BoardName(root.path()) == "unknown");
  std::filesystem::create_directories(root / "sys/class/dmi/id");
  test::WriteFileBytes(root / "sys/class/dmi/id/product_name", "Some PC \n");
  CHECK(BoardName(root.path()) == "Some PC");
  std::filesystem::create_directories(root / "proc/device-tree");
  test::WriteFileBytes(root / "proc/device-tree/model", std::string("Raspberry Pi 4 Model B Rev 1.4\0", 31));
  CHECK(BoardName(root.path()) == "Raspberry Pi 4 Model B Rev 1.4");
}

TEST_CASE("the hash that shards go by stays what it is") {
  // Runs on boards with different versions must agree on who does what.
  CHECK(StableHash("") == 0xf52a15e9a9b5e89b);
  CHECK(StableHash("photos/1.jpg") == 0xe0064625b246d61f);
}

}  // namespace
}  // namespace mobilenet
