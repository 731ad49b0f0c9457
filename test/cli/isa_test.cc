// The instruction sets that the program was built with and runs with. Unlike the other tests from outside,
// these know the kernels' own list, so they belong to the build that they test.
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "kernels/common/isa.h"
#include "test/support/catch.h"
#include "test/support/small_model.h"
#include "test/support/under_test.h"

namespace mobilenet {
namespace {

using nlohmann::json;
using test::RunMobilenet;
using test::SmallModel;

TEST_CASE("the instruction set of native kernels can be forced, by option or environment") {
  const SmallModel small;
  const SmallModel real(WeightQuantization::kNone);
  std::string precision = "auto";
  const auto classify = [&](std::vector<std::string> options, const std::vector<std::string>& environment) {
    options.insert(options.begin(),
                   {"classify", "--format", "json", "--layers", "--backend", "native", "--precision",
                    precision, "--model", (precision == "f16" ? real : small).model(), small.picture()});
    return RunMobilenet(options, environment);
  };
  // Every kernel that ran has the level asked for, or a lower one if the operator has no kernel of that
  // level.
  for (Isa isa : kAllIsas) {
    const std::string name(IsaName(isa));
    CAPTURE(name);
    // Which has kernels of that level.
    precision = isa == Isa::kAvx2 || isa == Isa::kAvx512 ? "f32" : "auto";
    if (isa == Isa::kNeonFp16 && CanRun(isa)) precision = "f16";
    for (const auto& result : {classify({"--isa", name}, {}), classify({}, {"MOBILENET_ISA=" + name})}) {
      CAPTURE(result.out, result.err);
      if (!CanRun(isa)) {
        CHECK(result.status == 2);
        CHECK(result.err.find(!IsCompiled(isa) ? name + ": this program was built without it"
                                               : name + ": this CPU does not have it") != std::string::npos);
        continue;
      }
      CHECK(result.status == 0);
      for (Isa other : kAllIsas) {
        const bool ran = result.out.find("_" + std::string(IsaName(other)) + "\"") != std::string::npos;
        if (other == isa) CHECK(ran);
        if (other > isa) CHECK_FALSE(ran);
      }
    }
  }
  // The option counts more than the environment.
  CHECK(classify({"--isa", "scalar"}, {"MOBILENET_ISA=neondot"}).status == 0);
  CHECK(classify({"--isa", "auto"}, {"MOBILENET_ISA="}).status == 0);
  const auto wrong = classify({}, {"MOBILENET_ISA=sse2"});
  CHECK(wrong.status == 2);
  CHECK(
      wrong.err ==
      "mobilenet: MOBILENET_ISA: sse2: no such instruction set (auto, scalar, neon, neondot, neonfp16, avx2, "
      "avx512 or avx512vnni)\n");
}

#if defined(__arm__)
TEST_CASE("on a CPU without NEON, the program says so") {
  if (!test::IsEmulated()) return;  // no board that runs this test is such a CPU
  const auto result = RunMobilenet({"--version"}, {"QEMU_CPU=cortex-a15,neon=off"});
  CHECK(result.status == 2);
  CHECK(result.out == "");
  CHECK(result.err.find("mobilenet: this CPU has no NEON") == 0);
}
#endif

#if defined(__aarch64__)
TEST_CASE("half floats run where the CPU computes in them, and elsewhere the answer is no") {
  if (!test::IsEmulated()) return;  // boards are what they are
  const SmallModel real(WeightQuantization::kNone);
  const auto classify = [&](const std::string& cpu, const std::string& backend) {
    return RunMobilenet({"classify", "--format", "json", "--layers", "--backend", backend, "--precision",
                         "f16", "--model", real.model(), real.picture()},
                        {"QEMU_CPU=" + cpu});
  };
  for (const std::string backend : {"auto", "native"}) {
    const auto with = classify("cortex-a76", backend);
    CAPTURE(backend, with.out, with.err);
    CHECK(with.status == 0);
    for (const char* kernel : {"dwconv_f16", backend == "native" ? "pointwise_f16_neonfp16" : "_f16"}) {
      CHECK(with.out.find(kernel) != std::string::npos);
    }
    const auto without = classify("cortex-a72", backend);
    CHECK(without.status == 2);
    CHECK(without.out == "");
    CHECK(without.err.find("cannot run as f16: no ") != std::string::npos);
    CHECK(without.err.find("kernels of half floats for this CPU (f32 runs everywhere)") != std::string::npos);
  }
}
#endif

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
      CHECK(!test::HasXnnpack());
      continue;
    }
    CHECK(row["kernels"].size() >= 3);
    const std::string precision = row["precision"];
    for (const std::string kernel : row["kernels"]) {
      CAPTURE(kernel);
      CHECK(kernel.find((precision[0] == 'f' ? "_" : "_q") + precision) != std::string::npos);
    }
    run.insert(precision + " " + (row["isa"].is_null() ? row["backend"] : row["isa"]).get<std::string>());
  }
  for (const std::string precision : {"f32", "u8", "s8"}) {
    CHECK(run.count(precision + " xnnpack") == test::HasXnnpack());
    for (Isa isa : kAllIsas) {
      CHECK(run.count(precision + " " + std::string(IsaName(isa))) == (CanRun(isa) ? 1 : 0));
    }
  }
  CHECK(run.count("f16 neonfp16") == (CanRun(Isa::kNeonFp16) ? 1 : 0));
  CHECK(run.count("f16 scalar") == 0);
}

}  // namespace
}  // namespace mobilenet
