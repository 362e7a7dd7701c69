#include "service/composition/capture_session.h"

#include <algorithm>
#include <array>
#include <utility>

#include "adapters/debezium/envelope_encoder.h"
#include "adapters/debezium/signal_reader.h"
#include "adapters/kafka/record_publisher.h"
#include "adapters/postgres/chunk_sql.h"
#include "adapters/postgres/replication_stream.h"
#include "adapters/postgres/server_checks.h"
#include "core/model/lsn_text.h"
#include "service/composition/adapter_settings.h"
#include "service/composition/capture_checks.h"
#include "service/composition/capture_look.h"
#include "service/composition/kafka_log.h"
#include "service/composition/outbox_settings.h"

namespace sluice::service {
namespace {

using telemetry::LogLevel;
using Kind = SessionEnd::Kind;

constexpr std::chrono::milliseconds kPositionTimeout{15'000};

/// With a client of its own: the source's is busy with positions, and this happens seldom.
Failure RecordTables(const CaptureFrame& frame, const postgres::KnownTables& tables,
                     const std::stop_token& stop) {
  auto topic = kafka::CompactedTopic::Open(frame.kafka, frame.config.capture_positions_topic,
                                           kRecordTimeout, frame.kafka_log);
  if (!topic) return HoldOf(topic.error());
  SystemClock clock;
  PositionRecord record(std::move(*topic), PositionName(frame.config), clock);
  return record.StoreTablesAndWait(tables, stop);
}

Guardian::Setup GuardianSetup(CaptureFrame& frame, postgres::KnownTables tables) {
  return {frame.database,
          frame.config.slot_name,
          PublicationSettingsOf(frame.config),
          frame.filter,
          std::move(tables),
          [&frame](const postgres::KnownTables& seen, const std::stop_token& stop) {
            return RecordTables(frame, seen, stop);
          },
          frame.config.capture_guardian_interval_us,
          frame.config.heartbeat_action_query,
          frame.config.heartbeat_interval_us,
          frame.guardian,
          frame.observer,
          frame.clock,
          frame.log,
          [&frame](const std::stop_token& stop) { return RecordTopics(frame, stop); }};
}

}  // namespace

Failure HaltOf(FailureReason reason, const Error& error) {
  return {{Disposition::kHalt, reason, WriteResult::kCreated}, "", error.ToString()};
}

Failure HoldOf(const Error& error) {
  return {{Disposition::kHold, FailureReason::kBrokerUnreachable, WriteResult::kCreated},
          "",
          error.ToString()};
}

SessionEnd EndOf(Failure failure) {
  switch (failure.verdict.disposition) {
    case Disposition::kDone: return {Kind::kDone, std::move(failure)};
    case Disposition::kCancelled: return {Kind::kStopped, std::move(failure)};
    case Disposition::kHalt:
    case Disposition::kReject: return {Kind::kHalt, std::move(failure)};
    case Disposition::kRetry:
    case Disposition::kInDoubt:
    case Disposition::kHold:
    case Disposition::kSplit: break;
  }
  return {Kind::kRetry, std::move(failure)};
}

Result<std::unique_ptr<CaptureFrame>> CaptureFrame::Make(const config::Config& config,
                                                         const std::string& version,
                                                         CaptureObserver& observer,
                                                         telemetry::Log& log) {
  auto filter = postgres::TableFilter::Make(FilterSettingsOf(config));
  if (!filter) return filter.error();
  auto names = StreamNamesOf(config);
  if (!names) return names.error();
  auto compat = CompatOf(config);
  if (!compat) return compat.error();
  auto encoder = EncoderOptionsOf(config, version, *names);
  if (!encoder) return encoder.error();
  std::unique_ptr<CaptureFrame> frame(new CaptureFrame{config,
                                                       observer,
                                                       log,
                                                       false,
                                                       {},
                                                       DatabaseSettings(config),
                                                       SnapshotSettingsOf(config),
                                                       StreamSettingsOf(config),
                                                       ChunkSettingsOf(config),
                                                       KafkaSettings(config),
                                                       PublisherSettingsOf(config),
                                                       KafkaLogTo(log),
                                                       std::move(*filter),
                                                       std::move(*names),
                                                       std::move(*encoder),
                                                       {},
                                                       RelaySettingsOf(config),
                                                       {},
                                                       {},
                                                       {},
                                                       {}});
  frame->publisher.written = &frame->topics;
  frame->publisher.look_every_us = config.capture_guardian_interval_us;
  frame->topics.Ignore(frame->relay.heartbeat_stream);
  // Debezium leaves its placeholder there.
  frame->stream.is_exact = [compat = *compat](const Table& table) { return !compat(table); };
  frame->stream.on_key_changed = [&log](const std::string& sentence) {
    log.Write(LogLevel::kWarn, "key_changed", sentence);
  };
  frame->stream.on_untyped = [&log](const std::string& sentence) {
    log.Write(LogLevel::kWarn, "type_gone", sentence);
  };
  frame->writer.has_fixed_headers = *compat;
  frame->writer.tells_truncates_once = *compat;
  auto outbox = OutboxSettingsOf(config);
  if (!outbox) return outbox.error();
  frame->writer.outbox = std::move(*outbox);
  frame->writer.fixed_headers = {{"__debezium.context.connectorLogicalName", config.topic_prefix},
                                 {"__debezium.context.taskId", "0"},
                                 {"__debezium.context.connectorName", "postgresql"}};
  return frame;
}

CaptureSession::Ended CaptureSession::FailedOn(const postgres::Connection& connection) const {
  return EndOf(connection.failure());
}

SessionEnd CaptureSession::Run(const std::stop_token& stop) {
  Ended ended = Connect();
  if (!ended) ended = ReadTables();
  if (!ended) ended = CheckServer();
  if (!ended) ended = OpenStores();
  if (!ended) ended = Decide();
  if (!ended) ended = Begin(stop);
  if (ended) return *ended;
  return Stream(stop);
}

CaptureSession::Ended CaptureSession::Connect() {
  if (!connection_.Open(frame_.database, postgres::Connection::Kind::kPlain)) {
    return FailedOn(connection_);
  }
  const auto locked = TakeCaptureLock(connection_, frame_.config.slot_name);
  if (!locked) return FailedOn(connection_);
  if (!*locked) {
    return EndOf({{Disposition::kHold, FailureReason::kSlotBusy, WriteResult::kCreated},
                  "",
                  "another sluice capture works with slot " + frame_.config.slot_name +
                      " of this database; stop it, or give this one a slot.name of its own"});
  }
  return std::nullopt;
}

CaptureSession::Ended CaptureSession::OpenStores() {
  if (!replication_.Open(frame_.database, postgres::Connection::Kind::kReplication)) {
    return FailedOn(replication_);
  }
  auto topic = kafka::CompactedTopic::Open(frame_.kafka, frame_.config.capture_positions_topic,
                                           kPositionTimeout, frame_.kafka_log);
  if (!topic) return EndOf(HoldOf(topic.error()));
  positions_ = std::make_unique<PositionRecord>(std::move(*topic), PositionName(frame_.config),
                                                frame_.clock);
  return std::nullopt;
}

CaptureSession::Ended CaptureSession::ReadTables() {
  auto tables = catalogue_.ReadTables();
  if (!tables) return FailedOn(connection_);
  all_tables_ = std::move(*tables);
  auto unlogged = catalogue_.ReadUnlogged();
  if (!unlogged) return FailedOn(connection_);
  unlogged_ = std::move(*unlogged);
  if (!catalogue_.ReadEnums(all_tables_)) return FailedOn(connection_);
  // Known before changes are read: a type may be dropped in the meantime.
  if (!catalogue_.LearnTypes(postgres::TypesOf(all_tables_))) return FailedOn(connection_);
  tables_ = postgres::CapturedTables(all_tables_, frame_.filter,
                                     frame_.config.publish_via_partition_root);
  return std::nullopt;
}

CaptureSession::Ended CaptureSession::CheckColumns() {
  const postgres::ShapeInputs inputs{frame_.database.database, frame_.filter, catalogue_.types(),
                                     true};
  std::vector<Table> shapes;
  for (const postgres::CatalogueTable* table : tables_) {
    shapes.push_back(postgres::TableOf(*table, inputs));
  }
  frame_.guardian.Tell(JudgeMasks(frame_.encoder.masks, shapes), frame_.log);
  std::vector<postgres::Finding> outboxes = JudgeOutboxes(frame_.writer.outbox, shapes);
  for (postgres::Finding& finding :
       JudgeOutboxMasks(frame_.writer.outbox, frame_.encoder.masks, shapes)) {
    outboxes.push_back(std::move(finding));
  }
  Failure blocking = postgres::FailureOf(outboxes);
  if (blocking.verdict.disposition != Disposition::kDone) return EndOf(std::move(blocking));
  frame_.guardian.Tell(JudgeKeyTypes(frame_.encoder, shapes), frame_.log);
  return std::nullopt;
}

// Before a connection for replication is tried: what a server says to one that it refuses names no
// cure, and is waited for without end.
CaptureSession::Ended CaptureSession::CheckServer() {
  const auto facts = postgres::ReadServerFacts(connection_, tables_);
  if (!facts) return FailedOn(connection_);
  const auto slot = postgres::DescribeSlot(connection_, frame_.config.slot_name);
  if (!slot) return FailedOn(connection_);
  return CheckTables(postgres::JudgeServer(*facts, !*slot));
}

CaptureSession::Ended CaptureSession::CheckReading() {
  const auto facts = postgres::ReadServerFacts(connection_, tables_);
  if (!facts) return FailedOn(connection_);
  const auto lacking = postgres::JudgeReading(*facts, true);
  if (!lacking) return std::nullopt;
  return EndOf(postgres::FailureOf({&*lacking, 1}));
}

CaptureSession::Ended CaptureSession::CheckTables(std::vector<postgres::Finding> findings) {
  for (const postgres::CatalogueTable* table : tables_) {
    const bool asked_key = frame_.filter.KeyOf(table->schema, table->name).has_value();
    auto of_table = postgres::JudgeTable(*table, asked_key);
    findings.insert(findings.end(), of_table.begin(), of_table.end());
  }
  const auto lists = JudgeLists(frame_.config, all_tables_, tables_);
  findings.insert(findings.end(), lists.begin(), lists.end());
  if (Ended ended = CheckColumns()) return ended;
  const auto keys =
      JudgeKeys(frame_.config, connection_.server_version(), frame_.filter, all_tables_, tables_);
  findings.insert(findings.end(), keys.begin(), keys.end());
  frame_.guardian.Tell(findings, frame_.log);
  Failure blocking = postgres::FailureOf(findings);
  if (blocking.verdict.disposition != Disposition::kDone) return EndOf(std::move(blocking));
  StreamOwners owners;
  Failure clash = ClaimStreams(tables_, frame_.names, owners);
  if (clash.verdict.disposition != Disposition::kDone) return EndOf(std::move(clash));
  frame_.writer.owners = std::move(owners);
  return std::nullopt;
}

CaptureSession::Ended CaptureSession::Decide() {
  // A slot of another name feeds the same topics, and its run was before this one all the same.
  const auto runs = positions_->Load(frame_.config.topic_prefix + "/");
  if (!runs) return EndOf(HoldOf(runs.error()));
  const std::optional<SourcePosition>& recorded = runs->position;
  const auto identity = postgres::Identify(replication_);
  if (!identity) return FailedOn(replication_);
  const auto slot = postgres::DescribeSlot(connection_, frame_.config.slot_name);
  if (!slot) return FailedOn(connection_);

  SourceFacts facts = FactsOf(frame_.config, *identity, *slot, std::nullopt);
  facts.reads_while_streaming = postgres::ReadsWhileStreaming(connection_.server_version());
  if (recorded) {
    const auto ended = postgres::TimelineEnd(replication_, identity->timeline, recorded->timeline);
    if (!ended) return FailedOn(replication_);
    facts.recorded_timeline_end = *ended;
  }
  decision_ = DecideStart(recorded, facts, SnapshotModeOf(frame_.config));
  if (decision_.kind == StartDecision::Kind::kHalt) return EndOf(decision_.failure);
  if (!decision_.remark.empty()) {
    frame_.log.Write(LogLevel::kWarn, "start", decision_.remark);
  }
  if (decision_.kind == StartDecision::Kind::kNothing) return SessionEnd{Kind::kDone, {}};
  if (*slot) {
    auto unusable = postgres::SlotFailure(*slot, facts.slot, facts.database);
    if (unusable) return EndOf(std::move(*unusable));
  }
  if (Ended ended = CheckPublication()) return ended;

  position_ = recorded.value_or(SourcePosition{});
  position_.epoch = NextEpoch(runs->epoch_max, frame_.clock.WallMs() / 1'000);
  position_.system_id = facts.system_id;
  position_.timeline = facts.timeline;
  position_.database = facts.database;
  position_.slot = facts.slot;
  position_.flushed = decision_.from;
  frame_.writer.epoch = position_.epoch;
  return std::nullopt;
}

CaptureSession::Ended CaptureSession::RecordStart() {
  Failure failure = positions_->StoreAndWait(position_);
  if (failure.verdict.disposition == Disposition::kDone) return std::nullopt;
  return EndOf(std::move(failure));
}

CaptureSession::Ended CaptureSession::RecordKnown() {
  Failure failure = positions_->StoreTablesAndWait(known_);
  if (failure.verdict.disposition != Disposition::kDone) return EndOf(std::move(failure));
  failure = RecordTopics(frame_, {});
  if (failure.verdict.disposition != Disposition::kDone) return EndOf(std::move(failure));
  return std::nullopt;
}

SessionEnd CaptureSession::Stream(const std::stop_token& stop) {
  auto publisher =
      kafka::RecordPublisher::Make(frame_.kafka, frame_.publisher, frame_.clock, frame_.kafka_log);
  if (!publisher) return EndOf(HaltOf(FailureReason::kInternal, publisher.error()));
  debezium::EnvelopeEncoder encoder(frame_.encoder);
  RelaySettings settings = frame_.relay;
  if (frame_.once) {
    const auto identity = postgres::Identify(replication_);
    if (!identity) return *FailedOn(replication_);
    settings.stop_at = identity->log_end;
  }
  replication_.Close();  // a temporary slot ends with it

  postgres::ReplicationStream stream(
      {frame_.database, frame_.stream, frame_.filter, frame_.book, frame_.clock});
  if (!stream.Open(frame_.config.slot_name, frame_.config.publication_name, position_.flushed)) {
    return EndOf(stream.failure());
  }
  // Only now that the slot is ours: the epoch tells readers whose records to pass over.
  if (Ended ended = RecordStart()) return *ended;
  if (Ended ended = RecordKnown()) return *ended;
  frame_.log.Write(LogLevel::kInfo, "streaming", "reading changes",
                   {{"slot", frame_.config.slot_name},
                    {"from", LsnText(position_.flushed)},
                    {"epoch", position_.epoch}});
  frame_.waiter.Watch({stream.descriptor(), (*publisher)->descriptor(), positions_->descriptor()});
  postgres::ChunkDesk chunks({frame_.database, frame_.chunks, frame_.filter, frame_.book,
                              [this] { frame_.waiter.Wake(); }});
  debezium::SignalReader signals;
  Relay relay(settings, frame_.writer, frame_.names, position_,
              {stream, encoder, **publisher, *positions_, chunks, signals, frame_.waiter,
               frame_.clock, frame_.observer});
  std::stop_source ending;  // asked from outside, or by the guardian
  const std::stop_callback forward(stop, [&ending] { ending.request_stop(); });
  Guardian guardian(GuardianSetup(frame_, known_), [this, &ending] {
    ending.request_stop();
    frame_.waiter.Wake();
  });
  const RelayEnd end = relay.Run(ending.get_token());
  frame_.waiter.Watch({});
  guardian.Stop();
  if (const Failure failure = RecordTopics(frame_, {});
      failure.verdict.disposition != Disposition::kDone) {
    frame_.log.Write(LogLevel::kWarn, "topics_not_recorded", failure.detail);
  }
  if (guardian.halt()) return EndOf(*guardian.halt());
  switch (end) {
    case RelayEnd::kStopped:
      stream.Close();
      return {frame_.once && !stop.stop_requested() ? Kind::kDone : Kind::kStopped, {}};
    case RelayEnd::kTimedOut: return {Kind::kTimedOut, {}};
    case RelayEnd::kFailed: break;
  }
  return EndOf(relay.failure());
}

}  // namespace sluice::service
