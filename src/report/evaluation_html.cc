#include "src/report/evaluation_html.h"

#include <filesystem>
#include <optional>

#include "src/base/number_text.h"
#include "src/base/str_cat.h"
#include "src/report/evaluation_plots.h"
#include "src/report/evaluation_tables.h"
#include "src/report/report_table.h"
#include "src/report/rows.h"
#include "src/report/xml_text.h"

namespace mobilenet {
namespace {

constexpr std::string_view kStyle = R"(
body { font-family: "DejaVu Sans", Arial, Helvetica, sans-serif; margin: 2em auto; max-width: 62em; padding: 0 1em;
  color: #222; }
h1 { font-size: 1.5em; }
h2 { font-size: 1.2em; margin-top: 2em; }
table { border-collapse: collapse; margin: 0.5em 0; }
th, td { border-bottom: 1px solid #ddd; padding: 0.25em 0.7em; text-align: left; vertical-align: top;
  overflow-wrap: anywhere; }
th { white-space: nowrap; }
th.right, td.right { text-align: right; white-space: nowrap; }
img { display: block; max-width: 160px; }
svg { max-width: 100%; height: auto; }
)";

// Rows of a name and a value.
class FactTable {
 public:
  void Add(const std::string& name, const std::string& shown) { Add(name, shown, shown); }
  void Add(const std::string& name, const std::string& shown, const std::string& raw) {
    if (!shown.empty()) table_.AddRow({ReportTable::Same(name), {shown, raw}});
  }
  std::string Html() const { return table_.Html(); }

 private:
  ReportTable table_{{{"name", ""}, {"value", ""}}};
};

ReportTable MakeRatesTable() {
  return ReportTable({{"name", ""},
                      {"right", "right", Align::kRight},
                      {"images", "of", Align::kRight},
                      {"rate", "%", Align::kRight},
                      {"low", "with 95 % certainty from", Align::kRight},
                      {"high", "to", Align::kRight}});
}

void AddRate(ReportTable& table, const std::string& name, const RightRow& row, int64_t images) {
  const auto cell = [](double rate) {
    return ReportTable::Cell{Percent(rate), ShortFixedText(rate, kRateDecimals)};
  };
  table.AddRow({ReportTable::Same(name), ReportTable::Integer(row.right), ReportTable::Integer(images),
                cell(row.rate), cell(row.low), cell(row.high)});
}

std::string Section(std::string_view title, const std::string& contents) {
  return StrCat("<h2>", title, "</h2>\n", contents);
}

std::string ComparedHtml(const PairedRow& other) {
  ReportTable rates = MakeRatesTable();
  AddRate(rates, other.model, other.top1, other.images);
  FactTable facts;
  facts.Add("both right", std::to_string(other.both_right));
  facts.Add("only the first model", std::to_string(other.only_first));
  facts.Add("only the second model", std::to_string(other.only_second));
  facts.Add("neither", std::to_string(other.both_wrong));
  facts.Add("p of McNemar's exact test", SignificantText(other.p_value, 3),
            SignificantText(other.p_value, kScoreDigits));
  return rates.Html() + facts.Html();
}

// Inside HTML, an SVG picture has no declaration of its own.
std::string InlineSvg(const std::string& svg) {
  return svg.substr(svg.find("<svg "));
}

}  // namespace

std::string EvaluationHtml(const EvaluationReport& report, const std::vector<std::string>& thumbnails) {
  const std::string title =
      StrCat("How often ", XmlText(std::filesystem::path(report.model).stem().string()), " is right");
  ReportTable rates = MakeRatesTable();
  AddRate(rates, "top-1", report.top1, report.images);
  if (report.top5) AddRate(rates, "top-5", *report.top5, report.images);
  FactTable facts;
  facts.Add("model", report.model);
  facts.Add("SHA-256", report.model_sha256);
  facts.Add("photographs", report.dataset);
  facts.Add("images", std::to_string(report.images));
  if (!report.is_complete) facts.Add("interrupted", "before the last image");
  facts.Add("failed", std::to_string(report.failed));
  facts.Add("left out, of other classes", std::to_string(report.ignored));
  facts.Add("precision", report.precision);
  facts.Add("resize", report.resize);
  facts.Add("filter", report.interpolation);
  facts.Add("decode", report.decode);
  if (report.published_top1) {
    facts.Add("published top-1 of ImageNet's validation images, %",
              ShortFixedText(*report.published_top1, 2));
    facts.Add("the published one is",
              report.HasPublishedWithin() ? "within the interval" : "outside the interval");
  }
  facts.Add("expected calibration error, points", FixedText(100 * report.ece, 1),
            ShortFixedText(report.ece, kRateDecimals));
  std::string text = StrCat(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n", kEvaluationHtmlMark,
      "\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src "
      "'unsafe-inline'\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>",
      title, "</title>\n<style>", kStyle, "</style>\n</head>\n<body>\n<h1>", title, "</h1>\n", rates.Html(),
      facts.Html());
  if (report.compared) text += Section("Another model on the same images", ComparedHtml(*report.compared));
  text += Section("By score", ReliabilityTable(report.reliability).Html());
  if (!report.reliability.empty()) text += InlineSvg(EvaluationPlot(report));
  if (!report.mistakes.empty()) {
    text += Section("Surest mistakes", MistakesTable(report.mistakes).Html(thumbnails));
  }
  if (!report.confusions.empty()) {
    text += Section("Most confused classes", ConfusionsTable(report.confusions).Html());
  }
  return text + Section("Classes", ClassesTable(report.per_class).Html()) + "</body>\n</html>\n";
}

}  // namespace mobilenet
