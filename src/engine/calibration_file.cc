#include "src/engine/calibration_file.h"

#include <cmath>
#include <cstddef>
#include <optional>

#include "src/base/error.h"
#include "src/engine/equalize.h"
#include "src/json/json.h"
#include "src/json/json_writer.h"

namespace mobilenet {
namespace {

constexpr int kRangeDigits = 9;  // enough to restore any float
constexpr double kMostOfFloat = 3.4028234663852886e38;

std::string NameOf(const Network& network, size_t value) {
  return value == 0 ? "input" : network.layers[value - 1].name;
}

double NumberOf(const Json* json, const std::string& where) {
  const auto number = json ? json->Number() : std::nullopt;
  if (!number || !(std::abs(*number) <= kMostOfFloat)) {
    Fail(where, ": has no min, max or numbers of channels");
  }
  return *number;
}

void WriteChannels(JsonWriter& json, std::string_view name, const std::vector<double>& channels) {
  json.Key(name);
  json.BeginArray();
  for (const double number : channels) json.Significant(number, kChannelDigits);
  json.EndArray();
}

std::vector<double> ReadChannels(const Json& json, std::string_view name, size_t channels,
                                 const std::string& where) {
  const Json* const numbers = json.Find(name);
  if (!numbers || !numbers->is_array() || numbers->elements.size() != channels) {
    Fail(where, ": does not have the ", name, " of ", channels, " channels");
  }
  std::vector<double> read;
  for (const Json& number : numbers->elements) read.push_back(NumberOf(&number, where));
  return read;
}

}  // namespace

std::string CalibrationJson(const CalibrationFile& file, const Network& network) {
  const std::vector<bool> can_be_equalized = CanBeEqualized(network);
  JsonWriter json;
  json.BeginObject();
  json.String("weights_checksum", file.weights_checksum);
  json.Integer("photographs", file.photographs);
  json.Key("ranges");
  json.BeginArray();
  for (size_t value = 0; value < file.statistics.size(); ++value) {
    const ValueStatistics& one = file.statistics[value];
    json.BeginObject();
    json.String("name", NameOf(network, value));
    json.Significant("min", static_cast<double>(one.min), kRangeDigits);
    json.Significant("max", static_cast<double>(one.max), kRangeDigits);
    WriteChannels(json, "channel_means", one.channel_means);
    if (can_be_equalized[value]) {
      WriteChannels(json, "channel_mins", one.channel_mins);
      WriteChannels(json, "channel_maxes", one.channel_maxes);
    }
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
  return json.text() + "\n";
}

CalibrationFile ReadCalibration(std::string_view text, const std::string& where, const Network& network) {
  const Json json = ParseJson(text, where);
  const Json* const checksum = json.Find("weights_checksum");
  const Json* const photographs = json.Find("photographs");
  const Json* const ranges = json.Find("ranges");
  if (!checksum || !checksum->String() || !photographs || !photographs->Integer() || !ranges ||
      !ranges->is_array()) {
    Fail(where, ": is not a file of ranges (quantize --calibrate FOLDER --ranges FILE writes one)");
  }
  CalibrationFile file{*checksum->String(), *photographs->Integer(), {}};
  const size_t values = network.layers.size();  // the scores have none
  const std::vector<bool> can_be_equalized = CanBeEqualized(network);
  if (ranges->elements.size() != values) {
    Fail(where, ": has ", ranges->elements.size(), " ranges, the network has ", values,
         " (from another model?)");
  }
  for (size_t value = 0; value < values; ++value) {
    const Json& one = ranges->elements[value];
    const Json* const name = one.Find("name");
    const std::string expected = NameOf(network, value);
    if (!name || !name->String() || *name->String() != expected) {
      Fail(where, ": range ", value + 1, " is not that of ", expected, " (from another model?)");
    }
    const std::string here = StrCat(where, ": ", expected);
    ValueStatistics statistics{static_cast<float>(NumberOf(one.Find("min"), here)),
                               static_cast<float>(NumberOf(one.Find("max"), here)),
                               {},
                               {},
                               {}};
    if (statistics.min > 0 || statistics.max < 0) Fail(here, ": its range does not hold 0");
    const auto channels = static_cast<size_t>(ShapeOf(network, value).back());
    statistics.channel_means = ReadChannels(one, "channel_means", channels, here);
    if (can_be_equalized[value]) {
      statistics.channel_mins = ReadChannels(one, "channel_mins", channels, here);
      statistics.channel_maxes = ReadChannels(one, "channel_maxes", channels, here);
      for (size_t c = 0; c < channels; ++c) {
        if (statistics.channel_mins[c] > 0 || statistics.channel_maxes[c] < 0) {
          Fail(here, ": the range of channel ", c, " does not hold 0");
        }
      }
    }
    file.statistics.push_back(std::move(statistics));
  }
  return file;
}

bool IsCalibration(std::string_view text) {
  const auto json = TryParseJson(text);
  return json && json->Find("weights_checksum") && json->Find("ranges");
}

}  // namespace mobilenet
