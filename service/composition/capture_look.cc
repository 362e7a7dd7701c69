#include "service/composition/capture_look.h"

#include <algorithm>
#include <array>
#include <utility>

#include "adapters/postgres/catalogue.h"
#include "adapters/postgres/chunk_sql.h"
#include "adapters/postgres/connection.h"
#include "adapters/postgres/publication_rights.h"
#include "adapters/postgres/source_watch.h"
#include "adapters/postgres/table_shape.h"
#include "core/model/lsn_text.h"
#include "service/composition/adapter_settings.h"
#include "service/composition/capture_checks.h"
#include "service/composition/capture_settings.h"
#include "service/composition/capture_topics.h"
#include "service/composition/coverage.h"
#include "service/composition/outbox_settings.h"
#include "service/composition/recorded.h"

namespace sluice::service {
namespace {

using Kind = postgres::Connection::Kind;
using Weight = postgres::Finding::Weight;

std::string Sentence(const postgres::Finding& finding) {
  return finding.what + (finding.cure.empty() ? "" : "; " + finding.cure);
}

std::string NextOf(const StartDecision& decision) {
  switch (decision.kind) {
    case StartDecision::Kind::kStream: return "goes on from " + LsnText(decision.from);
    case StartDecision::Kind::kCreateSlot: return "creates the slot and reads from there";
    case StartDecision::Kind::kCreateAndRead:
      return "creates the slot, reads the rows that exist, and goes on from there";
    case StartDecision::Kind::kReadBeside:
      return "reads the rows that exist, and goes on from " + LsnText(decision.from);
    case StartDecision::Kind::kResume:
      return "goes on from " + LsnText(decision.from) + ", and reads meanwhile what is left";
    case StartDecision::Kind::kNothing: return "has nothing left to do";
    case StartDecision::Kind::kHalt: return "halts";
  }
  return "?";
}

/// One look, piece by piece.
class Looker {
 public:
  explicit Looker(const config::Config& config)
      : config_(config),
        database_(DatabaseSettings(config)),
        kafka_(KafkaSettings(config)),
        publication_(PublicationSettingsOf(config)) {}

  Result<CaptureLook> Run() {
    auto filter = postgres::TableFilter::Make(FilterSettingsOf(config_));
    if (!filter) return filter.error();
    const auto names = StreamNamesOf(config_);
    if (!names) return names.error();
    names_ = *names;
    if (Status status = connection_.Open(database_, Kind::kPlain); !status) return status.error();
    // The slot before the record: what is recorded is never behind what the slot was told.
    if (Status status = ReadDatabase(*filter); !status) return status.error();
    if (Status status = ReadRecord(); !status) return status.error();
    FindLeft();
    Judge({config_.slot_name, publication_, *filter});
    StreamOwners owners;
    const Failure clash = ClaimStreams(tables_, *names, owners);
    if (!clash.detail.empty()) look_.obstacles.push_back(clash.detail);
    if (look_.server) {
      if (Status status = Decide(); !status) return status.error();
    }
    if (look_.next.empty() || !look_.obstacles.empty()) look_.next = "halts";
    return std::move(look_);
  }

 private:
  Status ReadDatabase(const postgres::TableFilter& filter) {
    const postgres::WatchPlan plan{config_.slot_name, publication_, filter};
    auto facts = postgres::ReadWatchFacts(connection_, plan);
    if (!facts) return facts.error();
    facts_ = std::move(*facts);
    for (const postgres::CatalogueTable& table : facts_.tables) tables_.push_back(&table);
    auto read = postgres::ReadServerFacts(connection_, tables_);
    if (!read) return read.error();
    server_ = std::move(*read);
    look_.slot = facts_.slot;
    look_.log_end = facts_.log_end;
    look_.has_publication = facts_.coverage.publication.has_value();
    for (const postgres::CatalogueTable* table : tables_) {
      if (!facts_.coverage.uncovered.contains(table->id)) continue;
      missing_.push_back(table);
      look_.unpublished.push_back(table->schema + "." + table->name);
    }
    Take(postgres::JudgeServer(server_, !look_.slot));
    const auto all = postgres::Catalogue(connection_).ReadTables();
    if (!all) return all.error();
    Take(JudgeLists(config_, *all, tables_));
    Take(JudgeKeys(config_, connection_.server_version(), filter, *all, tables_));
    if (Status status = JudgeEvents(filter); !status) return status;
    return server_.may_replicate ? Identify() : Status();
  }

