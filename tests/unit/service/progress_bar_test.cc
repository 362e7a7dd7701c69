#include "service/telemetry/progress_bar.h"

#include <gtest/gtest.h>

namespace sluice::testing {
namespace {

using telemetry::RenderProgress;

CaptureStats Stats(uint64_t rows, uint64_t known) {
  CaptureStats stats;
  stats.snapshot_rows = rows;
  stats.snapshot_rows_known = known;
  stats.snapshot_tables = 4;
  stats.snapshot_tables_done = 1;
  return stats;
}

TEST(ProgressBar, ShowsShareRowsTablesAndSpeed) {
  EXPECT_EQ(RenderProgress(Stats(620, 2'000), 310.7, 200),
            "[######--------------]  31% 620 of about 2000 rows, 1 of 4 tables, 310 rows/s");
}

TEST(ProgressBar, AnEstimateThatIsTooSmallOrMissingBreaksNothing) {
  EXPECT_EQ(RenderProgress(Stats(3'000, 2'000), 0, 200),
            "[####################] 100% 3000 of about 2000 rows, 1 of 4 tables, 0 rows/s");
  EXPECT_EQ(RenderProgress(Stats(3'000, 0), -1, 200), "3000 rows, 1 of 4 tables, 0 rows/s");
}

TEST(ProgressBar, FitsTheTerminal) {
  EXPECT_EQ(RenderProgress(Stats(620, 2'000), 310, 10), "[######---");
}

}  // namespace
}  // namespace sluice::testing
