// What change logs say of themselves, and what is said of them.
#include <algorithm>

#include "service/telemetry/telemetry.h"

namespace sluice::telemetry {

Telemetry::Changelogs::One& Telemetry::Changelogs::At(const std::string& sink) {
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&sink](const One& one) { return one.stats.sink == sink; });
  if (found != all.end()) return *found;
  all.emplace_back();
  all.back().stats.sink = sink;
  return all.back();
}

void Telemetry::OnChangelogStats(const ChangelogStats& stats) {
  FailureReason before = FailureReason::kNone;
  {
    const std::lock_guard lock(changelogs_.mutex);
    Changelogs::One& one = changelogs_.At(stats.sink);
    before = one.stats.hold;
    one.stats = stats;
  }
  const FailureReason now = stats.hold;
  if (now != before && now != FailureReason::kNone) {
    log_.WriteLimited(LogLevel::kWarn, "changelog_held", stats.sink + FailureReasonName(now),
                      stats.hold_reason,
                      {{"sink", stats.sink}, {"reason", std::string_view(FailureReasonName(now))}});
  } else if (now != before) {
    log_.WriteLimited(LogLevel::kInfo, "changelog_hold_over", stats.sink, "what was held goes on",
                      {{"sink", stats.sink}});
  }
  log_.FlushRepeats();
}

void Telemetry::OnChangelogRefused(const std::string& sink, const TopicPartition& stream,
                                   Offset offset, RejectReason reason, std::string_view column) {
  const char* const name = RejectReasonName(reason);
  log_.WriteLimited(
      LogLevel::kWarn, "changelog_refused",
      sink + " " + stream.topic + " " + name + " " + std::string(column),
      reason == RejectReason::kMissingBefore
          ? "a change does not tell the old values, so that no row of a change log can "
            "be told; it goes to the dead letters: the table needs REPLICA IDENTITY FULL"
          : "no row of a change log can be told of a record; it goes to the dead letters",
      {{"sink", sink},
       {"topic", stream.topic},
       {"partition", int64_t{stream.partition}},
       {"offset", offset.value},
       {"reason", std::string_view(name)},
       {"column", column},
       {"dead_letters", settings_.dead_letters_topic}});
}

void Telemetry::OnChangelogTruncate(const std::string& sink, const TopicPartition& stream) {
  log_.WriteLimited(LogLevel::kWarn, "changelog_truncate", sink + " " + stream.topic,
                    "a table was emptied by TRUNCATE, which does not tell its rows: the change log "
                    "has no deletes of them",
                    {{"sink", sink}, {"topic", stream.topic}});
}

void Telemetry::NoteChangelogHalt(const std::string& sink, FailureReason reason,
                                  const std::string& sentence) {
  {
    const std::lock_guard lock(changelogs_.mutex);
    changelogs_.At(sink).halt = reason;
  }
  log_.Write(LogLevel::kError, "halted", sentence,
             {{"sink", sink}, {"reason", std::string_view(FailureReasonName(reason))}});
}

/// Those that are to run here, also before they have said anything.
std::vector<ChangelogStats> Telemetry::CopyChangelogs() const {
  std::vector<ChangelogStats> stats;
  const std::lock_guard lock(changelogs_.mutex);
  stats.reserve(changelogs_.all.size());
  for (const Changelogs::One& one : changelogs_.all) stats.push_back(one.stats);
  return stats;
}

void Telemetry::TakeChangelogs(Snapshot& snapshot) const {
  snapshot.changelogs = CopyChangelogs();
  const std::lock_guard lock(changelogs_.mutex);
  for (const Changelogs::One& one : changelogs_.all) {
    if (snapshot.halt == FailureReason::kNone) snapshot.halt = one.halt;
    if (one.stats.hold != FailureReason::kNone) snapshot.holds.push_back(one.stats.hold);
  }
}

}  // namespace sluice::telemetry
