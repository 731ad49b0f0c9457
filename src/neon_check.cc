// On 32-bit ARM, the compiler may use NEON anywhere in the program. So this file, compiled without NEON, runs
// before everything else, static initialisers included, and checks that the CPU has it.
#include <sys/auxv.h>
#include <unistd.h>

namespace {

__attribute__((constructor(101))) void RequireNeon() {
  constexpr unsigned long kNeonBit = 1UL << 12;  // HWCAP_NEON
  if ((getauxval(AT_HWCAP) & kNeonBit) != 0) return;
  static constexpr char kMessage[] =
      "mobilenet: this CPU has no NEON (ARMv7-A with NEON, as in Raspberry Pi 2, or ARMv8-A is needed)\n";
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, kMessage, sizeof(kMessage) - 1);
  _exit(2);
}

}  // namespace
