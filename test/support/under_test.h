// What the tests that start the program from outside are about. They hold nothing of the build that they
// test, so that one build of them does for all: of the build they are part of, unless the environment names
// another (test/CMakeLists.txt sets it for builds that take the test programs of another one).
#pragma once

#include <string>

namespace mobilenet::test {

std::string Program();        // its path; $MOBILENET_TEST_PROGRAM
std::string BuiltProgram();   // the path of the one that was built with these tests
std::string BuiltLauncher();  // what it takes to run that one, or nothing
std::string Launcher();       // "qemu-aarch64 -L sysroot", or nothing; $MOBILENET_TEST_LAUNCHER
std::string Checkout();       // the folder of the sources; $MOBILENET_TEST_CHECKOUT
std::string WeightsFolder();  // of the converted reference weights; $MOBILENET_TEST_WEIGHTS
bool HasXnnpack();            // $MOBILENET_TEST_XNNPACK: 0 or 1
bool IsSanitized();           // $MOBILENET_TEST_SANITIZED: 0 or 1

}  // namespace mobilenet::test
