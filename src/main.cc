#include "src/cli/cli.h"

int main(int argc, char** argv) {
  return mobilenet::RunCommandLine(argc, argv);
}
