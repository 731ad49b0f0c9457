// Plans in half floats, for tests on whatever CPU.
#pragma once

#include <memory>
#include <string>

#include "src/engine/cannot_run.h"
#include "src/engine/plan.h"
#include "test/support/catch.h"

namespace mobilenet::test {

// Null where this CPU has no kernels of half floats, which the message then says.
inline std::unique_ptr<Plan> PlanInHalf(const ModelFile& file) {
  try {
    return std::make_unique<Plan>(file, PlanOptions{.precision = DataType::kF16, .isa = BestIsa()});
  } catch (const CannotRun& error) {
    CHECK(std::string(error.what()).find("no kernels of half floats for this CPU") != std::string::npos);
    return nullptr;
  }
}

}  // namespace mobilenet::test
