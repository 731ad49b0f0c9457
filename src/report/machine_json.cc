#include "src/report/machine_json.h"

#include <optional>

namespace mobilenet {
namespace {

struct PowerName {
  const char* text;
  const char* key;
};
constexpr PowerName kPowerNames[kPowerConditions] = {{"under-voltage", "under_voltage"},
                                                     {"frequency capped", "frequency_capped"},
                                                     {"throttled", "throttled"},
                                                     {"temperature limit", "soft_temperature_limit"}};

void WriteCluster(JsonWriter& json, const CpuCluster& cluster) {
  json.BeginObject();
  WriteCores(json, "cores", cluster.cores);
  WriteKnown(json, "core_type", cluster.core_type);
  json.Integer("capacity", cluster.capacity);
  json.Integer("min_mhz", cluster.min_mhz);
  json.Integer("max_mhz", cluster.max_mhz);
  json.Integer("limit_mhz", cluster.limit_mhz);
  json.Integer("current_mhz", cluster.current_mhz);
  WriteKnown(json, "governor", cluster.governor);
  json.Key("caches");
  json.BeginArray();
  for (const CpuCache& cache : cluster.caches) {
    json.BeginObject();
    json.Integer("level", cache.level);
    WriteKnown(json, "type", cache.type);
    json.Integer("size_bytes", cache.size_bytes);
    WriteCores(json, "cores", cache.cores);
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
}

void WriteFeatures(JsonWriter& json, const std::optional<ArmFeatures>& features) {
  json.Key("features");
  if (!features) return json.Null();
  json.BeginObject();
  json.Boolean("neon", features->neon);
  json.Boolean("fma", features->fma);
  json.Boolean("dot", features->dot);
  json.Boolean("fp16", features->fp16);
  json.Boolean("i8mm", features->i8mm);
  json.EndObject();
}

}  // namespace

const char* PowerConditionText(PowerCondition condition) {
  return kPowerNames[static_cast<size_t>(condition)].text;
}

void WriteCores(JsonWriter& json, std::string_view key, const std::vector<int>& cores) {
  json.Key(key);
  json.BeginArray();
  for (int core : cores) json.Integer(core);
  json.EndArray();
}

void WriteKnown(JsonWriter& json, std::string_view key, const std::string& value) {
  json.Key(key);
  if (value.empty()) return json.Null();
  json.String(value);
}

void WriteTemperatures(JsonWriter& json, const std::vector<Temperature>& temperatures) {
  json.Key("temperatures");
  json.BeginArray();
  for (const Temperature& zone : temperatures) {
    json.BeginObject();
    WriteKnown(json, "zone", zone.zone);
    json.Fixed("celsius", zone.celsius, 3);
    json.EndObject();
  }
  json.EndArray();
}

void WritePower(JsonWriter& json, const std::array<PowerState, kPowerConditions>& power) {
  json.Key("power");
  json.BeginObject();
  for (size_t i = 0; i < power.size(); ++i) {
    json.Key(kPowerNames[i].key);
    json.BeginObject();
    json.Boolean("now", power[i].now);
    json.Boolean("since_boot", power[i].since_boot);
    json.EndObject();
  }
  json.EndObject();
}

void WriteMachine(JsonWriter& json, const Machine& machine, int64_t last_level_cache_bytes) {
  json.Key("machine");
  json.BeginObject();
  WriteKnown(json, "board", machine.board);
  WriteKnown(json, "kernel", machine.kernel);
  json.Key("clusters");
  json.BeginArray();
  for (const CpuCluster& cluster : machine.clusters) WriteCluster(json, cluster);
  json.EndArray();
  WriteCores(json, "offline_cores", machine.offline_cores);
  WriteFeatures(json, machine.features);
  json.Integer("last_level_cache_bytes", last_level_cache_bytes);
  json.Integer("memory_total_bytes", machine.memory_total_bytes);
  json.Integer("memory_available_bytes", machine.memory_available_bytes);
  json.Key("memory_limits");
  json.BeginObject();
  json.Integer("cgroup_bytes", machine.memory_limits.cgroup_bytes);
  json.Integer("address_space_bytes", machine.memory_limits.address_space_bytes);
  json.Integer("available_bytes", machine.memory_limits.available_bytes);
  json.EndObject();
  json.Key("cpu_quota");
  machine.cpu_quota ? json.Significant(*machine.cpu_quota, 6) : json.Null();
  json.Key("busy_cores");
  machine.busy_cores ? json.Integer(*machine.busy_cores) : json.Null();
  json.Integer("page_bytes", machine.page_bytes);
  WriteTemperatures(json, machine.temperatures);
  WritePower(json, machine.power);
  json.EndObject();
}

}  // namespace mobilenet