  Status JudgeEvents(const postgres::TableFilter& filter) {
    const auto outboxes = OutboxSettingsOf(config_);
    if (!outboxes) return outboxes.error();
    if (!outboxes->is_outbox) return {};
    postgres::Catalogue catalogue(connection_);
    if (Status status = catalogue.LearnTypes(postgres::TypesOf(facts_.tables)); !status) {
      return status;
    }
    std::vector<Table> shapes;
    for (const postgres::CatalogueTable* table : tables_) {
      shapes.push_back(
          postgres::TableOf(*table, {database_.database, filter, catalogue.types(), true}));
    }
    Take(JudgeOutboxes(*outboxes, shapes));
    return {};
  }

  /// What a source that reads finds at each of its looks.
  void Judge(const postgres::WatchPlan& plan) {
    postgres::WatchMemory memory;
    memory.tables = OnlyOf(tables_, captured_);
    postgres::WatchFacts facts = facts_;
    const bool makes =
        !look_.recorded && !facts.coverage.publication &&
        !postgres::PublicationStatements(publication_, {}, tables_, missing_).empty();
    // What the first start publishes by itself nobody has to.
    if (makes && publication_.mode != postgres::PublicationMode::kNoTables) {
      facts.coverage.uncovered.clear();
      look_.unpublished.clear();
      look_.makes_publication = true;
    }
    postgres::WatchVerdict verdict = postgres::JudgeWatch(facts, plan, memory);
    look_.watch = std::move(verdict.watch);
    look_.watch.tables_published = facts_.tables.size() - facts_.coverage.uncovered.size();
    if (!look_.watch.danger.empty()) look_.warnings.push_back(look_.watch.danger);
    Take(verdict.findings);
  }

  void Take(const std::vector<postgres::Finding>& findings) {
    for (const postgres::Finding& finding : findings) {
      const auto& known = look_.obstacles;
      const std::string sentence = Sentence(finding);
      if (std::find(known.begin(), known.end(), sentence) != known.end()) continue;
      if (finding.weight == Weight::kBlocks) look_.obstacles.push_back(sentence);
      if (finding.weight == Weight::kWarns) look_.warnings.push_back(sentence);
    }
  }

  Status Identify() {
    if (Status status = replication_.Open(database_, Kind::kReplication); !status) return status;
    auto server = postgres::Identify(replication_);
    if (!server) return server.error();
    look_.server = std::move(*server);
    return {};
  }

  Status ReadRecord() {
    auto position = RecordedPosition(config_);
    if (!position) return position.error();
    look_.recorded = std::move(*position);
    auto tables = RecordedTables(config_);
    if (!tables) return tables.error();
    if (*tables) captured_ = std::move(**tables);
    auto topics = RecordedTopics(config_);
    if (!topics) return topics.error();
    if (*topics) topics_ = std::move(**topics);
    return {};
  }

  void FindLeft() {
    if (!look_.recorded || look_.recorded->snapshot != SourcePosition::Snapshot::kRunning) return;
    const auto& done = look_.recorded->snapshot_tables;
    for (const postgres::CatalogueTable* table : tables_) {
      std::string name = table->schema + "." + table->name;
      if (std::find(done.begin(), done.end(), name) != done.end()) continue;
      look_.snapshot_left.push_back(std::move(name));
    }
  }

  Status Decide() {
    std::optional<Lsn> recorded_end;
    if (look_.recorded) {
      const auto ended =
          postgres::TimelineEnd(replication_, look_.server->timeline, look_.recorded->timeline);
      if (!ended) return ended.error();
      recorded_end = *ended;
    }
    SourceFacts facts = FactsOf(config_, *look_.server, look_.slot, recorded_end);
    facts.reads_while_streaming = postgres::ReadsWhileStreaming(replication_.server_version());
    const StartDecision decision = DecideStart(look_.recorded, facts, SnapshotModeOf(config_));
    if (decision.kind == StartDecision::Kind::kHalt) {
      look_.obstacles.push_back(decision.failure.detail);
    } else if (look_.slot) {
      const auto unusable =
          postgres::SlotFailure(look_.slot, config_.slot_name, config_.database_dbname);
      // One that is being read is what is hoped for.
      if (unusable && unusable->verdict.disposition == Disposition::kHalt) {
        look_.obstacles.push_back(unusable->detail);
      }
    }
    if (!decision.remark.empty()) look_.warnings.push_back(decision.remark);
    const auto lacking = postgres::JudgeReading(server_, ReadsLeaves(decision.kind));
    if (lacking) Take({*lacking});
    look_.next = (look_.makes_publication ? "creates the publication, " : "") + NextOf(decision);
    return JudgePublication(decision.kind == StartDecision::Kind::kStream ||
                            decision.kind == StartDecision::Kind::kResume);
  }

