// `mobilenet selftest` on the CPU that runs the tests: that faults are found and named is for
// test/engine/selftest_test.cc.
#include <set>
#include <string>

#include <nlohmann/json.hpp>

#include "kernels/common/isa.h"
#include "test/support/catch.h"
#include "test/support/small_model.h"

namespace mobilenet {
namespace {

using nlohmann::json;
using test::RunMobilenet;

TEST_CASE("selftest finds every type, backend and instruction set right") {
  const auto result = RunMobilenet({"selftest", "--format", "json"});
  CAPTURE(result.err, result.out);
  REQUIRE(result.status == 0);
  CHECK(result.err == "");
  std::set<std::string> run;
  for (size_t begin = 0; begin < result.out.size();) {
    const size_t end = result.out.find('\n', begin);
    REQUIRE(end != std::string::npos);
    const json row = json::parse(result.out.substr(begin, end - begin));
    begin = end + 1;
    CHECK(row["faults"].empty());
    if (!row["error"].is_null()) {
      CHECK(!MOBILENET_WITH_XNNPACK);
      continue;
    }
    CHECK(row["kernels"].size() >= 3);
    const std::string precision = row["precision"];
    for (const std::string kernel : row["kernels"]) {
      CAPTURE(kernel);
      CHECK(kernel.find(precision == "f32" ? "_f32" : "_q" + precision) != std::string::npos);
    }
    run.insert(precision + " " + (row["isa"].is_null() ? row["backend"] : row["isa"]).get<std::string>());
  }
  for (const std::string precision : {"f32", "u8", "s8"}) {
    CHECK(run.count(precision + " xnnpack") == MOBILENET_WITH_XNNPACK);
    for (Isa isa : kAllIsas) {
      CHECK(run.count(precision + " " + std::string(IsaName(isa))) == (isa <= BestIsa() ? 1 : 0));
    }
  }
}

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
