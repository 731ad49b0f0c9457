#include "src/report/selftest.h"

#include <set>
#include <utility>

#include "src/base/str_cat.h"
#include "src/json/json_writer.h"
#include "src/report/text_table.h"

namespace mobilenet {
namespace {

// The names, each once, with commas.
std::string WrongKernels(std::span<const SelftestRow> rows) {
  std::set<std::string> names;
  for (const SelftestRow& row : rows) {
    for (const SelftestFaultRow& fault : row.faults) names.insert(fault.kernel);
  }
  return StrJoin(names);
}

}  // namespace

std::string SelftestText(std::span<const SelftestRow> rows) {
  TextTable table(
      {{"type"}, {"backend"}, {"isa"}, {"threads", Align::kRight}, {"kernels", Align::kRight}, {"result"}});
  size_t right = 0;
  size_t not_run = 0;
  for (const SelftestRow& row : rows) {
    std::string result = "ok";
    if (row.error) {
      result = "not run: " + *row.error;
      ++not_run;
    } else if (!row.faults.empty()) {
      result = "wrong: " + WrongKernels({&row, 1});
    } else {
      ++right;
    }
    table.AddRow({row.precision, row.backend, row.isa.value_or("-"), std::to_string(row.threads),
                  std::to_string(row.kernels.size()), std::move(result)});
  }
  const std::string wrong = WrongKernels(rows);
  return StrCat(table.Text(""), "\n", right, " of ", rows.size() - not_run, " ok",
                wrong.empty() ? "" : ", wrong kernels: ", wrong, "\n");
}

std::string SelftestJson(std::span<const SelftestRow> rows) {
  std::string lines;
  for (const SelftestRow& row : rows) {
    JsonWriter json;
    json.BeginObject();
    json.String("precision", row.precision);
    json.String("backend", row.backend);
    json.OptionalString("isa", row.isa);
    json.Integer("threads", row.threads);
    json.Key("kernels");
    json.BeginArray();
    for (const std::string& kernel : row.kernels) json.String(kernel);
    json.EndArray();
    json.Key("faults");
    json.BeginArray();
    for (const SelftestFaultRow& fault : row.faults) {
      json.BeginObject();
      json.String("kernel", fault.kernel);
      json.String("layer", fault.layer);
      json.String("error", fault.error);
      json.EndObject();
    }
    json.EndArray();
    json.OptionalString("error", row.error);
    json.EndObject();
    lines += json.text() + "\n";
  }
  return lines;
}

}  // namespace mobilenet
