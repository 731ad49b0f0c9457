// A machine as JSON, the same in every report. What is unknown is null.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/machine.h"
#include "src/json/json_writer.h"

namespace mobilenet {

// "under-voltage", "throttled".
const char* PowerConditionText(PowerCondition condition);

// A member: the numbers of cores.
void WriteCores(JsonWriter& json, std::string_view key, const std::vector<int>& cores);
// A member: the text, or null for "".
void WriteKnown(JsonWriter& json, std::string_view key, const std::string& value);
// The members temperatures [{zone, celsius}], power {under_voltage, frequency_capped, throttled,
// soft_temperature_limit: each {now, since_boot}}.
void WriteTemperatures(JsonWriter& json, const std::vector<Temperature>& temperatures);
void WritePower(JsonWriter& json, const std::array<PowerState, kPowerConditions>& power);
// The member machine, as in doctor.h.
void WriteMachine(JsonWriter& json, const Machine& machine, int64_t last_level_cache_bytes);

}  // namespace mobilenet
