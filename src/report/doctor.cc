#include "src/report/doctor.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "src/base/cpu_cores.h"
#include "src/base/number_text.h"
#include "src/base/str_cat.h"
#include "src/json/json_writer.h"
#include "src/report/machine_json.h"
#include "src/report/terminal_text.h"
#include "src/report/text_table.h"

namespace mobilenet {
namespace {

constexpr char kUnknown[] = "unknown";
constexpr size_t kValueColumn = 22;

std::string Row(const std::string& name, const std::string& value) {
  const std::string indented = StrCat("  ", name);
  const size_t gap = indented.size() < kValueColumn ? kValueColumn - indented.size() : 1;
  return indented + std::string(gap, ' ') + TerminalText(value.empty() ? kUnknown : value) + "\n";
}

std::string KilobytesText(int64_t bytes) {
  return StrCat(bytes / 1024, " KB");
}

std::string MegabytesText(const std::optional<int64_t>& bytes) {
  return bytes ? StrCat(*bytes / (1024 * 1024), " MB") : kUnknown;
}

std::string ClusterText(const CpuCluster& cluster) {
  std::vector<std::string> traits = {StrCat(
      cluster.cores.size(), " x ", cluster.core_type.empty() ? "core of unknown type" : cluster.core_type)};
  if (cluster.min_mhz && cluster.max_mhz) {
    traits.push_back(StrCat(*cluster.min_mhz, " to ", *cluster.max_mhz, " MHz"));
  } else if (cluster.max_mhz) {
    traits.push_back(StrCat("up to ", *cluster.max_mhz, " MHz"));
  } else {
    traits.push_back("clock unknown");
  }
  if (cluster.limit_mhz && cluster.limit_mhz != cluster.max_mhz) {
    traits.push_back(StrCat("limited to ", *cluster.limit_mhz));
  }
  if (cluster.current_mhz) traits.push_back(StrCat("now ", *cluster.current_mhz));
  traits.push_back(StrCat("governor ", cluster.governor.empty() ? kUnknown : cluster.governor));
  return StrJoin(traits);
}

std::string CachesText(const std::vector<CpuCache>& caches) {
  return StrJoin(caches, ", ", [](const CpuCache& cache) {
    std::string type;
    if (cache.type == "Data") type = " data";
    if (cache.type == "Instruction") type = " instruction";
    std::string item = StrCat("L", cache.level, type, " ", KilobytesText(cache.size_bytes));
    if (cache.cores.size() > 1) item += StrCat(" for ", cache.cores.size(), " cores");
    return item;
  });
}

std::string FeaturesText(const DoctorReport& report) {
  if (!report.machine.features) {
    return report.program.architecture == "x86-64"
               ? StrCat("x86-64, ", report.program.isa_detected, " native kernels")
               : kUnknown;
  }
  const ArmFeatures& features = *report.machine.features;
  const std::pair<bool, const char*> all[] = {{features.neon, "NEON"},
                                              {features.fma, "FMA"},
                                              {features.dot, "dot product"},
                                              {features.fp16, "FP16"},
                                              {features.i8mm, "i8mm"}};
  std::vector<std::string> has;
  std::vector<std::string> lacks;
  for (const auto& [is_there, name] : all) (is_there ? has : lacks).push_back(name);
  if (has.empty()) return StrCat("no ", StrJoin(lacks));
  return lacks.empty() ? StrJoin(has) : StrCat(StrJoin(has), "; no ", StrJoin(lacks));
}

std::string PowerText(const PowerState& state) {
  if (!state.now && !state.since_boot) return kUnknown;
  if (state.now.value_or(false)) return "yes, now";
  if (state.since_boot.value_or(false)) return "not now, but since boot";
  return state.since_boot ? "no" : "not now";
}

std::string MemoryLimitText(const MemoryLimits& limits) {
  std::vector<std::string> texts;
  if (limits.cgroup_bytes) texts.push_back(StrCat(MegabytesText(limits.cgroup_bytes), " of the cgroup"));
  if (limits.address_space_bytes) {
    texts.push_back(StrCat(MegabytesText(limits.address_space_bytes), " of address space"));
  }
  if (texts.empty()) return "none";
  return StrCat(StrJoin(texts), ", available ", MegabytesText(limits.available_bytes));
}

std::string TunedText(const TunedRow& tuned) {
  return StrCat(tuned.threads, tuned.threads == 1 ? " thread" : " threads",
                tuned.cores.size() == 1 ? " on core " : " on cores ", CoresText(tuned.cores), ", ",
                MillisecondsText(tuned.median_ms), " ms, ", tuned.when);
}

std::string ProgramText(const ProgramRow& program, int terminal_columns) {
  std::string text = "program\n";
  text += Row("mobilenet", StrCat(program.version, " for ", program.architecture, ", glibc ", program.glibc));
  if (program.xnnpack_generation.empty()) {
    text += Row("XNNPACK", "not compiled in");
  } else {
    text += Row("XNNPACK", StrCat(program.xnnpack_generation, ", ",
                                  program.xnnpack_error.empty() ? "runs" : program.xnnpack_error));
  }
  text += Row("native kernels", StrCat("compiled in ", program.isa_compiled, ", detected ",
                                       program.isa_detected, ", chosen ", program.isa_chosen));
  text += Row("default model", program.model.empty() ? "none" : program.model);
  text += Row("tuned for it", program.tuned ? TunedText(*program.tuned) : "no (mobilenet tune)");
  text += "\n";

  std::vector<TextTable::Column> columns = {{"operator"}};
  std::vector<std::vector<std::string>> rows;
  for (const KernelRow& kernel : program.kernels) {
    if (rows.empty() || rows.back()[0] != kernel.op) rows.push_back({kernel.op});
    if (rows.size() == 1) columns.push_back({kernel.type});
    rows.back().push_back(StrCat(kernel.backend, " ", kernel.kernel));
  }
  TextTable table(columns);
  for (std::vector<std::string>& row : rows) {
    row.resize(columns.size(), "-");  // of an operator that only floats have
    table.AddRow(row);
  }
  return text + table.Blocks("  ", {.columns = terminal_columns});
}

void WriteProgram(JsonWriter& json, const ProgramRow& program) {
  json.Key("program");
  json.BeginObject();
  WriteKnown(json, "version", program.version);
  WriteKnown(json, "architecture", program.architecture);
  WriteKnown(json, "glibc", program.glibc);
  json.Key("xnnpack");
  json.BeginObject();
  WriteKnown(json, "generation", program.xnnpack_generation);
  json.Boolean("runs", program.xnnpack_error.empty());
  WriteKnown(json, "error", program.xnnpack_error);
  json.EndObject();
  json.Key("isa");
  json.BeginObject();
  WriteKnown(json, "compiled", program.isa_compiled);
  WriteKnown(json, "detected", program.isa_detected);
  WriteKnown(json, "chosen", program.isa_chosen);
  json.EndObject();
  json.Key("kernels");
  json.BeginArray();
  for (const KernelRow& row : program.kernels) {
    json.BeginObject();
    WriteKnown(json, "operator", row.op);
    WriteKnown(json, "type", row.type);
    WriteKnown(json, "backend", row.backend);
    WriteKnown(json, "kernel", row.kernel);
    json.EndObject();
  }
  json.EndArray();
  WriteKnown(json, "model", program.model);
  json.Key("tuned");
  if (program.tuned) {
    json.BeginObject();
    json.Integer("threads", program.tuned->threads);
    WriteCores(json, "cores", program.tuned->cores);
    json.Significant("median_ms", program.tuned->median_ms, 6);
    json.String("when", program.tuned->when);
    json.EndObject();
  } else {
    json.Null();
  }
  json.EndObject();
}

}  // namespace

std::string MachineText(const DoctorReport& report) {
  const Machine& machine = report.machine;
  std::string text = "machine\n";
  text += Row("board", machine.board);
  text += Row("Linux", machine.kernel);
  for (const CpuCluster& cluster : machine.clusters) {
    const bool one = cluster.cores.size() == 1;
    text += Row(StrCat(one ? "core " : "cores ", CoresText(cluster.cores)), ClusterText(cluster));
    text += Row("  caches", CachesText(cluster.caches));
  }
  if (machine.clusters.empty()) text += Row("cores", "");
  if (!machine.offline_cores.empty()) text += Row("offline cores", CoresText(machine.offline_cores));
  text += Row("features", FeaturesText(report));
  text += Row("layers are cut for", StrCat("a cache of ", KilobytesText(report.last_level_cache_bytes)));
  text += Row("memory", StrCat(MegabytesText(machine.memory_total_bytes), ", available ",
                               MegabytesText(machine.memory_available_bytes)));
  text += Row("memory limit", MemoryLimitText(machine.memory_limits));
  text += Row("processor quota", machine.cpu_quota ? StrCat(*machine.cpu_quota, " processors") : "none");
  text += Row("busy cores", machine.busy_cores ? StrCat(*machine.busy_cores, " with other processes") : "");
  text += Row("page size", machine.page_bytes ? KilobytesText(*machine.page_bytes) : kUnknown);
  const auto zone_text = [](const Temperature& zone) {
    return StrCat(zone.zone, " ", FixedText(zone.celsius, 1), " C");
  };
  text += Row("temperature", StrJoin(machine.temperatures, ", ", zone_text));
  for (size_t i = 0; i < machine.power.size(); ++i) {
    text += Row(PowerConditionText(static_cast<PowerCondition>(i)), PowerText(machine.power[i]));
  }
  return text;
}

std::string DoctorText(const DoctorReport& report, int columns) {
  const std::string rows = MachineText(report) + "\n" + ProgramText(report.program, columns) + "\nfindings\n";
  std::string text;
  for (size_t begin = 0; begin < rows.size();) {
    const size_t end = rows.find('\n', begin);
    text += WrappedText(std::string_view(rows).substr(begin, end - begin), kValueColumn, columns) + "\n";
    begin = end + 1;
  }
  for (const std::string& finding : report.findings) {
    text += WrappedText("  - " + TerminalText(finding), 4, columns) + "\n";
  }
  if (report.findings.empty()) text += "  nothing wrong\n";
  return text;
}

std::string DoctorJson(const DoctorReport& report) {
  JsonWriter json;
  json.BeginObject();
  WriteMachine(json, report.machine, report.last_level_cache_bytes);
  WriteProgram(json, report.program);
  json.Key("findings");
  json.BeginArray();
  for (const std::string& finding : report.findings) json.String(finding);
  json.EndArray();
  json.EndObject();
  return json.text() + "\n";
}

}  // namespace mobilenet
