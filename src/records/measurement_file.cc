#include "src/records/measurement_file.h"

#include <cmath>
#include <cstddef>
#include <string_view>
#include <utility>

#include "src/base/error.h"
#include "src/json/json.h"
#include "src/json/json_writer.h"
#include "src/records/file_stamp.h"
#include "src/report/layer_json.h"
#include "src/report/run_metadata.h"
#include "src/weights/loaded_file.h"

namespace mobilenet {
namespace {

constexpr int kRunDecimals = 6;  // decimals of a millisecond: the clock's
constexpr int kRateDigits = 17;  // enough to restore any double
constexpr char kTool[] = "mobilenet tradeoff";

std::string HeaderLine(const MeasurementSettings& settings) {
  JsonWriter json;
  json.BeginObject();
  json.String("made_by", kTool);
  json.Key("records");
  json.BeginObject();
  json.Integer("threads", settings.threads);
  json.String("backend", settings.backend);
  json.String("precision", settings.precision);
  json.String("isa", settings.isa);
  json.String("schedule", settings.schedule);
  json.String("dataset", settings.dataset);
  json.EndObject();
  json.EndObject();
  return json.text() + "\n";
}

bool IsHeader(const std::optional<Json>& line) {
  const Json* const tool = line ? line->Find("made_by") : nullptr;
  return tool && tool->String() && *tool->String() == kTool && line->Find("records");
}

std::string LineOf(const Measurement& measurement) {
  JsonWriter json;
  json.BeginObject();
  json.String("model", measurement.model);
  json.Integer("file_bytes", measurement.stamp ? std::optional(measurement.stamp->file_bytes) : std::nullopt);
  json.OptionalString("modified",
                      measurement.stamp ? std::optional(measurement.stamp->modified) : std::nullopt);
  if (measurement.top1) {
    json.Integer("images", measurement.images);
    json.Integer("right", measurement.top1->right);
    json.Significant("rate", measurement.top1->rate, kRateDigits);
    json.Significant("low", measurement.top1->low, kRateDigits);
    json.Significant("high", measurement.top1->high, kRateDigits);
  }
  if (measurement.latency) {
    const BenchResult& latency = *measurement.latency;
    json.String("architecture", latency.architecture);
    json.String("precision", latency.way.precision);
    json.Integer("threads", latency.way.threads);
    json.Integer("warmup", latency.warmup);
    json.Key("runs_ms");
    json.BeginArray();
    for (const double run_ms : latency.runs_ms) json.Fixed(run_ms, kRunDecimals);
    json.EndArray();
    json.Key("layers");
    json.BeginArray();
    for (const BenchLayerRow& row : latency.layers) {
      json.BeginObject();
      json.String("type", row.type);
      json.Integer("mult_adds", row.layer.mult_adds);
      json.Integer("moved_bytes", row.moved_bytes);
      json.Fixed("latency_ms", row.layer.latency_ms, kTimeDecimals);
      json.EndObject();
    }
    json.EndArray();
  }
  json.EndObject();
  return json.text() + "\n";
}

// A member that must be there, as a number not below 0 or as text: if it is missing, the line is damaged and
// counts as not ours.
class Members {
 public:
  explicit Members(const Json& object) : object_(object) {}

  double Number(std::string_view key) {
    const Json* const member = object_.Find(key);
    const auto number = member ? member->Number() : std::nullopt;
    is_whole_ = is_whole_ && number && std::isfinite(*number) && *number >= 0;
    return is_whole_ ? *number : 0;
  }
  int64_t Integer(std::string_view key) {
    const Json* const member = object_.Find(key);
    const int64_t* const integer = member ? member->Integer() : nullptr;
    is_whole_ = is_whole_ && integer && *integer >= 0;
    return is_whole_ ? *integer : 0;
  }
  std::string Text(std::string_view key) {
    const Json* const member = object_.Find(key);
    const std::string* const text = member ? member->String() : nullptr;
    is_whole_ = is_whole_ && text;
    return is_whole_ ? *text : "";
  }
  bool is_whole() const { return is_whole_; }

