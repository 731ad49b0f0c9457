#include "src/engine/selftest_rows.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "kernels/common/isa.h"
#include "src/base/cpu_cores.h"
#include "src/base/error.h"
#include "src/base/tensor.h"
#include "src/engine/native_backend.h"
#include "src/engine/selftest.h"
#include "src/engine/thread_pool.h"
#include "src/engine/xnnpack_backend.h"

namespace mobilenet {
namespace {

SelftestRow Row(DataType type, std::string_view backend, std::optional<Isa> isa, int threads) {
  SelftestRow row;
  row.precision = DataTypeName(type);
  row.backend = backend;
  if (isa) row.isa = IsaName(*isa);
  row.threads = threads;
  return row;
}

SelftestRow WithResult(SelftestRow row, const SelftestResult& result) {
  row.kernels = result.kernels;
  for (const KernelFault& fault : result.faults) {
    row.faults.push_back({fault.kernel, fault.layer, fault.error});
  }
  return row;
}

SelftestRow XnnpackRow(const Selftest& selftest, DataType type, const ThreadPool& pool) {
  SelftestRow row = Row(type, "xnnpack", std::nullopt, pool.threads());
  std::unique_ptr<Backend> backend;
  try {
    backend = MakeXnnpackBackend(pool);
  } catch (const Error& error) {
    row.error = error.what();
    return row;
  }
  return WithResult(std::move(row), selftest.Test(*backend));
}

std::vector<SelftestRow> RowsOf(DataType type, const std::vector<ThreadPool>& pools) {
  const std::unique_ptr<Backend> scalar = MakeNativeBackend(pools.front(), Isa::kScalar);
  const Selftest selftest(type, *scalar);
  if (!selftest.scalar_result().faults.empty()) {
    // All others are compared with it.
    return {WithResult(Row(type, "native", Isa::kScalar, 1), selftest.scalar_result())};
  }
  std::vector<SelftestRow> rows;
  for (const ThreadPool& pool : pools) {
    for (Isa isa : kAllIsas) {
      if (!CanRun(isa)) continue;
      const std::unique_ptr<Backend> backend = MakeNativeBackend(pool, isa);
      rows.push_back(WithResult(Row(type, "native", isa, pool.threads()), selftest.Test(*backend)));
    }
    rows.push_back(XnnpackRow(selftest, type, pool));
  }
  // What does not compute in half floats has nothing to be tested.
  if (type == DataType::kF16) std::erase_if(rows, [](const SelftestRow& row) { return row.kernels.empty(); });
  return rows;
}

}  // namespace

std::vector<SelftestRow> SelftestRows() {
  std::vector<ThreadPool> pools;
  pools.emplace_back(1);
  if (FastestClusterCores() > 1) pools.emplace_back(FastestClusterCores());
  std::vector<SelftestRow> rows;
  for (DataType type : {DataType::kF32, DataType::kF16, DataType::kU8, DataType::kS8}) {
    for (SelftestRow& row : RowsOf(type, pools)) rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace mobilenet
