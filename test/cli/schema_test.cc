// The schemas in src/report describe everything that the program writes as JSON.
#include <filesystem>

#include "test/support/catch.h"
#include "test/support/records.h"
#include "test/support/skip.h"
#include "test/support/under_test.h"

namespace mobilenet {
namespace {

TEST_CASE("all JSON is as the schemas say") {
  if (test::RunCommand({"/usr/bin/python3", "-c", "import jsonschema"}).status != 0) {
    return test::Skip("no python3-jsonschema");
  }
  const test::SmallModel small;
  std::filesystem::create_directory(small / "p");
  test::WriteFileBytes(small / "p/good.ppm", test::SmallModel::GradientPpm(40, 30));
  test::WriteFileBytes(small / "p/bad\xff\n.jpg", "no picture");
  const auto result = test::RunCommand({"/usr/bin/python3", test::Checkout() + "/test/cli/schema_test.py",
                                        test::MobilenetCommand(), small.model(), small / "p"});
  CAPTURE(result.err);
  CHECK(result.status == 0);
}

}  // namespace
}  // namespace mobilenet
