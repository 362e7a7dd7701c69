#include "service/telemetry/capture_totals.h"

#include <algorithm>
#include <array>

namespace sluice::telemetry {
namespace {

constexpr std::array kCounters = {&CaptureStats::transactions,
                                  &CaptureStats::messages,
                                  &CaptureStats::skipped,
                                  &CaptureStats::records_published,
                                  &CaptureStats::records_acknowledged,
                                  &CaptureStats::incremental_rows,
                                  &CaptureStats::incremental_repeated};

void AddCounters(CaptureStats& into, const CaptureStats& from) {
  for (const auto counter : kCounters) into.*counter += from.*counter;
  AddAltered(into.altered, from.altered);
  for (const TableStats& table : from.tables) {
    auto known = std::find_if(into.tables.begin(), into.tables.end(), [&](const TableStats& one) {
      return one.schema == table.schema && one.name == table.name;
    });
    if (known == into.tables.end()) {
      into.tables.push_back(table);
      continue;
    }
    for (size_t i = 0; i < table.changes.size(); ++i) known->changes[i] += table.changes[i];
    for (size_t i = 0; i < table.events.size(); ++i) known->events[i] += table.events[i];
    known->outbox |= table.outbox;
  }
}

}  // namespace

void CaptureTotals::Take(const CaptureStats& stats) {
  const bool another = stats.epoch != now_.epoch || stats.state != now_.state;
  if (another) AddCounters(former_, now_);
  const CaptureStats last = now_;
  now_ = stats;
  if (now_.snapshot_tables > 0) return;
  now_.snapshot_tables = last.snapshot_tables;  // what the last snapshot was stays to be seen
  now_.snapshot_tables_done = last.snapshot_tables_done;
  now_.snapshot_rows = last.snapshot_rows;
  now_.snapshot_rows_known = last.snapshot_rows_known;
}

CaptureStats CaptureTotals::Sum() const {
  CaptureStats sum = now_;
  for (const auto counter : kCounters) sum.*counter = 0;
  sum.tables.clear();
  sum.altered.clear();
  AddCounters(sum, former_);
  AddCounters(sum, now_);
  return sum;
}

}  // namespace sluice::telemetry
