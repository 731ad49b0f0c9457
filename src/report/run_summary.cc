#include "src/report/run_summary.h"

#include <algorithm>
#include <cmath>

#include "src/base/number_text.h"
#include "src/base/str_cat.h"

namespace mobilenet {
namespace {

constexpr double kFirstMs = 1e-3;
constexpr double kGrowth = 1.01;

std::string Count(int64_t count, const char* one, const char* many) {
  return StrCat(count, " ", count == 1 ? one : many);
}

std::string Percentiles(const DurationHistogram& times) {
  return StrCat(FixedText(times.Percentile(50), 2), "/", FixedText(times.Percentile(95), 2), "/",
                FixedText(times.Percentile(99), 2));
}

}  // namespace

void DurationHistogram::Add(double duration_ms) {
  const double bucket = std::log(std::max(duration_ms, kFirstMs) / kFirstMs) / std::log(kGrowth);
  ++counts_[std::min(static_cast<size_t>(bucket), counts_.size() - 1)];
  ++total_;
}

double DurationHistogram::Percentile(double percent) const {
  if (total_ == 0) return 0;
  const double wanted = std::ceil(static_cast<double>(total_) * percent / 100);
  int64_t seen = 0;
  size_t bucket = 0;
  for (; bucket + 1 < counts_.size(); ++bucket) {
    seen += counts_[bucket];
    if (static_cast<double>(seen) >= wanted) break;
  }
  return kFirstMs * std::pow(kGrowth, static_cast<double>(bucket) + 0.5);
}

void RunTotals::Add(const ClassifyRow& row) {
  ++images;
  if (row.error) {
    ++failures;
    return;
  }
  decode.Add(row.decode_ms);
  preprocess.Add(row.preprocess_ms);
  inference.Add(row.inference_ms);
}

std::string SummaryLine(const RunTotals& summary) {
  std::string text =
      StrCat(Count(summary.images, "image", "images"), ", ", Count(summary.failures, "failure", "failures"));
  if (summary.recorded_before > 0) text += StrCat(", ", summary.recorded_before, " recorded before");
  if (summary.skipped_files > 0) {
    text += StrCat(", ", Count(summary.skipped_files, "other file", "other files"), " left out");
  }
  if (summary.skipped_hidden > 0) text += StrCat(", ", summary.skipped_hidden, " hidden left out");
  if (summary.dropped_frames > 0) {
    text += StrCat(", ", Count(summary.dropped_frames, "frame", "frames"), " dropped");
  }
  text += StrCat(", ", FixedText(summary.elapsed_s, 1), " s");
  if (summary.elapsed_s > 0) {
    text += StrCat(", ", FixedText(static_cast<double>(summary.images) / summary.elapsed_s, 1), " images/s");
  }
  if (summary.images > summary.failures) {
    text += StrCat("; ms (p50/p95/p99): decode ", Percentiles(summary.decode), ", preprocess ",
                   Percentiles(summary.preprocess), ", inference ", Percentiles(summary.inference));
  }
  return text + "\n";
}

}  // namespace mobilenet
