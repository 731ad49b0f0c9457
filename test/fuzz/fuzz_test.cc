// Every fuzz target on its seeds, on earlier findings, and on blind changes of both, with any compiler on any
// machine. Fuzzing that learns from what it sees is done by scripts/fuzz.sh.
#include <algorithm>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <random>
#include <set>

#include "src/base/stopwatch.h"
#include "test/fuzz/findings.h"
#include "test/fuzz/target.h"
#include "test/support/catch.h"

namespace mobilenet::test {
namespace {

constexpr double kMaxMs = 20'000;  // under a sanitizer, on a busy machine

// What went wrong, "" for nothing.
std::string Failure(const FuzzTarget& target, const Bytes& input) {
  const Stopwatch stopwatch;
  try {
    target.run(input);
  } catch (const std::exception& exception) {
    return exception.what();
  }
  if (stopwatch.ElapsedMs() > kMaxMs) return StrCat("takes ", stopwatch.ElapsedMs(), " ms");
  return "";
}

// In the form of a finding.
std::string Hex(const Bytes& bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (const uint8_t byte : bytes) {
    hex += {kDigits[byte >> 4], kDigits[byte & 15]};
    if (hex.size() % 101 == 100) hex += '\n';
  }
  return hex;
}

Bytes Changed(Bytes bytes, std::minstd_rand& random) {
  const auto below = [&](size_t limit) { return limit == 0 ? 0 : static_cast<size_t>(random()) % limit; };
  constexpr uint8_t kInteresting[] = {0, 1, 2, 0x7f, 0x80, 0xff};
  for (size_t changes = 1 + below(4); changes > 0 && !bytes.empty(); --changes) {
    // Headers matter most, so half of the changes are there.
    const bool is_in_header = below(2) == 0;
    const size_t at = below(is_in_header ? std::min<size_t>(bytes.size(), 60) : bytes.size());
    const auto place = bytes.begin() + static_cast<ptrdiff_t>(at);
    switch (below(6)) {
      case 0:
        *place = static_cast<uint8_t>(*place ^ 1u << below(8));
        break;
      case 1:
        *place = static_cast<uint8_t>(random());
        break;
      case 2:
        *place = kInteresting[below(sizeof kInteresting)];
        break;
      case 3:
        bytes.insert(place, 1 + below(4), static_cast<uint8_t>(random()));
        break;
      case 4:
        bytes.erase(place, place + static_cast<ptrdiff_t>(std::min(1 + below(8), bytes.size() - at)));
        break;
      case 5:
        bytes.resize(bytes.size() - below(bytes.size()));
        break;
    }
  }
  return bytes;
}

std::vector<Bytes> Inputs(const FuzzTarget& target) {
  std::vector<Bytes> inputs = target.seeds();
  for (Finding& finding : FindingsOf(target.name)) inputs.push_back(std::move(finding.input));
  return inputs;
}

TEST_CASE("fuzz targets pass their seeds and earlier findings") {
  std::set<std::string_view> names;
  for (const FuzzTarget& target : FuzzTargets()) {
    CAPTURE(target.name);
    CHECK(names.insert(target.name).second);
    const std::vector<Bytes> seeds = target.seeds();
    CHECK(!seeds.empty());
    for (size_t i = 0; i < seeds.size(); ++i) {
      CAPTURE(i);
      CHECK(Failure(target, seeds[i]) == "");
    }
    for (const Finding& finding : FindingsOf(target.name)) {
      CAPTURE(finding.name);
      CHECK(Failure(target, finding.input) == "");
    }
  }
}

// $MOBILENET_FUZZ_SECONDS, for all targets together; without it, a few changes of each input.
// $MOBILENET_FUZZ_TARGET: only one target.
TEST_CASE("fuzz targets pass blind changes of their seeds and findings") {
  constexpr unsigned kSeed = 4711;
  constexpr int kChanges = 20;
  const char* const seconds = std::getenv("MOBILENET_FUZZ_SECONDS");
  const double ms =
      seconds == nullptr ? 0 : std::atof(seconds) * 1000 / static_cast<double>(FuzzTargets().size());
  const char* const only = std::getenv("MOBILENET_FUZZ_TARGET");
  for (const FuzzTarget& target : FuzzTargets()) {
    if (only != nullptr && target.name != only) continue;
    const std::vector<Bytes> inputs = Inputs(target);
    std::minstd_rand random(kSeed);
    const Stopwatch stopwatch;
    size_t tried = 0;
    for (; seconds == nullptr ? tried < kChanges * inputs.size() : stopwatch.ElapsedMs() < ms; ++tried) {
      Bytes input = Changed(inputs[tried % inputs.size()], random);
      if (target.repair != nullptr && tried % 4 != 0) target.repair(input);
      const std::string failure = Failure(target, input);
      if (failure.empty()) continue;
      CAPTURE(target.name, kSeed, tried, Hex(input));
      REQUIRE(failure == "");
    }
    if (seconds != nullptr) std::cout << target.name << ": " << tried << " inputs" << std::endl;
  }
}

TEST_CASE("mending an input for a fuzz target leaves a whole one as it is, and harms none") {
  for (const FuzzTarget& target : FuzzTargets()) {
    if (target.repair == nullptr) continue;
    const std::vector<Bytes> seeds = target.seeds();
    for (size_t i = 0; i < seeds.size(); ++i) {
      CAPTURE(target.name, i);
      Bytes mended = seeds[i];
      target.repair(mended);
      const bool is_as_it_was = mended == seeds[i];  // Catch2 would print both
      CHECK(is_as_it_was);
    }
    for (size_t size = 0; size < 20; ++size) {
      Bytes input(size, 0x7B);
      target.repair(input);
      CHECK(Failure(target, input) == "");
    }
  }
}

}  // namespace
}  // namespace mobilenet::test
