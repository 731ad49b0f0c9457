// For builds without XNNPACK (-DMOBILENET_WITH_XNNPACK=OFF).
#include "src/engine/cannot_run.h"
#include "src/engine/xnnpack_backend.h"

namespace mobilenet {

std::string_view XnnpackGeneration() {
  return "";
}

std::unique_ptr<Backend> MakeXnnpackBackend(const ThreadPool&) {
  FailToRun("this program was built without XNNPACK (--backend native or auto)");
}

}  // namespace mobilenet
