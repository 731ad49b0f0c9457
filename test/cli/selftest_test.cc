// `mobilenet selftest` on the CPU that runs the tests; test/engine/selftest_test.cc tests that faults are
// found and named.
#include <string>

#include "test/support/catch.h"
#include "test/support/small_model.h"
#include "test/support/under_test.h"

namespace mobilenet {
namespace {

using test::RunMobilenet;

TEST_CASE("selftest as text has a line for each run and sums up") {
  const auto result = RunMobilenet({"selftest"});
  CAPTURE(result.err, result.out);
  CHECK(result.status == 0);
  for (const char* text : {"type ", "s8 ", "native ", "xnnpack ", "scalar ", "  ok\n", " ok\n"}) {
    CAPTURE(text);
    CHECK(result.out.find(text) != std::string::npos);
  }
  CHECK(result.out.find("wrong") == std::string::npos);
}

}  // namespace
}  // namespace mobilenet
