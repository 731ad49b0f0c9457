#include "src/base/stable_hash.h"

#include "test/support/catch.h"

namespace mobilenet {
namespace {

TEST_CASE("the hash that shards go by stays what it is") {
  // Runs on boards with different versions must agree on who does what.
  CHECK(StableHash("") == 0xf52a15e9a9b5e89b);
  CHECK(StableHash("photos/1.jpg") == 0xe0064625b246d61f);
}

}  // namespace
}  // namespace mobilenet
