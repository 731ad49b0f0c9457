// What `mobilenet doctor` found, for people and as JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/base/machine.h"

namespace mobilenet {

struct KernelRow {
  std::string op;       // "operator" in JSON: "conv 1x1"
  std::string type;     // "f32" | "u8" | "s8"
  std::string backend;  // "xnnpack" | "native"
  std::string kernel;
};

// What mobilenet tune found.
struct TunedRow {
  int threads = 0;
  std::vector<int> cores;
  double median_ms = 0;
  std::string when;  // UTC, ISO 8601
};

// The program as it runs here.
struct ProgramRow {
  std::string version;
  std::string architecture;        // "aarch64" | "armv7" | "x86-64"
  std::string glibc;               // the version in use
  std::string xnnpack_generation;  // "" if compiled without
  std::string xnnpack_error;       // why XNNPACK does not run; "" if it does
  std::string isa_compiled;        // levels of the native kernels, as kernels/common/isa.h names them
  std::string isa_detected;
  std::string isa_chosen;
  std::vector<KernelRow> kernels;  // by operator, each with the same types
  std::string model;               // the default model's file; "" if there is none
  std::optional<TunedRow> tuned;   // for the default model
};

struct DoctorReport {
  Machine machine;
  int64_t last_level_cache_bytes = 0;  // that layers are cut for
  ProgramRow program;
  std::vector<std::string> findings;  // what is wrong or slow and what to do, one sentence each
};

// Three parts: machine, program with the table of kernels, findings; for a terminal of so many columns.
std::string DoctorText(const DoctorReport& report, int columns = 0);

// The first of them; from the program it needs the architecture and isa_detected.
std::string MachineText(const DoctorReport& report);

// One object on one line and a newline: machine {board, kernel, clusters [{cores, core_type, capacity,
// min_mhz, max_mhz, limit_mhz, current_mhz, governor, caches [{level, type, size_bytes, cores}]}],
// offline_cores, features {neon, fma, dot, fp16, i8mm}, last_level_cache_bytes, memory_total_bytes,
// memory_available_bytes, memory_limits {cgroup_bytes, address_space_bytes, available_bytes}, cpu_quota,
// busy_cores, page_bytes, temperatures [{zone, celsius}], power {under_voltage, frequency_capped, throttled,
// soft_temperature_limit: each {now, since_boot}}}, program {version, architecture, glibc, xnnpack
// {generation, runs, error}, isa {compiled, detected, chosen}, kernels [{operator, type, backend, kernel}],
// model, tuned {threads, cores, median_ms, when}}, findings. What is unknown is null.
std::string DoctorJson(const DoctorReport& report);

}  // namespace mobilenet
