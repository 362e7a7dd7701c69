#include <utility>

#include "adapters/postgres/known_tables.h"
#include "adapters/postgres/publication.h"
#include "adapters/postgres/publication_rights.h"
#include "adapters/postgres/untold_changes.h"
#include "service/composition/capture_session.h"
#include "service/composition/capture_settings.h"
#include "service/composition/coverage.h"

namespace sluice::service {

// What a source that goes on has missed while it did not look; else every row is read anew, and
// nothing that was missed stays missing.
CaptureSession::Ended CaptureSession::CheckKnown(const postgres::Coverage& coverage) {
  auto captured = positions_->LoadTables();
  if (!captured) return EndOf(HoldOf(captured.error()));
  Failure lost = LostSince(coverage, *captured);
  if (lost.verdict.disposition != Disposition::kDone) return EndOf(std::move(lost));
  frame_.guardian.Tell(postgres::NewTables(tables_, *captured), frame_.log);
  frame_.guardian.Tell(postgres::UntoldChanges(tables_, frame_.filter, *captured), frame_.log);
  frame_.guardian.Tell(postgres::PartitionsSince(tables_, *captured), frame_.log);
  GoneTables gone = FindGoneTables(all_tables_, *captured);
  frame_.guardian.Tell(gone.findings, frame_.log);
  postgres::Remember(tables_, coverage, frame_.filter, *captured);
  known_ = OnlyOf(tables_, *captured);
  known_.merge(gone.tables);
  return std::nullopt;
}

CaptureSession::Ended CaptureSession::CheckPublication() {
  const postgres::PublicationSettings publication = PublicationSettingsOf(frame_.config);
  const auto before = postgres::ReadCoverage(connection_, publication.name, tables_);
  if (!before) return FailedOn(connection_);
  using Start = StartDecision::Kind;
  if (decision_.kind == Start::kStream || decision_.kind == Start::kResume) {
    if (Ended ended = CheckKnown(*before)) return ended;
    if (Ended ended = CheckTopics()) return ended;
  } else {
    frame_.topics.BeginAnew();
  }
  const postgres::TableList missing = postgres::Those(tables_, before->uncovered);
  const auto lacking = postgres::CheckPublicationRights(connection_, publication,
                                                        before->publication, tables_, missing);
  if (!lacking) return FailedOn(connection_);
  if (*lacking) return EndOf(postgres::FailureOf({&**lacking, 1}));
  if (!postgres::EnsurePublication(connection_, publication, tables_)) {
    return FailedOn(connection_);
  }
  return CheckCoverage();
}

Failure CaptureSession::LostSince(const postgres::Coverage& coverage,
                                  const postgres::KnownTables& known) const {
  const postgres::TableList unlogged =
      postgres::CapturedTables(unlogged_, frame_.filter, frame_.config.publish_via_partition_root);
  return FindLostTables(PublicationSettingsOf(frame_.config), tables_, unlogged, coverage, known);
}

CaptureSession::Ended CaptureSession::CheckCoverage() {
  const postgres::PublicationSettings publication = PublicationSettingsOf(frame_.config);
  const auto coverage = postgres::ReadCoverage(connection_, publication.name, tables_);
  if (!coverage) return FailedOn(connection_);
  // What came meanwhile.
  Failure lost = LostSince(*coverage, known_);
  if (lost.verdict.disposition != Disposition::kDone) return EndOf(std::move(lost));
  const postgres::TableList missing = postgres::Those(tables_, coverage->uncovered);
  const auto problems = postgres::PublicationProblems(publication, coverage->publication, missing);
  if (!problems.empty()) return EndOf(HaltOf(FailureReason::kPublicationMissing, problems.front()));
  postgres::Remember(tables_, *coverage, frame_.filter, known_);
  for (const auto& [name, table] : known_) frame_.book.KnowColumns(table.id, table.mark);
  return std::nullopt;
}

}  // namespace sluice::service
