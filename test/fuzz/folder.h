// Where the targets have their files.
#pragma once

#include "test/support/files.h"

namespace mobilenet::test {

// One for the whole run, in memory where $TMPDIR is.
inline const TemporaryFolder& FuzzFolder() {
  static const TemporaryFolder folder;
  return folder;
}

}  // namespace mobilenet::test
