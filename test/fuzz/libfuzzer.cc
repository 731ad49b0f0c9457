// What libFuzzer calls (https://llvm.org/docs/LibFuzzer.html). One program for all targets:
// $MOBILENET_FUZZ_TARGET says which, so that libFuzzer's child processes use the same. `--write-seeds=FOLDER`
// writes the target's seeds and findings into an existing folder; `--list` prints each target and its
// dictionary.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>

#include "test/fuzz/findings.h"
#include "test/fuzz/target.h"
#include "test/support/files.h"

// dav1d 1.0 loses 40 bytes with some damaged AVIFs.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libdav1d.so\n";
}

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace mobilenet::test {
namespace {

const FuzzTarget* fuzz_target = nullptr;

const FuzzTarget* FindTarget() {
  const char* const name = std::getenv("MOBILENET_FUZZ_TARGET");
  for (const FuzzTarget& known : FuzzTargets()) {
    if (name != nullptr && known.name == name) return &known;
  }
  std::cerr << "fuzz: MOBILENET_FUZZ_TARGET: " << (name == nullptr ? "not set" : name)
            << " (expected one of those that --list prints)\n";
  std::exit(2);
}

void WriteSeeds(const std::string& folder) {
  const auto write = [&](const std::string& name, const Bytes& bytes) {
    WriteFileBytes(folder + "/" + name, {bytes.begin(), bytes.end()});
  };
  int number = 0;
  for (const Bytes& seed : fuzz_target->seeds()) write("seed-" + std::to_string(++number), seed);
  for (const Finding& finding : FindingsOf(fuzz_target->name))
    write("finding-" + finding.name, finding.input);
}

}  // namespace
}  // namespace mobilenet::test

using namespace mobilenet::test;  // NOLINT: the functions below have to be outside

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  constexpr std::string_view kWriteSeeds = "--write-seeds=";
  const std::string_view argument = *argc > 1 ? (*argv)[1] : "";
  if (argument == "--list") {
    for (const FuzzTarget& known : FuzzTargets()) std::cout << known.name << ' ' << known.dictionary << '\n';
    std::exit(0);
  }
  fuzz_target = FindTarget();
  if (argument.starts_with(kWriteSeeds)) {
    WriteSeeds(std::string(argument.substr(kWriteSeeds.size())));
    std::exit(0);
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz_target->run({data, size});
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned seed) {
  size = LLVMFuzzerMutate(data, size, max_size);
  // Not always: broken inputs have to be tried, too.
  if (fuzz_target->repair == nullptr || seed % 8 == 0) return size;
  Bytes input(data, data + size);
  fuzz_target->repair(input);
  if (input.size() > max_size) return size;
  std::memcpy(data, input.data(), input.size());
  return input.size();
}
