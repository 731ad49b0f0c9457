#include "src/report/selftest.h"

#include <vector>

#include "test/support/catch.h"

namespace mobilenet {
namespace {

std::vector<SelftestRow> SelftestRows() {
  SelftestRow right;
  right.precision = "s8";
  right.backend = "native";
  right.isa = "neon";
  right.threads = 1;
  right.kernels = {"conv_qs8_neon", "softmax_qs8_scalar"};
  SelftestRow wrong = right;
  wrong.isa = "neondot";
  wrong.threads = 4;
  wrong.faults = {{"pointwise_qs8_neondot", "conv_pw_3 in strips", "value 17 of 512 is 5, expected 6"},
                  {"fully_connected_qs8_neondot", "logits", "value 0 of 21 is 1, expected 2"}};
  SelftestRow not_run;
  not_run.precision = "s8";
  not_run.backend = "xnnpack";
  not_run.threads = 4;
  not_run.error = "XNNPACK does not run on this CPU";
  return {right, wrong, not_run};
}

TEST_CASE("a self-test has a line for each run and names the wrong kernels") {
  CHECK("\n" + SelftestText(SelftestRows()) == R"(
type  backend  isa      threads  kernels  result
s8    native   neon           1        2  ok
s8    native   neondot        4        2  wrong: fully_connected_qs8_neondot, pointwise_qs8_neondot
s8    xnnpack  -              4        0  not run: XNNPACK does not run on this CPU

1 of 2 ok, wrong kernels: fully_connected_qs8_neondot, pointwise_qs8_neondot
)");
}

TEST_CASE("a self-test is one JSON object for each run") {
  CHECK(
      SelftestJson(SelftestRows()) ==
      R"({"precision": "s8", "backend": "native", "isa": "neon", "threads": 1, )"
      R"("kernels": ["conv_qs8_neon", "softmax_qs8_scalar"], "faults": [], "error": null})"
      "\n"
      R"({"precision": "s8", "backend": "native", "isa": "neondot", "threads": 4, )"
      R"("kernels": ["conv_qs8_neon", "softmax_qs8_scalar"], "faults": [)"
      R"({"kernel": "pointwise_qs8_neondot", "layer": "conv_pw_3 in strips", "error": "value 17 of 512 is 5, expected 6"}, )"
      R"({"kernel": "fully_connected_qs8_neondot", "layer": "logits", "error": "value 0 of 21 is 1, expected 2"}], )"
      R"("error": null})"
      "\n"
      R"({"precision": "s8", "backend": "xnnpack", "isa": null, "threads": 4, "kernels": [], "faults": [], )"
      R"("error": "XNNPACK does not run on this CPU"})"
      "\n");
}

}  // namespace
}  // namespace mobilenet
