// A picture that needs more memory than there is gets its record, and the others are done: under ulimit, and
// in a cgroup, where taking it would be the end of the process.
#include <nlohmann/json.hpp>

#include "test/image/encoders.h"
#include "test/support/catch.h"
#include "test/support/cgroup.h"
#include "test/support/records.h"
#include "test/support/run_command.h"

namespace mobilenet::test {
namespace {

using nlohmann::json;

// A PNG of 9000 x 9000 grey pixels, 243 MB as RGB, in some 80 KB: of zeros, none of which is filtered.
void WriteLargePng(const std::string& path) {
  const Bytes header = {0, 0, 0x23, 0x28, 0, 0, 0x23, 0x28, 1, 0, 0, 0, 0};
  const Bytes png = PngSignature() + PngChunk("IHDR", header) +
                    PngChunk("IDAT", ZlibOfZeros(9000 * (1 + 9000 / 8) + 300)) + PngChunk("IEND", {});
  WriteFileBytes(path, std::string(png.begin(), png.end()));
}

void CheckRefusal(const SmallModel& small, const std::string& begin) {
  WriteLargePng(small / "large.png");
  const auto run = [&](const std::string& output) {
    return RunCommand({"/bin/sh", "-c",
                       begin + "exec " + MobilenetCommand() +
                           " classify --threads 1 --decode-threads 1 --model " + small.model() +
                           " --format json " + output + (small / "large.png") + " " + small.picture()});
  };
  const auto result = run("");
  CAPTURE(result.err);
  CHECK(result.status == 1);
  const auto lines = Lines(result.out);
  REQUIRE(lines.size() == 2);
  const std::string error = json::parse(lines[0])["error"];
  CHECK(error.find("large.png: needs 233 MB of memory, and ") != std::string::npos);
  CHECK(error.find(" MB are available (") != std::string::npos);
  CHECK(json::parse(lines[1])["error"].is_null());

  // What is recorded is not tried again.
  CHECK(run("--output " + (small / "out.json") + " ").status == 1);
  CHECK(run("--resume --output " + (small / "out.json") + " ").status <= 1);
  CHECK(Lines(ReadFileBytes(small / "out.json")).size() == 2);
}

TEST_CASE("a picture larger than ulimit leaves memory for is refused with a record") {
  // Sanitizers and emulators want address space of their own.
  if (!TellsMemory()) return;
  const SmallModel small;
  CheckRefusal(small, "ulimit -v 300000; ");
  WriteLargePng(small / "large.png");
  const auto unlimited = RunMobilenet(Classify(small, {small / "large.png"}));
  CAPTURE(unlimited.err);
  CHECK(unlimited.status == 0);
}

TEST_CASE("a picture larger than a cgroup leaves memory for is refused with a record") {
  if (!TellsMemory()) return;
  const auto cgroup = Cgroup::WithMemoryLimit(int64_t{128} << 20);
  if (cgroup == nullptr) return;
  CheckRefusal(SmallModel(), cgroup->Enter());
}

}  // namespace
}  // namespace mobilenet::test
