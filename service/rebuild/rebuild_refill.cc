// Filling the shadow: the pipelines run until they have caught up with the log, the source has told
// what it was asked for, and the table is what the shadow holds.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <utility>

#include "service/composition/adapter_settings.h"
#include "service/rebuild/rebuild_steps.h"
#include "service/rebuild/render.h"
#include "service/verify/run_verify.h"

namespace sluice::rebuild {
namespace {

using service::ExitCode;
using telemetry::LogLevel;

constexpr int64_t kLookMs = 500;
constexpr int64_t kTellEachUs = 10'000'000;
/// Brokers that do not answer so many times in a row end the command.
constexpr int kFailuresMax = 12;
/// So near to the log's end writers are asked to wait: it is passed in a moment.
constexpr int64_t kNearRecords = 1'000;
constexpr int64_t kVerifyWaitUs = 600'000'000;
constexpr int64_t kMarginUs = 1'000'000;
constexpr int64_t kUsPerMs = 1'000;

std::string LackNulls(uint64_t count) {
  return ", but that " + std::to_string(count) +
         " documents lack fields that are null, as in the former index: their rows were not "
         "written "
         "since a column was added";
}

}  // namespace

Ended RebuildSteps::StartRefill() {
  auto run = RefillRun::Start(parts_.desk.shadow_config(), parts_.log, clock_, parts_.signals);
  if (!run) return Failed(run.error());
  refill_ = std::move(*run);
  // What an earlier run has left on its way must be gone before anybody else writes there.
  const int64_t window_us = service::PipelineSettingsOf(parts_.desk.shadow_config()).window_us;
  window_over_us_ = clock_.NowUs() + window_us + kMarginUs;
  window_over_ms_ = clock_.WallMs() + (window_us + kMarginUs) / kUsPerMs;
  Say("rebuild_waits", RenderWindowWait(window_us, window_over_ms_));
  return std::nullopt;
}

Ended RebuildSteps::FillUp() {
  for (const StreamFacts::Partition& at : sight().shadow_seen.stream.partitions)
    from_.push_back(std::max(at.committed, at.beginning));
  if (Ended end = StartRefill()) return end;
  bool told = sight().shadow->refill->from != Refill::From::kSource;
  int failures = 0;
  for (bool moved = false; !moved;) {
    if (Ended end = Wait(kLookMs)) return end;
    if (refill_->halted())
      return Failed(
          {refill_->halt(), "when that is mended `sluice rebuild " + parts_.desk.index() +
                                "` goes on; --abort gives it up: the alias was not moved"},
          ExitCode::kHalted);
    const auto stream = parts_.desk.ShadowStream();
    if (!stream) {
      if (++failures >= kFailuresMax) return Failed(stream.error());
      continue;
    }
    failures = 0;
    if (Ended end = ShowProgress(*stream)) return end;
    if (!told) {
      if (Ended end = HaveRowsTold(told)) return end;
      continue;
    }
    if (InWindow() || LagOf(*stream) > kNearRecords) continue;
    if (Ended end = Verify()) return end;
    if (Ended end = TryMove(moved)) return end;
  }
  return Complete();
}

/// Also ends what is known to come to nothing.
Ended RebuildSteps::ShowProgress(const StreamFacts& stream) {
  uint64_t done = 0;
  uint64_t whole = 0;
  for (size_t i = 0; i < stream.partitions.size() && i < from_.size(); ++i) {
    const StreamFacts::Partition& at = stream.partitions[i];
    whole += static_cast<uint64_t>(std::max<int64_t>(at.end - from_[i], 0));
    done += static_cast<uint64_t>(std::max<int64_t>(at.committed - from_[i], 0));
  }
  std::string counts = std::to_string(done) + " of " + std::to_string(whole) + " records";
  if (!bar_.on_terminal()) counts += " are in the new index";
  if (InWindow())
    counts += ", the alias moves at " + RenderTime(window_over_ms_) + " at the earliest";
  bar_.ShowLine((whole > 0 ? telemetry::RenderBar(done, whole) : std::string()) + counts);
  parts_.report.lag = LagOf(stream);
  if (clock_.NowUs() - said_us_ < kTellEachUs) return std::nullopt;
  said_us_ = clock_.NowUs();
  if (!bar_.on_terminal()) Say("rebuild_progress", counts);
  // Servers may be away for a while: whoever needs an answer says so.
  if (const Ended unreached = Look()) return std::nullopt;
  return HistoryEnd();
}

/// Asks the source for all rows, once, and looks whether it has told them.
Ended RebuildSteps::HaveRowsTold(bool& told) {
  if (Ended end = CheckHistory()) return end;
  if (!sight().shadow->refill) return std::nullopt;  // told by TryMove()
  ControlRecord shadow = *sight().shadow;
  Refill& refill = *shadow.refill;
  if (refill.told) {
    told = true;
    return std::nullopt;
  }
  if (refill.asked_lsn == 0) {
    const auto place = rows_.Ask();
    if (!place) return Failed(place.error());
    refill.asked_lsn = static_cast<int64_t>(place->value);
    Say("rebuild_asked", "the source was asked to tell all rows once more");
  } else {
    const auto all = rows_.Told(Lsn{static_cast<uint64_t>(refill.asked_lsn)});
    if (!all) return Failed(all.error());
    if (!*all) return Wait(kLookMs);
    refill.told = told = true;
    Say("rebuild_told", "the source has told all rows");
  }
  if (Status written = parts_.desk.WriteShadow(shadow); !written) return Failed(written.error());
  return std::nullopt;
}

Ended RebuildSteps::Verify() {
  if (verified_ || !parts_.options.verifies || !parts_.options.database) return std::nullopt;
  if (Ended end = CheckHistory()) return end;
  verify::VerifyOptions options;
  options.index = parts_.desk.shadow();
  options.wait_us = std::max(kVerifyWaitUs, verify::DefaultWait(parts_.desk.shadow_config()));
  options.waits = [this](const std::string& text) { Say("rebuild_compares", text); };
  Say("rebuild_compares", "the table is compared with the new index");
  auto work = std::async(std::launch::async, [&] {
    return verify::RunVerify(parts_.desk.shadow_config(), options, parts_.options.version,
                             [](const verify::TableReport&) {});
  });
  while (work.wait_for(std::chrono::milliseconds(kLookMs)) != std::future_status::ready) {
    if (parts_.signals.Wait(0) == 0) continue;
    // Nobody wants to wait for a comparison that may take long; it has changed nothing.
    [[maybe_unused]] const bool drained = refill_->Stop();
    parts_.log.Write(LogLevel::kWarn, "rebuild_stopped", "stopped while the table was compared");
    parts_.log.FlushRepeats(true);
    _exit(static_cast<int>(ExitCode::kInterrupted));
  }
  const auto reports = work.get();
  const std::string pass = "--no-verify moves the alias without comparing";
  if (!reports) return Failed({"comparing: " + reports.error().ToString(), pass});
  uint64_t unwritten = 0;
  for (const verify::TableReport& report : *reports) {
    if (!report.error.empty())
      return Failed({"comparing " + report.table + ": " + report.error, pass});
    // Rows as they were told: the former index lacks these nulls as well, and a search sees none.
    unwritten += report.result.unwritten;
    if (report.result.differing() > report.result.unwritten)
      return Failed({"the new index differs from table " + report.table + " in " +
                         std::to_string(report.result.differing()) +
                         " documents; the alias was not moved:\n" + verify::RenderText(report, {}),
                     "`sluice rebuild " + parts_.desk.index() +
                         "` goes on when that is mended; --abort gives it up; " + pass},
                    ExitCode::kNo);
    verified_ = verified_ || report.skipped.empty();
  }
  const bool needed = sight().shadow->refill->from == Refill::From::kSource;
  if (!verified_ && needed)
    return Failed({"no table with a key is written to index " + parts_.desk.index() +
                       ", so that it is not known whether the source has told all rows",
                   "see table.include.list and index.names"},
                  ExitCode::kNo);
  Say("rebuild_compared",
      verified_ ? "they are equal" + (unwritten == 0 ? std::string() : LackNulls(unwritten))
                : "no captured table with a key is written there: nothing was compared");
  verified_ = true;
  return std::nullopt;
}

}  // namespace sluice::rebuild
