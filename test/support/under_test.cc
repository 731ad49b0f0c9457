#include "test/support/under_test.h"

#include <cstdlib>

namespace mobilenet::test {
namespace {

std::string Told(const char* variable, const char* otherwise) {
  const char* value = std::getenv(variable);
  return value == nullptr ? otherwise : value;
}

}  // namespace

std::string Program() {
  return Told("MOBILENET_TEST_PROGRAM", MOBILENET_PROGRAM);
}

std::string BuiltProgram() {
  return MOBILENET_PROGRAM;
}

std::string BuiltLauncher() {
  return MOBILENET_LAUNCHER;
}

std::string Launcher() {
  return Told("MOBILENET_TEST_LAUNCHER", BuiltLauncher().c_str());
}

std::string Checkout() {
  return Told("MOBILENET_TEST_CHECKOUT", MOBILENET_SOURCE_DIR);
}

std::string WeightsFolder() {
  return Told("MOBILENET_TEST_WEIGHTS", MOBILENET_TEST_WEIGHTS);
}

bool HasXnnpack() {
  return Told("MOBILENET_TEST_XNNPACK", MOBILENET_WITH_XNNPACK ? "1" : "0") == "1";
}

bool IsSanitized() {
  return Told("MOBILENET_TEST_SANITIZED", MOBILENET_IS_SANITIZED ? "1" : "0") == "1";
}

}  // namespace mobilenet::test
