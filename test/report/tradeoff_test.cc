// Which models are on the front, and which one a limit names.
#include "src/report/tradeoff.h"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

#include "src/base/error.h"
#include "test/support/catch.h"

namespace mobilenet {
namespace {

TradeoffRow Row(const std::string& name, double median_ms, double p90_ms, std::optional<double> top1) {
  TradeoffRow row;
  row.name = name;
  row.path = "/models/" + name + ".safetensors";
  row.architecture = "mobilenet_v1";
  row.precision = "s8";
  row.median_ms = median_ms;
  row.p90_ms = p90_ms;
  row.top1_percent = top1;
  row.runs = 21;
  return row;
}

TradeoffReport Tradeoff() {
  TradeoffReport report;
  report.threads = 2;
  report.backend = "auto";
  report.rows = {Row("slow", 30, 36, 70),    Row("fast", 5, 6, 50),   Row("unknown", 4, 5, std::nullopt),
                 Row("worse", 12, 14, 49),   Row("good", 10, 28, 65), Row("as good", 11, 12, 65),
                 Row("nearly", 20, 21, 64.5)};
  SettleTradeoff(report);
  return report;
}

TEST_CASE("the front has what nothing as fast is more accurate than") {
  std::vector<std::string> names, front;
  for (const TradeoffRow& row : Tradeoff().rows) {
    names.push_back(row.name);
    if (row.is_on_front) front.push_back(row.name);
  }
  CHECK(names == std::vector<std::string>{"unknown", "fast", "good", "as good", "worse", "nearly", "slow"});
  CHECK(front == std::vector<std::string>{"fast", "good", "slow"});
}

TEST_CASE("a budget names the most accurate model whose 90th percentile is within it") {
  struct Case {
    double budget_ms;
    std::string name;
  };
  for (const Case& one : {Case{5.5, ""}, Case{6, "fast"}, Case{12, "as good"}, Case{27, "as good"},
                          Case{28, "good"}, Case{36, "slow"}}) {
    TradeoffReport report = Tradeoff();
    report.budget_ms = one.budget_ms;
    SettleTradeoff(report);
    CAPTURE(one.budget_ms);
    REQUIRE(report.within_budget.has_value() == !one.name.empty());
    if (report.within_budget) CHECK(report.rows[*report.within_budget].name == one.name);
    const auto budget = nlohmann::json::parse(TradeoffJson(report))["budget"];
    CHECK(budget["budget_ms"] == one.budget_ms);
    if (one.name.empty()) {
      CHECK(budget["name"].is_null());
      CHECK(TradeoffText(report, TableFormat::kText).find("within 5.5 ms: no model here is good enough\n") !=
            std::string::npos);
    } else {
      CHECK(budget["command"] == "mobilenet classify --model " + one.name + " photo.jpg");
    }
  }
}

TEST_CASE("a least accuracy names the fastest model that has it") {
  for (const auto& [least, name] : {std::pair{64.5, "good"}, {65.1, "slow"}, {0.0, "fast"}, {71.0, ""}}) {
    TradeoffReport report = Tradeoff();
    report.min_top1_percent = least;
    SettleTradeoff(report);
    CAPTURE(least);
    REQUIRE(report.accurate_enough.has_value() == (std::string(name) != ""));
    if (report.accurate_enough) CHECK(report.rows[*report.accurate_enough].name == name);
  }
}

TEST_CASE("a model that is not here is got, and one that runs otherwise is run so") {
  TradeoffReport report;
  report.rows = {Row("mobilenet_v1_0.5_160_s8", 5, 6, 57.7)};
  report.budget_ms = 10;
  report.rows[0].option = "--precision f32";
  SettleTradeoff(report);
  CHECK(TradeoffText(report, TableFormat::kText)
            .find("    mobilenet classify --model mobilenet_v1_0.5_160_s8 --precision f32 photo.jpg\n") !=
        std::string::npos);
  report.rows[0].path = "";
  report.rows[0].is_estimated = true;
  CHECK(TradeoffText(report, TableFormat::kText)
            .find("p90 6.00, estimated)\n    mobilenet models get mobilenet_v1_0.5_160_s8\n") !=
        std::string::npos);
}

TEST_CASE("the picture has the front and every model whose accuracy is known") {
  const TradeoffReport report = Tradeoff();
  const std::string picture = TradeoffPlot(report);
  for (const char* text : {"<title>slow: 30, 70</title>", "<title>worse: 12, 49</title>", ">front<",
                           "without a known accuracy: unknown"}) {
    CAPTURE(text);
    CHECK(picture.find(text) != std::string::npos);
  }
  CHECK(picture.find("<title>unknown") == std::string::npos);
  TradeoffReport none;
  none.rows = {Row("unknown", 4, 5, std::nullopt)};
  CHECK_THROWS_AS(TradeoffPlot(none), Error);
}

}  // namespace
}  // namespace mobilenet
