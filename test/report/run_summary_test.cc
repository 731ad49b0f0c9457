#include "src/report/run_summary.h"

#include <cmath>

#include "test/report/classify_row.h"
#include "test/support/catch.h"

namespace mobilenet {
namespace {

TEST_CASE("percentiles are right to half a percent, from microseconds to hours") {
  for (double unit_ms : {0.002, 1.0, 3000.0}) {
    DurationHistogram times;
    for (int i = 1000; i >= 1; --i) times.Add(i * unit_ms);
    for (double percent : {1.0, 50.0, 95.0, 99.0, 100.0}) {
      CAPTURE(unit_ms, percent);
      CHECK(std::abs(times.Percentile(percent) / (percent * 10 * unit_ms) - 1) < 0.0051);
    }
  }
  DurationHistogram extremes;
  CHECK(extremes.Percentile(50) == 0);
  extremes.Add(0);
  extremes.Add(1e12);
  CHECK(extremes.Percentile(1) < 0.0011);
  CHECK(extremes.Percentile(99) > 1e6);
}

TEST_CASE("a run is summed up on one line") {
  RunTotals summary;
  for (int i = 0; i < 3; ++i) summary.Add(test::ParrotRow());
  summary.Add(test::ErrorRow());
  summary.elapsed_s = 2;
  CHECK(SummaryLine(summary) ==
        "4 images, 1 failure, 2.0 s, 2.0 images/s; ms (p50/p95/p99): decode 5.23/5.23/5.23, preprocess "
        "1.00/1.00/1.00, inference 20.04/20.04/20.04\n");
  RunTotals failed;
  failed.Add(test::ErrorRow());
  failed.recorded_before = 7;
  failed.skipped_files = 1;
  failed.skipped_hidden = 3;
  failed.dropped_frames = 2;
  CHECK(SummaryLine(failed) ==
        "1 image, 1 failure, 7 recorded before, 1 other file left out, 3 hidden left out, "
        "2 frames dropped, 0.0 s\n");
}

}  // namespace
}  // namespace mobilenet
