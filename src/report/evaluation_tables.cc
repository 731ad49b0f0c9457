#include "src/report/evaluation_tables.h"

#include "src/base/number_text.h"
#include "src/base/str_cat.h"
#include "src/report/rows.h"

namespace mobilenet {
namespace {

ReportTable::Cell PercentCell(std::optional<double> rate) {
  if (!rate) return {"-", ""};
  return {Percent(*rate), ShortFixedText(*rate, kRateDecimals)};
}

}  // namespace

std::string Percent(double rate) {
  return FixedText(100 * rate, kShownPercentDecimals);
}

ReportTable ClassesTable(const std::vector<EvaluatedClassRow>& classes) {
  ReportTable table({{"class_index", "class", Align::kRight},
                     {"label", "label"},
                     {"n", "images", Align::kRight},
                     {"predicted", "taken for it", Align::kRight},
                     {"right", "right", Align::kRight},
                     {"precision", "precision, %", Align::kRight},
                     {"recall", "recall, %", Align::kRight}});
  for (const EvaluatedClassRow& row : classes) {
    table.AddRow({ReportTable::Integer(row.class_index), ReportTable::Same(row.label),
                  ReportTable::Integer(row.n), ReportTable::Integer(row.predicted),
                  ReportTable::Integer(row.right), PercentCell(row.precision()), PercentCell(row.recall())});
  }
  return table;
}

ReportTable ConfusionsTable(const std::vector<ConfusionRow>& confusions) {
  ReportTable table({{"n", "images", Align::kRight}, {"label", "of"}, {"predicted", "taken for"}});
  for (const ConfusionRow& row : confusions) {
    table.AddRow(
        {ReportTable::Integer(row.n), ReportTable::Same(row.label), ReportTable::Same(row.predicted)});
  }
  return table;
}

ReportTable ReliabilityTable(const std::vector<ReliabilityRow>& reliability) {
  ReportTable table({{"score", "score"},
                     {"n", "images", Align::kRight},
                     {"mean_score", "mean score, %", Align::kRight},
                     {"rate", "right, %", Align::kRight}});
  for (const ReliabilityRow& row : reliability) {
    table.AddRow({ReportTable::Same(StrCat(FixedText(row.low, 1), " to ", FixedText(row.high, 1))),
                  ReportTable::Integer(row.n), PercentCell(row.mean_score), PercentCell(row.rate)});
  }
  return table;
}

ReportTable MistakesTable(const std::vector<MistakeRow>& mistakes) {
  ReportTable table({{"score", "score, %", Align::kRight},
                     {"label", "of"},
                     {"predicted", "taken for"},
                     {"rank", "right at", Align::kRight},
                     {"path", "path"}});
  for (const MistakeRow& row : mistakes) {
    table.AddRow({{Percent(row.score), SignificantText(row.score, kScoreDigits)},
                  ReportTable::Same(row.label),
                  ReportTable::Same(row.predicted),
                  ReportTable::Same(row.rank ? std::to_string(*row.rank) : "-"),
                  ReportTable::Same(row.path)});
  }
  return table;
}

}  // namespace mobilenet
