// What the tests that start the program from outside are about. They contain nothing of the build that they
// test, so that one build of them serves all: they test the build they are part of, unless the environment
// names another (test/CMakeLists.txt sets it for builds that use the test programs of another one).
#pragma once

#include <string>

namespace mobilenet::test {

std::string Program();        // its path; $MOBILENET_TEST_PROGRAM
std::string BuiltProgram();   // the path of the program that was built with these tests
std::string BuiltLauncher();  // what is needed to run that program, or nothing
std::string Launcher();       // "qemu-aarch64 -L sysroot", or nothing; $MOBILENET_TEST_LAUNCHER
std::string Checkout();       // the folder of the sources; $MOBILENET_TEST_CHECKOUT
std::string WeightsFolder();  // of the converted reference weights; $MOBILENET_TEST_WEIGHTS
bool HasXnnpack();            // $MOBILENET_TEST_XNNPACK: 0 or 1
bool IsSanitized();           // $MOBILENET_TEST_SANITIZED: 0 or 1

}  // namespace mobilenet::test
