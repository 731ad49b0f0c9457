// Accuracy against latency: measures models in turns, and adds how accurate they are.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "src/base/machine_look.h"
#include "src/base/tensor.h"
#include "src/engine/latency.h"
#include "src/engine/plan.h"
#include "src/records/file_stamp.h"
#include "src/records/measurement_file.h"
#include "src/report/evaluation.h"
#include "src/report/tradeoff.h"
#include "src/tradeoff/variants.h"

namespace mobilenet {

struct TradeoffSettings {
  PlanOptions plan;
  std::string backend;  // the value of --backend
  std::optional<DataType> precision;
  std::optional<double> duration_s;  // per model, over all turns; if not given, bounded for all
  std::string dataset;               // where right answers are counted; "" for none
};

class Tradeoff {
 public:
  // Begins with what the file, which may be null, holds of an earlier run, and adds to it.
  Tradeoff(TradeoffSettings settings, Variants variants, MeasurementFile* file);

  // In turns, each of all models, so that what the machine does meanwhile meets them alike, and a run that is
  // stopped early has measured most of them.
  static constexpr int kTurns = 3;
  // Of all that is measured, about.
  double Seconds() const;

  // `progress` is told which part is done, 0...1, and is asked whether to go on; `fail` gets the message of
  // a model that cannot be measured, and the others are.
  void Measure(const std::function<bool(double part)>& progress,
               const std::function<void(const std::string& message)>& fail);

  // The models here that were measured, and of which nobody has counted right answers yet.
  std::vector<Variant> WithoutAnswers() const;
  // `stamp` is of the model's file as it was before.
  void AddAnswers(const Variant& variant, const std::optional<FileStamp>& stamp, const RightRow& top1,
                  int64_t images);

  // Without limits. No rows where nothing was measured.
  TradeoffReport Report() const;

  const Variants& variants() const { return variants_; }

 private:
  struct Answers {
    RightRow top1;
    int64_t images = 0;
  };

  double SecondsOfEach() const;
  Measurement MeasureOne(const Variant& variant, const std::function<void(double)>& progress);
  void Keep(const Measurement& measurement);
  TradeoffRow RowOf(const std::string& name, const Network& network, const std::string& precision) const;
  void AddEstimated(TradeoffReport& report) const;

  const TradeoffSettings settings_;
  const Variants variants_;
  MeasurementFile* const file_;
  BenchLimits limits_;
  MachineWatch watch_;
  // By Variant::key.
  std::map<std::string, int> turns_;
  std::map<std::string, BenchResult> results_;
  std::map<std::string, double> fastest_turn_ms_;
  std::map<std::string, Answers> answers_;
  std::set<std::string> failed_;
};

}  // namespace mobilenet