 private:
  const Json& object_;
  bool is_whole_ = true;
};

std::optional<BenchResult> LatencyOf(const Json& line) {
  Members members(line);
  BenchResult result;
  result.way.model = members.Text("model");
  result.architecture = members.Text("architecture");
  result.way.precision = members.Text("precision");
  result.way.threads = static_cast<int>(members.Integer("threads"));
  result.warmup = static_cast<int>(members.Integer("warmup"));
  const Json* const runs = line.Find("runs_ms");
  const Json* const layers = line.Find("layers");
  if (!members.is_whole() || !runs->is_array() || runs->elements.empty() || !layers || !layers->is_array()) {
    return std::nullopt;
  }
  for (const Json& run : runs->elements) {
    const auto run_ms = run.Number();
    if (!run_ms || !(*run_ms > 0) || !std::isfinite(*run_ms)) return std::nullopt;
    result.runs_ms.push_back(*run_ms);
  }
  for (const Json& layer : layers->elements) {
    Members of_layer(layer);
    BenchLayerRow row;
    row.type = of_layer.Text("type");
    row.layer.mult_adds = of_layer.Integer("mult_adds");
    row.moved_bytes = of_layer.Integer("moved_bytes");
    row.layer.latency_ms = of_layer.Number("latency_ms");
    if (!of_layer.is_whole()) return std::nullopt;
    result.layers.push_back(std::move(row));
  }
  return result;
}

// None for a line that the program cannot have written.
std::optional<Measurement> MeasurementOf(std::string_view text) {
  const auto line = TryParseJson(text);
  if (!line || !line->is_object()) return std::nullopt;
  Members members(*line);
  Measurement measurement{members.Text("model"), {}, {}, {}, 0};
  const Json* const bytes = line->Find("file_bytes");
  if (bytes && !bytes->is_null()) {
    measurement.stamp = FileStamp{members.Integer("file_bytes"), members.Text("modified")};
  }
  if (line->Find("runs_ms")) {
    measurement.latency = LatencyOf(*line);
    if (!measurement.latency) return std::nullopt;
  } else {
    measurement.images = members.Integer("images");
    measurement.top1 = RightRow{members.Integer("right"), members.Number("rate"), members.Number("low"),
                                members.Number("high")};
    if (measurement.top1->right > measurement.images) return std::nullopt;
  }
  if (!members.is_whole()) return std::nullopt;
  return measurement;
}

// Lines with their newline; anything after the last newline is left out.
template <typename Use>
void ForEachLine(std::string_view text, const Use& use) {
  for (size_t begin = 0, end; (end = text.find('\n', begin)) != text.npos; begin = end + 1) {
    use(begin, text.substr(begin, end - begin));
  }
}

}  // namespace

std::optional<int> MeasurementFile::EarlierThreads() const {
  if (!file_.is_regular() || file_.size_bytes() == 0) return std::nullopt;
  const std::string text = FileText(file_.path());
  const auto header = TryParseJson(std::string_view(text).substr(0, text.find('\n')));
  if (!IsHeader(header)) return std::nullopt;
  const Json* const threads = header->Find("records")->Find("threads");
  const int64_t* const count = threads ? threads->Integer() : nullptr;
  if (!count || *count < 1 || *count > 1024) return std::nullopt;
  return static_cast<int>(*count);
}

void MeasurementFile::Open(const MeasurementSettings& settings, bool is_resumed) {
  const std::string& path = file_.path();
  const std::string header = HeaderLine(settings);
  if (is_resumed && !file_.is_regular()) Fail(path, ": cannot be resumed (a file is needed)");
  bool is_continued = false;
  if (file_.is_regular() && file_.size_bytes() > 0) {
    const std::string text = FileText(path);
    const std::string_view first = std::string_view(text).substr(0, text.find('\n'));
    if (!IsHeader(TryParseJson(first)) && !header.starts_with(text)) {
      Fail(path, ": exists, and holds no measurements of tradeoff (use another name, or remove it)");
    }
    // A power cut can have left the first line without its end; then nothing follows it.
    is_continued = is_resumed && first.size() < text.size();
    if (is_continued) {
      if (const auto difference = SettingsDifference(first, header, "")) {
        Fail(path, ": cannot be resumed with other settings: ", *difference);
      }
      size_t whole_bytes = 0;
      ForEachLine(text, [&](size_t begin, std::string_view line) {
        if (begin > 0) {
          auto measurement = MeasurementOf(line);
          if (!measurement) {
            Fail(path, ": no measurement at byte ", begin, " (head -c ", begin, " keeps what is before it)");
          }
          // Nothing is known of a file that has been replaced.
          if (!measurement->stamp || StampOf(measurement->model) == measurement->stamp) {
            measurements_.push_back(std::move(*measurement));
          }
        }
        whole_bytes = begin + line.size() + 1;
      });
      file_.Truncate(static_cast<int64_t>(whole_bytes));
    }
  }
  if (!is_continued) {
    file_.Truncate(0);
    file_.Write(header);
  }
  file_.StartSyncing({});
}

void MeasurementFile::Add(Measurement measurement) {
  file_.Write(LineOf(measurement));
  measurements_.push_back(std::move(measurement));
}

}  // namespace mobilenet
