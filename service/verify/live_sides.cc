#include "service/verify/live_sides.h"

#include <algorithm>
#include <array>

#include "adapters/postgres/slot.h"
#include "core/model/lsn_text.h"
#include "core/operations/change_version.h"
#include "core/operations/index/plan_write.h"
#include "service/config/values.h"
#include "service/verify/wait_text.h"

namespace sluice::verify {
namespace {

constexpr std::chrono::milliseconds kLook{100};

}  // namespace

Result<std::vector<StoredDocument>> IndexDocuments::Get(std::span<const std::string> ids) {
  auto found = reader_.Get(index_, ids);
  if (!found) return found.error();
  std::vector<StoredDocument> documents;
  documents.reserve(found->size());
  for (LookupResult& result : *found) {
    StoredDocument& document = documents.emplace_back();
    document.found = result.document.has_value();
    document.version = result.version;
    if (document.found) document.source = std::move(*result.document);
  }
  return documents;
}

Status PipelineHorizon::AwaitPassed(Lsn place) {
  const int64_t until_us = clock_.NowUs() + parts_.wait_us;
  if (Status status = AwaitSlot(place, until_us); !status) return status;
  return AwaitGroup(until_us);
}

Status PipelineHorizon::AwaitSlot(Lsn place, int64_t until_us) {
  for (WaitPace pace(clock_.NowUs());;) {
    const auto slot = postgres::DescribeSlot(parts_.connection, parts_.slot);
    if (!slot) return slot.error();
    if (!*slot) {
      return Error{"slot " + parts_.slot + " does not exist: nothing feeds the topics",
                   "set slot.name to the source's"};
    }
    if ((*slot)->confirmed >= place) return {};
    const int64_t now_us = clock_.NowUs();
    if (pace.Due(now_us))
      parts_.waits(SourceWaitText(parts_.slot, (*slot)->confirmed, place, until_us - now_us));
    if (now_us >= until_us) {
      return Error{"the source has not confirmed " + LsnText(place) + " within " +
                       config::FormatDurationUs(parts_.wait_us) + ": slot " + parts_.slot +
                       " stands at " + LsnText((*slot)->confirmed) +
                       ((*slot)->active ? ", and is read" : ", and nobody reads it"),
                   "look at `sluice capture status`, or give a longer --wait"};
    }
    waiter_.Wait(kLook);
  }
}

Status PipelineHorizon::AwaitGroup(int64_t until_us) {
  // What the slot has confirmed is in the topic: below these ends.
  const auto ends = parts_.admin.Offsets(parts_.topic);
  if (!ends) return ends.error();
  for (WaitPace pace(clock_.NowUs());;) {
    const auto committed = parts_.admin.Committed(parts_.group);
    if (!committed) return committed.error();
    int64_t lag = 0;
    for (const auto& [partition, range] : *ends) {
      const auto found = committed->find(partition);
      const int64_t next = found == committed->end()
                               ? range.begin.value
                               : std::max(found->second.position.next.value, range.begin.value);
      lag += std::max<int64_t>(range.end.value - next, 0);
    }
    if (lag == 0) return {};
    const int64_t now_us = clock_.NowUs();
    if (pace.Due(now_us))
      parts_.waits(
          IndexWaitText(parts_.group, parts_.topic, lag, parts_.window_us, until_us - now_us));
    if (now_us >= until_us) {
      return Error{"group " + parts_.group + " is " + std::to_string(lag) +
                       " records behind in topic " + parts_.topic + " after " +
                       config::FormatDurationUs(parts_.wait_us),
                   "see whether `sluice index` runs and is ready, or give a longer --wait: deletes "
                   "and truncates may hold its offset for " +
                       config::FormatDurationUs(parts_.window_us) + " each time"};
    }
    waiter_.Wait(kLook);
  }
}

Result<int64_t> PipelineHorizon::NextVersion() {
  switch (parts_.control.version_mode) {
    case VersionMode::kHeader: {
      const auto end = parts_.rows.rows().LogEnd();
      if (!end) return end.error();
      return ChangeVersion(*end, parts_.version_bias, kRankOfSnapshot);
    }
    case VersionMode::kOffset: break;
  }
  const auto ranges = parts_.admin.Offsets(parts_.topic);
  if (!ranges) return ranges.error();
  Offset end;
  for (const auto& [partition, range] : *ranges) end = std::max(end, range.end);
  return OffsetVersion(static_cast<uint16_t>(parts_.control.incarnation), end);
}

}  // namespace sluice::verify