  /// Whether a start reads partitions one by one.
  [[nodiscard]] bool ReadsLeaves(StartDecision::Kind kind) const {
    using Start = StartDecision::Kind;
    if (kind == Start::kCreateAndRead || kind == Start::kReadBeside) return true;
    // What is left of a snapshot is read beside the stream, but for tables without a key.
    const auto& left = look_.snapshot_left;
    return kind == Start::kResume &&
           std::any_of(tables_.begin(), tables_.end(), [&left](const auto* table) {
             return postgres::PagingKey(*table).empty() &&
                    std::find(left.begin(), left.end(), postgres::FullName(*table)) != left.end();
           });
  }

  Status JudgePublication(bool goes_on) {
    if (goes_on) {
      postgres::TableList unlogged;
      for (const postgres::CatalogueTable& table : facts_.unlogged) unlogged.push_back(&table);
      const Failure lost =
          FindLostTables(publication_, tables_, unlogged, facts_.coverage, captured_);
      if (lost.verdict.disposition != Disposition::kDone) {
        look_.obstacles.push_back(lost.detail);
        return {};
      }
      const auto gone = FindLostTopics(kafka_, topics_, TopicsOf(config_, tables_, *names_));
      if (!gone) return gone.error();
      if (!gone->empty()) look_.obstacles.push_back(kafka::TopicLost(SentencesOf(*gone)).detail);
    }
    const auto lacking = postgres::CheckPublicationRights(
        connection_, publication_, facts_.coverage.publication, tables_, missing_);
    if (!lacking) return lacking.error();
    if (*lacking) Take({**lacking});
    const bool mended = !postgres::PublicationStatements(publication_, facts_.coverage.publication,
                                                         tables_, missing_)
                             .empty();
    if (mended && !facts_.coverage.publication) return {};  // it is created as it is to be
    const postgres::TableList none;
    for (const Error& problem : postgres::PublicationProblems(
             publication_, facts_.coverage.publication, mended ? none : missing_)) {
      look_.obstacles.push_back(problem.ToString());
    }
    return {};
  }

  const config::Config& config_;
  const postgres::Settings database_;
  const kafka::Settings kafka_;
  const postgres::PublicationSettings publication_;
  postgres::Connection connection_;
  postgres::Connection replication_;
  postgres::WatchFacts facts_;
  postgres::ServerFacts server_;
  postgres::TableList tables_;
  postgres::TableList missing_;
  postgres::KnownTables captured_;
  kafka::TopicIds topics_;
  std::optional<StreamNames> names_;
  CaptureLook look_;
};

}  // namespace

Result<CaptureLook> LookAtCapture(const config::Config& config) {
  return Looker(config).Run();
}

Result<bool> TakeCaptureLock(postgres::Connection& connection, const std::string& slot) {
  const std::array<std::string, 1> lock = {"sluice capture " + slot};
  const auto locked =
      connection.Query("SELECT pg_try_advisory_lock(hashtextextended($1, 0))",
                       "making sure that nobody else captures with this slot", lock);
  if (!locked) return locked.error();
  return locked->Flag(0, 0);
}

SourceFacts FactsOf(const config::Config& config, const postgres::ServerIdentity& server,
                    const std::optional<postgres::SlotState>& slot,
                    std::optional<Lsn> recorded_end) {
  SourceFacts facts;
  facts.system_id = server.system_id;
  facts.timeline = server.timeline;
  facts.database = config.database_dbname;
  facts.wal_end = server.log_end;
  facts.recorded_timeline_end = recorded_end;
  facts.slot = config.slot_name;
  facts.slot_exists = slot.has_value();
  if (slot) {
    facts.slot_lost = slot->wal_status == "lost" || !slot->invalidation.empty();
    facts.slot_flushed = slot->confirmed;
  }
  return facts;
}

}  // namespace sluice::service
